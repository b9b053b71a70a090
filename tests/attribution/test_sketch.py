"""Index and query agree: a text has one sketch, here and in every release."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from attribution.sketching.sketch import SketchParams
from attribution.sketching.sketcher import DENSE_BELOW_TOKENS, sketch_batch, sketch_query

PARAMS = SketchParams()
GOLDEN = sorted(
    path
    for path in (Path(__file__).parents[1] / "corpus" / "lexer").iterdir()
    if path.suffix != ".tokens"
)
LANGUAGES = ("python", "c", "javascript", "go", "rust", "shell", "sql", "haskell", "unknown")
# The digest of the sketches of all golden inputs. If a change of the lexer, of the k-grams or of
# MinHash changes it, existing indexes are useless: raise SketchParams.lexer_version, so that
# opening one is an error, and write the new digest here.
LEXER_VERSION, DIGEST = 3, "0c9ce063f4b2e873"


def digest() -> str:
    hasher = hashlib.blake2b(digest_size=8)
    texts = [path.read_bytes() for path in GOLDEN]
    for language in LANGUAGES:
        batch = sketch_batch(texts, [language] * len(texts), PARAMS)
        for part in (batch.raw, batch.renamed, batch.minhash, batch.bands):
            hasher.update(np.ascontiguousarray(part).tobytes())
    return hasher.hexdigest()


def test_a_change_of_any_fingerprint_raises_the_version() -> None:
    assert GOLDEN
    assert (PARAMS.lexer_version, digest()) == (LEXER_VERSION, DIGEST)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_query_has_the_fingerprints_of_the_document(path: Path) -> None:
    text = path.read_bytes()
    for language in LANGUAGES:
        batch = sketch_batch([b"x = 1\n", text, b""], ["c", language, "go"], PARAMS)
        query = sketch_query(text, [language], PARAMS)
        raw = set(batch.raw[batch.raw_offsets[1] : batch.raw_offsets[2]].tolist())
        renamed = set(batch.renamed[batch.renamed_offsets[1] : batch.renamed_offsets[2]].tolist())
        assert query.tokens == batch.tokens[1]
        if query.tokens >= DENSE_BELOW_TOKENS:
            assert (set(query.raw.tolist()), set(query.renamed.tolist())) == (raw, renamed)
        else:  # all k-grams of a short snippet are looked up
            assert raw <= set(query.raw.tolist())
            assert renamed <= set(query.renamed.tolist())
        assert (np.diff(query.raw.astype(np.int64)) > 0).all()
        assert (query.raw < 2**PARAMS.fingerprint_bits).all()
        assert (query.raw_positions + PARAMS.raw_k <= query.tokens).all()


def test_the_sketch_does_not_depend_on_the_batch() -> None:
    texts = [path.read_bytes() for path in GOLDEN[:12]]
    whole = sketch_batch(texts, ["python"] * len(texts), PARAMS)
    for i, text in enumerate(texts):
        alone = sketch_batch([text], ["python"], PARAMS)
        assert (
            alone.raw.tolist()
            == whole.raw[whole.raw_offsets[i] : whole.raw_offsets[i + 1]].tolist()
        )
        assert alone.minhash[0].tolist() == whole.minhash[i].tolist()
        assert alone.words == whole.words[whole.words_offsets[i] : whole.words_offsets[i + 1]]


def test_words_are_optional() -> None:
    texts = [path.read_bytes() for path in GOLDEN[:5]]
    languages = ["python"] * len(texts)
    bare = sketch_batch(texts, languages, PARAMS, with_words=False)
    assert (bare.words, bare.words_offsets.tolist()) == (b"", [0] * (len(texts) + 1))
    assert bare.raw.tolist() == sketch_batch(texts, languages, PARAMS).raw.tolist()


def test_several_languages_are_united() -> None:
    text = b"// a comment\nvalue = first + second  # other\n" * 12
    both = sketch_query(text, ["javascript", "python"], PARAMS)
    parts = [sketch_query(text, [language], PARAMS) for language in ("javascript", "python")]
    assert set(both.raw.tolist()) == set(parts[0].raw.tolist()) | set(parts[1].raw.tolist())


def test_empty_texts_and_batches() -> None:
    for text in (b"", b"  \n", b"# only a comment\n"):
        sketch = sketch_query(text, ["python"], PARAMS)
        assert (sketch.tokens, len(sketch.raw), len(sketch.renamed), len(sketch.minhash)) == (
            0,
        ) * 4
    batch = sketch_batch([], [], PARAMS)
    assert (len(batch.raw), len(batch.tokens)) == (0, 0)
