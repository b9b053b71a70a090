"""One committed state of an index, opened. It is immutable, so readers need no lock.

The files of a segment stay open as long as a snapshot uses it, even after a compaction has removed
them.

    dead-000012.arrays    an array file: documents u8, shape (N,), and occurrences u8, shape (M,):
                          1 for a dead one. An occurrence is dead when its repository is opted out,
                          a document when it has no live occurrence in any segment.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attribution.errors import IndexDamagedError
from attribution.index.embedded.arrays import ArrayFile
from attribution.index.embedded.locating import locate_into
from attribution.index.embedded.manifest import Manifest, SegmentEntry, load
from attribution.index.embedded.reading_ahead import BulkReading, Step
from attribution.index.embedded.segment import Segment, heads_of
from attribution.index.embedded.storage import damaged
from attribution.index.embedded.word_lookup import WordIndex
from attribution.index.occurrences import OptOutSet, in_order
from attribution.types import Document, Occurrence

__all__ = ["DocumentRef", "IndexSnapshot", "SegmentView"]

U8 = NDArray[np.uint8]

_NONE_DEAD: U8 = np.empty(0, np.uint8)
_RACES = 20  # times that a reader starts over because a compaction has removed its files


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment with its dead documents and occurrences."""

    entry: SegmentEntry
    segment: Segment
    dead_documents: U8  # shape (documents,), or (0,) when none is dead
    dead_occurrences: U8  # shape (occurrences,), or (0,) when none is dead

    def document_lives(self, number: int) -> bool:
        """True when a document has a live occurrence in any segment."""
        return self.dead_documents.size == 0 or not self.dead_documents[number]

    def document(self, number: int) -> Document:
        """A live document with its content.

        Raises:
            IndexDamagedError: its content or its language is not what was stored.
        """
        document = self.segment.document(number)
        if document.language not in self.entry.languages:
            raise damaged(self.segment.arrays.path, f"language of document {number}")
        return document

    def live_rows(self, id_: bytes) -> list[int]:
        """Rows of a document's live occurrences in this segment."""
        rows = self.segment.occurrences.rows(id_)
        if self.dead_occurrences.size == 0:
            return list(rows)
        return [row for row in rows if not self.dead_occurrences[row]]


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document in a segment."""

    view: SegmentView
    number: int

    @property
    def alive(self) -> bool:
        """True when answers may show it."""
        return self.view.document_lives(self.number)


class IndexSnapshot:
    """An opened manifest."""

    __slots__ = (
        "__weakref__",
        "_bulk",
        "comparing",
        "listing",
        "manifest",
        "opt_outs",
        "probing",
        "views",
        "words",
    )
    views: tuple[SegmentView, ...]

    def __init__(self, folder: Path, manifest: Manifest, previous: IndexSnapshot | None) -> None:
        self.manifest = manifest
        # Whether a look-up waited for the disk. Hints; nothing else here changes.
        self.probing, self.comparing, self.listing = Step(), Step(), Step()
        self.opt_outs = OptOutSet(manifest.opt_outs)
        known = {view.entry.name: view for view in previous.views} if previous else {}
        self.views = tuple(
            _open_view(folder, entry, known.get(entry.name)) for entry in manifest.segments
        )
        segments = [view.segment for view in self.views]
        self._bulk = BulkReading(
            [part for segment in segments for part in segment.postings],
            [segment.word_blocks for segment in segments],
        )
        self.words = WordIndex(segments, [view.dead_documents for view in self.views])

    @staticmethod
    def open(folder: Path, previous: IndexSnapshot | None = None) -> IndexSnapshot:
        """Open the newest state, and reuse the segments that `previous` has open.

        Raises:
            IndexNotFoundError, IndexFormatError, IndexDamagedError, IndexVersionError
        """
        manifest = load(folder)
        for _ in range(_RACES):
            try:
                return IndexSnapshot(folder, manifest, previous)
            except (FileNotFoundError, IndexDamagedError) as exc:
                newest = load(folder)
                if newest.generation == manifest.generation:
                    if isinstance(exc, FileNotFoundError):
                        raise damaged(exc.filename or folder, "it is missing") from exc
                    raise
                manifest = newest  # a writer has removed files of the older state meanwhile
        raise damaged(folder, f"its manifest changed {_RACES} times while it was being opened")

    def note_wait(self) -> None:
        """Note that a look-up waits for the disk."""
        alive = weakref.ref(self)
        self._bulk.waited(lambda: alive() is not None)

    def locate(self, ids: Sequence[bytes]) -> list[DocumentRef | None]:
        """Documents by ids of 20 bytes, dead when no copy lives; None for an unknown one."""
        refs: list[DocumentRef | None] = [None] * len(ids)
        if not ids:
            return refs
        wanted = np.frombuffer(b"".join(ids), np.uint8).reshape(len(ids), -1)
        numbers = np.empty(len(ids), np.int64)
        for view in self.views:
            segment = view.segment
            if locate_into(segment.heads, segment.tails, view.dead_documents, wanted, numbers):
                raise damaged(segment.arrays.path, "the ids of its documents")
            for i, number in enumerate(numbers.tolist()):
                known = refs[i]
                if number >= 0 and (known is None or not known.alive):
                    refs[i] = DocumentRef(view, number)
        return refs

    def with_head(self, head: int) -> list[tuple[int, int]]:
        """View and number of live documents whose ids begin with 64 bits: one in practice."""
        pairs = []
        for v, view in enumerate(self.views):
            heads = view.segment.heads
            at = int(heads.searchsorted(np.uint64(head)))
            while at < len(heads) and heads[at] == head:
                if view.document_lives(at):
                    pairs.append((v, at))
                at += 1
        return pairs

    def occurrences(self, id_: bytes) -> tuple[Occurrence, ...]:
        """All live occurrences of a document, earliest first."""
        return in_order(
            view.segment.occurrences[row] for view in self.views for row in view.live_rows(id_)
        )

    def occurrences_of(self, ids: Sequence[bytes]) -> list[tuple[Occurrence, ...]]:
        """The same of several documents."""

        def ask(numbers: range) -> None:
            heads = heads_of(list(ids[numbers.start : numbers.stop]))
            for view in self.views:
                view.segment.occurrences.expect(heads)

        return self.listing.run(len(ids), 1, ask, lambda number, _: self.occurrences(ids[number]))

    def has_occurrence(self, id_: bytes, key: int) -> bool:
        """True when a document has a live occurrence with a key."""
        for view in self.views:
            rows = view.segment.occurrences.rows(id_)
            keys = view.segment.occurrences.columns["keys"][rows.start : rows.stop]
            at = int(keys.searchsorted(np.uint64(key)))
            # There are equal keys when an occurrence died and returned before a merge.
            while at < len(keys) and keys[at] == key:
                if view.dead_occurrences.size == 0 or not view.dead_occurrences[rows.start + at]:
                    return True
                at += 1
        return False


def _open_view(folder: Path, entry: SegmentEntry, known: SegmentView | None) -> SegmentView:
    segment = known.segment if known else Segment(folder, entry)
    if entry.dead is None or entry.dead_file is None:
        return SegmentView(entry, segment, _NONE_DEAD, _NONE_DEAD)
    if known and known.entry.dead == entry.dead:
        return SegmentView(entry, segment, known.dead_documents, known.dead_occurrences)
    dead = ArrayFile(folder / entry.dead, entry.dead_file)
    documents, occurrences = dead["documents"], dead["occurrences"]
    if documents.shape != (segment.documents,) or occurrences.shape != (len(segment.occurrences),):
        raise damaged(folder / entry.dead, f"it does not fit {entry.name}")
    live = int((documents == 0).sum()), int((occurrences == 0).sum())
    if live != (entry.live_documents, entry.live_occurrences):
        raise damaged(folder / entry.dead, f"it has not the removals of {entry.name}")
    return SegmentView(entry, segment, documents, occurrences)
