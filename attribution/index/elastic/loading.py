"""Contents in, bulk requests out: batches are sketched by threads, and sent in order.

The kernels of the sketch release the interpreter's lock. What is under way is bounded: some
batches of texts, and some requests.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from attribution.index.elastic.bulk import Bulk, source
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.layout import CONTENTS, META, PLACES, SKETCHES
from attribution.index.elastic.rows import content_row, place_row
from attribution.index.elastic.sketches import sketch_rows
from attribution.index.elastic.state import State
from attribution.sketching.sketch import SketchBatch, SketchParams
from attribution.types import Occurrence

__all__ = ["Loader", "Sketcher"]

Sketcher = Callable[[Sequence[bytes], Sequence[str], SketchParams], SketchBatch]

_BATCH_BYTES = 2 << 20  # contents sketched in one call
_BATCH_DOCUMENTS = 1024
_THREADS = min(8, os.cpu_count() or 2)

_Lines = list[tuple[str, bytes, bytes]]  # id, source of the sketch, source of the content


@dataclass(slots=True)
class _Batch:
    ids: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    size: int = 0  # bytes


class Loader:
    """Writes documents and occurrences to a version, as of a generation."""

    def __init__(self, cluster: Cluster, state: State, generation: int, sketcher: Sketcher) -> None:
        self._state = state
        self._generation = generation
        self._sketcher = sketcher
        self._bulk = Bulk(cluster)
        self._batch = _Batch()
        self._running: deque[Future[_Lines]] = deque()
        self._pool = ThreadPoolExecutor(_THREADS, "whence-sketch")

    def add_document(self, id_: str, language: str, content: bytes) -> None:
        """Take a document; one that is there stays as it is."""
        batch = self._batch
        batch.ids.append(id_)
        batch.languages.append(language)
        batch.contents.append(content)
        batch.size += len(content)
        if batch.size >= _BATCH_BYTES or len(batch.ids) >= _BATCH_DOCUMENTS:
            self._submit()

    def add_occurrence(self, id_: str, occurrence: Occurrence) -> None:
        """Take an occurrence."""
        name, row = place_row(id_, occurrence, self._generation)
        self._bulk.create(self._state.target(PLACES), name, source(row))

    def copy_skips(self, hits: Iterable[Json]) -> None:
        """Take skips as another version has them."""
        for hit in hits:
            self._bulk.create(self._state.target(META), hit["_id"], source(hit["_source"]))

    def finish(self) -> None:
        """All that was taken is acknowledged by the cluster; not visible yet."""
        self._submit()
        while self._running:
            self._collect()
        self._bulk.finish()

    def close(self) -> None:
        """Drop what is left and end the threads."""
        for future in self._running:
            future.cancel()
        self._pool.shutdown()
        self._bulk.close()

    def _submit(self) -> None:
        batch, self._batch = self._batch, _Batch()
        if not batch.ids:
            return
        self._running.append(self._pool.submit(self._work, batch))
        while len(self._running) > _THREADS + 1:
            self._collect()

    def _collect(self) -> None:
        sketches, contents = self._state.target(SKETCHES), self._state.target(CONTENTS)
        for id_, sketch, content in self._running.popleft().result():
            self._bulk.create(sketches, id_, sketch)
            self._bulk.create(contents, id_, content)

    def _work(self, batch: _Batch) -> _Lines:
        params, generation = self._state.params, self._generation
        made = self._sketcher(batch.contents, batch.languages, params)
        sketches = sketch_rows(
            batch.ids, batch.languages, batch.contents, made, params.fingerprint_bits, generation
        )
        contents = (
            source(content_row(language, content, generation))
            for language, content in zip(batch.languages, batch.contents, strict=True)
        )
        return list(zip(batch.ids, sketches, contents, strict=True))
