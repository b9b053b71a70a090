"""Fingerprints as words, and sketches as sources of documents."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from attribution.index.elastic.document_writer import sketch_sources
from attribution.index.elastic.terms import decode_id, encode_signature, similarity, terms, texts
from attribution.index.identity import blob_id
from attribution.index.writing import Batch
from attribution.sketching.sketch import SketchParams
from attribution.sketching.sketcher import sketch_batch

PARAMS = SketchParams()
BITS = PARAMS.fingerprint_bits


@pytest.mark.parametrize("bits", [42, 63])
def test_each_document_has_its_own_fingerprints_once(bits: int) -> None:
    rng = np.random.default_rng(5)
    sizes = [3, 0, 1, 500, 0]
    held = [rng.integers(0, 1 << bits, size, np.uint64) for size in sizes]
    held[3][250:] = held[3][:250]
    held[2][0] = (1 << bits) - 1
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    made = texts(np.concatenate(held), offsets, bits)
    for text, fingerprints in zip(made, held, strict=True):
        assert text.decode().split(" ") == (terms(np.unique(fingerprints), bits) or [""])
    assert len(made[3].split()) == 250


def test_a_word_is_the_base64_of_its_bits() -> None:
    value = 0x2A5_55F0_1234
    [word] = terms(np.array([value], np.uint64), BITS)
    assert int.from_bytes(base64.urlsafe_b64decode("A" + word)) == value


def test_one_byte_per_hash_estimates_the_similarity() -> None:
    rng = np.random.default_rng(7)
    errors = []
    for equal in (0.0, 0.3, 0.6, 0.9) * 25:
        first, second = (rng.integers(0, 1 << 22, 128, np.uint32) for _ in "12")
        same = rng.random(128) < equal
        second[same] = first[same]
        errors.append(similarity(encode_signature(first), second) - same.mean())
    assert abs(np.mean(errors)) < 0.002
    assert max(map(abs, errors)) < 0.04


def test_a_source_is_json_with_the_whole_sketch() -> None:
    contents = [
        b"x",
        b'def f(a):\n    """Caf\xc3\xa9 \\ "quoted" \xff."""\n    return a * 1234\n' * 9,
    ]
    languages = ["Text", 'odd "name"']
    ids = [blob_id(content) for content in contents]
    made = sketch_batch(contents, languages, PARAMS)
    batch = Batch(ids, languages, contents)
    rows = [json.loads(row) for row in sketch_sources(batch, made, BITS, 7)]
    for i, row in enumerate(rows):
        assert decode_id(row["id"]) == ids[i].hex()
        assert similarity(row["minhash"], made.minhash[i]) == 1.0
        assert (row["language"], row["size"]) == (languages[i], len(contents[i]))
        assert row["generation"] == 7
        raw = made.raw[made.raw_offsets[i] : made.raw_offsets[i + 1]]
        assert set(row["raw"].split()) == set(terms(raw, BITS))
    assert rows[0]["bands"] == ""
    assert len(rows[1]["bands"].split()) == PARAMS.bands
    assert "café" in rows[1]["words"].split()
