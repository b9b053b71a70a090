"""Sketches as documents of Elasticsearch, a batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np

from attribution.index.elastic.terms import encode_id, encode_signature, texts
from attribution.sketching.sketch import SketchBatch

__all__ = ["sketch_rows"]

_NO_BAND = np.uint64(2**64 - 1)

# Put together here, for a third of the time that an encoder takes: what is not a number or our
# own alphabet is encoded.
_ROW = (
    b'{"raw":"%b","renamed":"%b","bands":"%b","words":%b,"id":"%b","minhash":"%b",'
    b'"language":%b,"size":%d,"generation":%d}'
)


def sketch_rows(
    ids: Sequence[str],
    languages: Sequence[str],
    contents: Sequence[bytes],
    made: SketchBatch,
    bits: int,
    generation: int,
) -> list[bytes]:
    """The source of each sketch, as a line of a bulk request.

    Args:
        ids: 40 hex digits each.
        made: the sketches of the contents.
        bits: of a fingerprint.
    """
    banded = made.bands != _NO_BAND
    band_ends = np.concatenate([[0], np.cumsum(banded.sum(axis=1))])
    fields = zip(
        texts(made.raw, made.raw_offsets, bits),
        texts(made.renamed, made.renamed_offsets, bits),
        texts(made.bands[banded], band_ends, bits),
        (made.words[start:end] for start, end in pairwise(made.words_offsets.tolist())),
        (encode_id(bytes.fromhex(id_)) for id_ in ids),
        map(encode_signature, made.minhash),
        languages,
        map(len, contents),
        strict=True,
    )
    return [
        _ROW % (raw, renamed, bands, _quoted(words.decode("utf-8", "replace")), id_.encode(),
                minhash.encode(), _quoted(language), size, generation)
        for raw, renamed, bands, words, id_, minhash, language, size in fields
    ]  # fmt: skip


def _quoted(text: str) -> bytes:
    return msgspec.json.encode(text)
