"""Contents in, bulk requests out: batches are sketched by threads, and sent in order.

Memory is bounded: some batches of texts and some requests are in flight.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import msgspec
import numpy as np

from attribution.index.elastic.bulk import Bulk, source
from attribution.index.elastic.client import Json
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.layout import CONTENTS, META, OCCURRENCES, SKETCHES
from attribution.index.elastic.rows import content_row, occurrence_row
from attribution.index.elastic.terms import encode_id, encode_signature, texts
from attribution.index.writing import Batch, BatchSketcher
from attribution.sketching.sketch import SketchBatch
from attribution.types import Occurrence
from attribution.worker_processes import available_cores

__all__ = ["DocumentWriter"]

_BATCH_BYTES = 2 << 20  # contents sketched in one call
_THREADS = min(8, available_cores())
_NO_BAND = np.uint64(2**64 - 1)

# Formatting takes a third of the time of an encoder: only the strings that may need escapes are
# encoded.
_SKETCH = (
    b'{"raw":"%b","renamed":"%b","bands":"%b","words":%b,"id":"%b","minhash":"%b",'
    b'"language":%b,"size":%d,"generation":%d}'
)

_Rows = list[tuple[str, bytes, bytes]]  # id, source of the sketch, source of the content


class DocumentWriter:
    """Writes documents and occurrences to a version, as part of a generation."""

    def __init__(self, commit: Commit, generation: int) -> None:
        self._commit = commit
        self._generation = generation
        self._bulk = Bulk(commit.cluster)
        self._sketcher = BatchSketcher(
            commit.params, self._rows, self._send, batch_bytes=_BATCH_BYTES, threads=_THREADS
        )

    def add_document(self, id_: bytes, language: str, content: bytes) -> None:
        """Add a document; one that exists stays as it is."""
        self._sketcher.add(id_, language, content)

    def add_occurrence(self, document: str, occurrence: Occurrence) -> None:
        """Add an occurrence."""
        name, row = occurrence_row(document, occurrence, self._generation)
        self._bulk.create(self._commit.target(OCCURRENCES), name, source(row))

    def copy_skips(self, hits: Iterable[Json]) -> None:
        """Add skips as another version has them."""
        for hit in hits:
            self._bulk.create(self._commit.target(META), hit["_id"], source(hit["_source"]))

    def finish(self) -> None:
        """Send everything and wait for the acknowledgement; nothing is visible yet."""
        self._sketcher.finish()
        self._bulk.finish()

    def close(self) -> None:
        """Drop what was not sent, and end the threads."""
        self._sketcher.close()
        self._bulk.close()

    def _rows(self, batch: Batch, sketches: SketchBatch) -> _Rows:
        bits, generation = self._commit.params.fingerprint_bits, self._generation
        return [
            (id_.hex(), sketch, source(content_row(language, content, generation)))
            for id_, sketch, language, content in zip(
                batch.ids,
                sketch_sources(batch, sketches, bits, generation),
                batch.languages,
                batch.contents,
                strict=True,
            )
        ]

    def _send(self, batch: Batch, rows: _Rows) -> None:  # noqa: ARG002
        sketches, contents = self._commit.target(SKETCHES), self._commit.target(CONTENTS)
        for id_, sketch, content in rows:
            self._bulk.create(sketches, id_, sketch)
            self._bulk.create(contents, id_, content)


def sketch_sources(batch: Batch, sketches: SketchBatch, bits: int, generation: int) -> list[bytes]:
    """The sketches of a batch as sources of Elasticsearch documents.

    Args:
        bits: of a fingerprint.
    """
    banded = sketches.bands != _NO_BAND
    band_ends = np.concatenate([[0], np.cumsum(banded.sum(axis=1))])
    fields = zip(
        texts(sketches.raw, sketches.raw_offsets, bits),
        texts(sketches.renamed, sketches.renamed_offsets, bits),
        texts(sketches.bands[banded], band_ends, bits),
        (sketches.words[start:end] for start, end in pairwise(sketches.words_offsets.tolist())),
        map(encode_id, batch.ids),
        map(encode_signature, sketches.minhash),
        batch.languages,
        map(len, batch.contents),
        strict=True,
    )
    quoted = msgspec.json.encode
    return [
        _SKETCH % (raw, renamed, bands, quoted(words.decode("utf-8", "replace")), id_.encode(),
                   minhash.encode(), quoted(language), size, generation)
        for raw, renamed, bands, words, id_, minhash, language, size in fields
    ]  # fmt: skip
