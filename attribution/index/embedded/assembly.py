"""Contents in, segments out: batches are sketched and compressed by threads, and gathered in order.

The kernels of the sketch and zstd release the interpreter's lock, so two threads keep two cores
busy while the caller reads and hashes. What is under way is bounded: some batches, one draft, and
one draft that is being written.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import zstandard

from attribution.index.embedded.draft import SegmentDraft
from attribution.index.embedded.manifest import SegmentEntry
from attribution.index.embedded.postings import MAX_DOCUMENTS
from attribution.index.embedded.tuning import Tuning
from attribution.sketching.sketch import SketchBatch, SketchParams
from attribution.types import Occurrence

__all__ = ["Assembly", "Sketcher", "words_of"]

Sketcher = Callable[[Sequence[bytes], Sequence[str], SketchParams], SketchBatch]
WordsSink = Callable[[Sequence[bytes], Iterable[str]], None]

LEVEL = 1  # of zstd: .26 of the corpus; level 3 takes a fifth longer and makes it .25


def words_of(sketches: SketchBatch) -> Iterator[str]:
    """The words of each document of a batch, one space between."""
    offsets = sketches.words_offsets.tolist()
    for start, end in pairwise(offsets):
        yield sketches.words[start:end].decode("utf-8", "replace")


@dataclass(slots=True)
class _Batch:
    ids: list[bytes] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    size: int = 0  # bytes


class Assembly:
    """Makes segments of documents and occurrences. They become visible by a manifest."""

    def __init__(
        self,
        folder: Path,
        params: SketchParams,
        cap: int,
        tuning: Tuning,
        sketcher: Sketcher,
        name: Callable[[], str],
        words: WordsSink | None = None,
    ) -> None:
        """Begin.

        Args:
            name: gives the name of the next segment.
            words: takes the ids of documents and the words of each, in order of addition.
        """
        self._folder = folder
        self._params = params
        self._cap = cap
        self._tuning = tuning
        self._sketcher = sketcher
        self._name = name
        self._words = words
        self._batch = _Batch()
        self._running: deque[tuple[_Batch, Future[tuple[SketchBatch, list[bytes]]]]] = deque()
        self._draft: SegmentDraft | None = None
        self._drafts: list[SegmentDraft] = []  # all whose folders exist
        self._finishing: list[Future[SegmentEntry]] = []
        self._pool = ThreadPoolExecutor(tuning.threads, "whence-sketch")
        self._finisher = ThreadPoolExecutor(1, "whence-segment")

    def add_document(self, id_: bytes, language: str, content: bytes) -> None:
        """Take a document that no segment holds."""
        batch = self._batch
        batch.ids.append(id_)
        batch.languages.append(language)
        batch.contents.append(content)
        batch.size += len(content)
        if batch.size >= self._tuning.batch_bytes or len(batch.ids) >= 4096:
            self._submit()

    def add_occurrence(self, id_: bytes, key: int, occurrence: Occurrence) -> None:
        """Take an occurrence."""
        draft = self._open_draft()
        draft.add_occurrence(id_, key, occurrence)
        if draft.occurrences >= self._tuning.flush_occurrences:
            self._rotate()

    def finish(self) -> list[SegmentEntry]:
        """Write all that was taken; the segments are durable, and the assembly is empty again.

        Raises:
            StorageError: the disk is full or not writable; call `discard`.
        """
        if self._batch.ids:
            self._submit()
        while self._running:
            self._collect()
        self._rotate()
        entries = [future.result() for future in self._finishing]
        self._finishing, self._drafts = [], []
        return entries

    def discard(self) -> None:
        """Drop all that was taken since the last `finish`, and its files."""
        waiting: list[Future[Any]] = [future for _, future in self._running]
        for future in waiting + self._finishing:
            if not future.cancel():
                future.exception()  # waits; what went wrong was told or no longer matters
        for draft in self._drafts:
            draft.discard()
        self._batch, self._draft = _Batch(), None
        self._running.clear()
        self._finishing, self._drafts = [], []

    def close(self) -> None:
        """Drop what is left and end the threads."""
        self.discard()
        self._pool.shutdown()
        self._finisher.shutdown()

    def _submit(self) -> None:
        batch, self._batch = self._batch, _Batch()
        self._running.append((batch, self._pool.submit(self._work, batch)))
        while len(self._running) > 2 * self._tuning.threads:
            self._collect()

    def _work(self, batch: _Batch) -> tuple[SketchBatch, list[bytes]]:
        compress = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress
        frames = [compress(content) for content in batch.contents]
        return self._sketcher(batch.contents, batch.languages, self._params), frames

    def _collect(self) -> None:
        batch, future = self._running.popleft()
        sketches, frames = future.result()
        draft = self._open_draft()
        sizes = [len(content) for content in batch.contents]
        draft.add_documents(batch.ids, batch.languages, sizes, frames, sketches)
        if self._words:
            self._words(batch.ids, words_of(sketches))
        limit = min(self._tuning.flush_documents, MAX_DOCUMENTS // 2)
        if draft.content_bytes >= self._tuning.flush_bytes or draft.documents >= limit:
            self._rotate()

    def _open_draft(self) -> SegmentDraft:
        if self._draft is None:
            self._draft = SegmentDraft(self._folder, self._name(), self._params, self._cap)
            self._drafts.append(self._draft)
        return self._draft

    def _rotate(self) -> None:
        """Hand the draft over to be written, at most one at a time."""
        draft, self._draft = self._draft, None
        if draft is not None:
            if self._finishing:
                self._finishing[-1].result()
            self._finishing.append(self._finisher.submit(draft.finish))
