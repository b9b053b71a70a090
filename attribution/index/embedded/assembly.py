"""Contents in, segments out: batches are sketched and compressed by threads, and gathered in order.

Memory is bounded: some batches in flight, one draft, and one draft that is being written.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from attribution.index.embedded.draft import SegmentDraft
from attribution.index.embedded.manifest import SegmentEntry
from attribution.index.embedded.postings import MAX_DOCUMENTS
from attribution.index.writing import Batch, BatchSketcher
from attribution.sketching.sketch import SketchBatch, SketchParams
from attribution.types import Occurrence
from attribution.worker_processes import available_cores

__all__ = ["Assembly", "Tuning"]

LEVEL = 1  # of zstd: .26 of the corpus; level 3 takes a fifth longer and makes it .25


@dataclass(frozen=True, slots=True)
class Tuning:
    """Memory and number of segments when an index is written. No answer depends on it."""

    batch_bytes: int = 4 << 20  # contents sketched in one call
    # Threads that sketch and compress; beyond eight, the thread that gathers is the bottleneck.
    threads: int = field(default_factory=lambda: min(8, available_cores()))
    # A segment is written at any of these. 256 MB of contents make a peak of about 1 GB.
    flush_bytes: int = 256 << 20
    flush_documents: int = 1 << 17
    flush_occurrences: int = 1 << 18
    flush_words: int = 1 << 22  # distinct ones; base64 can have one in six bytes
    # More are merged: in each, a look-up costs some 10 us, and 2 ms if it is not in memory.
    max_segments: int = 8
    compact_share: float = 0.2  # share of dead content at which closing a writer compacts


class Assembly:
    """Makes segments of documents and occurrences. They become visible by a manifest."""

    def __init__(
        self,
        folder: Path,
        params: SketchParams,
        cap: int,
        tuning: Tuning,
        name: Callable[[], str],
    ) -> None:
        """
        Args:
            name: returns the name of the next segment.
        """
        self._folder = folder
        self._params = params
        self._cap = cap
        self._tuning = tuning
        self._name = name
        self._sketcher = BatchSketcher(
            params, _compress, self._gather, batch_bytes=tuning.batch_bytes, threads=tuning.threads
        )
        self._draft: SegmentDraft | None = None
        self._drafts: list[SegmentDraft] = []  # all whose folders exist
        self._finishing: list[Future[SegmentEntry]] = []
        self._finisher = ThreadPoolExecutor(1, "whence-segment")

    def add_document(self, id_: bytes, language: str, content: bytes) -> None:
        """Take a document that no segment holds."""
        self._sketcher.add(id_, language, content)

    def add_occurrence(self, id_: bytes, key: int, occurrence: Occurrence) -> None:
        """Take an occurrence."""
        draft = self._open_draft()
        draft.add_occurrence(id_, key, occurrence)
        if draft.occurrences >= self._tuning.flush_occurrences:
            self._rotate()

    def finish(self) -> list[SegmentEntry]:
        """Write everything added as durable segments; the assembly is empty again.

        Raises:
            StorageError: the disk is full or not writable; call `discard`.
        """
        self._sketcher.finish()
        self._rotate()
        entries = [future.result() for future in self._finishing]
        self._finishing, self._drafts = [], []
        return entries

    def close(self) -> None:
        """Drop everything added since the last `finish` with its files, and end the threads."""
        self._sketcher.close()
        for future in self._finishing:
            if not future.cancel():
                future.exception()  # wait; the error was raised already, or no longer matters
        for draft in self._drafts:
            draft.discard()
        self._draft, self._drafts, self._finishing = None, [], []
        self._finisher.shutdown()

    def _gather(self, batch: Batch, prepared: tuple[SketchBatch, list[bytes]]) -> None:
        sketches, frames = prepared
        draft = self._open_draft()
        sizes = [len(content) for content in batch.contents]
        draft.add_documents(batch.ids, batch.languages, sizes, frames, sketches)
        tuning = self._tuning
        if (
            draft.content_bytes >= tuning.flush_bytes
            or draft.documents >= min(tuning.flush_documents, MAX_DOCUMENTS // 2)
            or draft.words >= tuning.flush_words
        ):
            self._rotate()

    def _open_draft(self) -> SegmentDraft:
        if self._draft is None:
            self._draft = SegmentDraft(self._folder, self._name(), self._params, self._cap)
            self._drafts.append(self._draft)
        return self._draft

    def _rotate(self) -> None:
        """Have the draft written by another thread, one draft at a time."""
        draft, self._draft = self._draft, None
        if draft is not None:
            if self._finishing:
                self._finishing[-1].result()
            self._finishing.append(self._finisher.submit(draft.finish))


def _compress(batch: Batch, sketches: SketchBatch) -> tuple[SketchBatch, list[bytes]]:
    compress = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress
    return sketches, [compress(content) for content in batch.contents]
