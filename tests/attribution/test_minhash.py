"""Signatures equal those of datasketch, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.lexing.lexer import lex
from attribution.sketching.minhash import NO_BAND, permutations, shingle_hashes, sign
from attribution.sketching.sketch import SketchParams
from attribution.sketching.sketcher import sketch_batch, sketch_query

values = st.lists(st.integers(0, 2**32 - 1), max_size=80)


def by_datasketch(shingles: list[int], count: int = 128, seed: int = 1) -> MinHash:
    signature = MinHash(num_perm=count, seed=seed, hashfunc=int)
    if shingles:
        signature.update_batch(shingles)
    return signature


@settings(max_examples=200, deadline=None)
@given(values, st.sampled_from([16, 64, 128, 256]), st.integers(0, 9))
def test_signatures_equal_those_of_datasketch(shingles: list[int], count: int, seed: int) -> None:
    theirs = by_datasketch(shingles, count, seed)
    ours = sign(np.array(shingles, np.uint32), count, seed)
    assert ours.tolist() == theirs.hashvalues.tolist()
    assert np.array_equal(np.stack(permutations(count, seed)), theirs.permutations)


@settings(max_examples=100, deadline=None)
@given(values, values)
def test_equal_shares_are_the_jaccard_similarity_of_datasketch(
    one: list[int], other: list[int]
) -> None:
    if not one:
        one = [1]
    ours = np.mean(sign(np.array(one, np.uint32)) == sign(np.array(other, np.uint32)))
    assert ours == pytest.approx(by_datasketch(one).jaccard(by_datasketch(other)))


def test_batch_and_query_have_the_same_signature() -> None:
    code = b"def area(width, height):\n    return width * height + offset(width)\n"
    params = SketchParams()
    batch = sketch_batch([code, b"x"], ["python", "python"], params)
    query = sketch_query(code, ["python"], params)
    assert batch.minhash[0].tolist() == query.minhash.tolist()
    assert batch.bands[0].tolist() == query.bands.tolist()
    tokens = lex(code, "python")
    shingles = np.empty(len(tokens), np.uint32)
    count = shingle_hashes(tokens.hashes, len(tokens), params.shingle, shingles)
    theirs = by_datasketch(shingles[:count].tolist())
    assert theirs.hashvalues.tolist() == query.minhash.tolist()


def test_a_text_without_a_shingle_has_no_band() -> None:
    batch = sketch_batch([b"a b"], ["python"], SketchParams())
    assert (batch.bands == NO_BAND).all()
    assert len(sketch_query(b"a b", ["python"], SketchParams()).minhash) == 0
