"""The steps that writing, removing and compacting share: names, dead files, merges, the swap."""

from __future__ import annotations

import datetime
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.errors import StorageError
from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.lock import WriterLock
from attribution.index.embedded.manifest import NAME as MANIFEST
from attribution.index.embedded.manifest import SegmentEntry, successor, swap
from attribution.index.embedded.merging import merge, plan
from attribution.index.embedded.segment import Segment
from attribution.index.embedded.state import State, View

__all__ = ["Committer", "now"]

U8 = NDArray[np.uint8]


def now() -> str:
    """This moment, UTC, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


class Committer:
    """Holds the lock and brings the index from state to state."""

    def __init__(self, folder: Path) -> None:
        """Take the lock, open the newest state, and remove what earlier runs left behind.

        Raises:
            IndexLockedError: another process is writing.
        """
        self.folder = folder
        self._lock = WriterLock(folder)
        try:
            self.state = State.open(folder)
            self._number = self.state.manifest.next_number
            self.sweep()
        except BaseException:
            self._lock.release()
            raise

    def name(self, kind: str, suffix: str = "") -> str:
        """A name that no committed state has used."""
        self._number += 1
        return f"{kind}-{self._number - 1:06d}{suffix}"

    def swap(self, **changes: Any) -> None:
        """Make the next state: this one's manifest with changes; then open it.

        Raises:
            StorageError: it cannot be written; the old state is intact.
        """
        manifest = successor(self.state.manifest, now(), next_number=self._number, **changes)
        swap(self.folder, manifest)
        self.state = State(self.folder, manifest, self.state)

    def sweep(self) -> None:
        """Remove files and folders that the manifest does not name."""
        named = self.state.manifest.names()
        for path in self.folder.iterdir():
            kind = path.name.partition("-")[0]
            if path.name == f"{MANIFEST}.tmp":
                path.unlink()
            elif kind in ("segment", "lexical", "dead", "skips") and path.name not in named:
                if path.is_dir():
                    # a reader of the old state may be making tantivy's lock file in it just now:
                    # what is left is swept the next time
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()

    def with_dead(
        self, entry: SegmentEntry, segment: Segment, documents: U8, occurrences: U8
    ) -> SegmentEntry:
        """A segment's entry with what is dead of it, written to a new file.

        Args:
            documents: shape (documents,) or (0,) for none.
            occurrences: shape (occurrences,) or (0,) for none.
        """
        if not documents.any() and not occurrences.any():
            return replace(
                entry,
                dead=None,
                dead_file=None,
                live_documents=entry.documents,
                live_occurrences=entry.occurrences,
                live_bytes=entry.content_bytes,
                languages=_languages(segment, np.ones(entry.documents, np.bool_)),
            )
        documents = documents if documents.size else np.zeros(entry.documents, np.uint8)
        occurrences = occurrences if occurrences.size else np.zeros(entry.occurrences, np.uint8)
        name = self.name("dead", ".arrays")
        with ArrayWriter(self.folder / name) as out:
            out.put("documents", documents)
            out.put("occurrences", occurrences)
            stored = out.close()
        live = documents == 0
        return replace(
            entry,
            dead=name,
            dead_file=stored,
            live_documents=int(live.sum()),
            live_occurrences=int((occurrences == 0).sum()),
            live_bytes=int(segment.sizes[live].sum(dtype=np.int64)),
            languages=_languages(segment, live),
        )

    def merge_small(self, most: int) -> None:
        """Merge segments until at most `most` are left, a state per merge."""
        while chosen := plan(self.state.manifest.segments, most):
            names = {entry.name for entry in chosen}
            views = [view for view in self.state.views if view.entry.name in names]
            try:
                merged = self._merge(views)
                self.swap(segments=self.replaced(names, [merged]))
            except StorageError:
                # The commit before it stands; merging needs room that the disk has not, and waits.
                self.sweep()
                return
            self.sweep()

    def _merge(self, views: Sequence[View]) -> SegmentEntry:
        name = self.name("segment")
        entry, documents, occurrences = merge(self.folder, name, views, self.state.manifest.cap)
        if not documents.size and not occurrences.size:
            return entry
        return self.with_dead(entry, Segment(self.folder, entry), documents, occurrences)

    def replaced(
        self, names: set[str], entries: Sequence[SegmentEntry]
    ) -> tuple[SegmentEntry, ...]:
        """The segments with some taken out and others put in."""
        kept = [e for e in self.state.manifest.segments if e.name not in names]
        return (*kept, *entries)

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()


def _languages(segment: Segment, live: NDArray[np.bool_]) -> dict[str, int]:
    numbers = Counter(segment.arrays["documents.languages"][live].tolist())
    return {segment.strings[number]: count for number, count in numbers.items()}
