"""The steps that writing, removing and compacting share: lock, names, merges and commits."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.errors import IndexLockedError, StorageError
from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.manifest import NAME as MANIFEST
from attribution.index.embedded.manifest import SegmentEntry, swap
from attribution.index.embedded.merging import merge, plan
from attribution.index.embedded.segment import Segment
from attribution.index.embedded.snapshot import IndexSnapshot, SegmentView
from attribution.index.embedded.storage import guarded
from attribution.index.identity import now

__all__ = ["Committer", "locked"]

U8 = NDArray[np.uint8]

_SWEPT = ("segment-", "dead-", "skips-", f"{MANIFEST}.tmp", ".nfs")


class Committer:
    """Holds the lock and takes the index from one committed state to the next."""

    def __init__(self, folder: Path) -> None:
        """Take the lock, open the newest state, and remove what killed runs left behind.

        Raises:
            IndexLockedError: another process is writing.
        """
        self.folder = folder
        self._lock = _take_lock(folder)
        try:
            self.snapshot = IndexSnapshot.open(folder)
            self._number = self.snapshot.manifest.next_number
            self.sweep()
        except BaseException:
            self.release()
            raise

    def name(self, kind: str, suffix: str = "") -> str:
        """A name that no committed state has used."""
        self._number += 1
        return f"{kind}-{self._number - 1:06d}{suffix}"

    def commit(self, **changes: Any) -> None:
        """Write the next state, which is this one's manifest with changes, and open it.

        Raises:
            StorageError: it cannot be written; the old state is intact.
        """
        manifest = self.snapshot.manifest
        manifest = replace(
            manifest,
            generation=manifest.generation + 1,
            date=now(),
            next_number=self._number,
            **changes,
        )
        swap(self.folder, manifest)
        self.snapshot = IndexSnapshot(self.folder, manifest, self.snapshot)

    def sweep(self) -> None:
        """Remove files and folders that the manifest does not name, as far as possible.

        A network disk keeps files that a process holds open, under names with .nfs; `left` has
        them.
        """
        for path in self._unnamed():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()

    def left(self) -> list[Path]:
        """What could not be removed."""
        return sorted(self._unnamed())

    def _unnamed(self) -> Iterator[Path]:
        named = {*self.snapshot.manifest.names(), MANIFEST}
        for path in self.folder.iterdir():
            if path.name.startswith(_SWEPT) and path.name not in named:
                yield path

    def with_dead(
        self, entry: SegmentEntry, segment: Segment, documents: U8, occurrences: U8
    ) -> SegmentEntry:
        """A segment's entry with its dead documents and occurrences, written to a new file.

        Args:
            documents: shape (documents,) or (0,) for none.
            occurrences: shape (occurrences,) or (0,) for none.
        """
        name = stored = None
        documents = documents if documents.size else np.zeros(entry.documents, np.uint8)
        occurrences = occurrences if occurrences.size else np.zeros(entry.occurrences, np.uint8)
        if documents.any() or occurrences.any():
            name = self.name("dead", ".arrays")
            with ArrayWriter(self.folder / name) as out:
                out.put("documents", documents)
                out.put("occurrences", occurrences)
                stored = out.close()
        live = documents == 0
        languages = Counter(segment.arrays["documents.languages"][live].tolist())
        return replace(
            entry,
            dead=name,
            dead_file=stored,
            live_documents=int(live.sum()),
            live_occurrences=int((occurrences == 0).sum()),
            live_bytes=int(segment.sizes[live].sum(dtype=np.int64)),
            languages={segment.strings[number]: count for number, count in languages.items()},
        )

    def merge_small(self, most: int) -> None:
        """Merge segments until at most `most` are left, with a commit for each merge."""
        while chosen := plan(self.snapshot.manifest.segments, most):
            names = {entry.name for entry in chosen}
            views = [view for view in self.snapshot.views if view.entry.name in names]
            try:
                merged = self._merge(views)
                self.commit(segments=self.replaced(names, [merged]))
            except StorageError:
                return  # the last commit is intact; merging waits until the disk has room
            finally:
                self.sweep()

    def _merge(self, views: Sequence[SegmentView]) -> SegmentEntry:
        name = self.name("segment")
        entry, documents, occurrences = merge(self.folder, name, views, self.snapshot.manifest.cap)
        if not documents.size and not occurrences.size:
            return entry
        return self.with_dead(entry, Segment(self.folder, entry), documents, occurrences)

    def replaced(
        self, names: set[str], entries: Sequence[SegmentEntry]
    ) -> tuple[SegmentEntry, ...]:
        """The segments without those named, and with others added."""
        kept = [e for e in self.snapshot.manifest.segments if e.name not in names]
        return (*kept, *entries)

    def release(self) -> None:
        """Release the lock; calling it again does nothing."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep writers away from an index that is read; one in a read-only folder has none.

    Raises:
        IndexLockedError: a process is writing.
    """
    if not os.access(folder, os.W_OK):
        yield
        return
    lock = _take_lock(folder)
    try:
        yield
    finally:
        os.close(lock)


def _take_lock(folder: Path) -> int:
    """Lock `writer.lock`; returns its open file. Closing the file releases the lock.

    It is a lock of the kernel (flock), for writers on this machine, so a killed writer releases
    it. The text of the file only says which process holds it.

    Raises:
        IndexLockedError: another writer holds it.
        StorageError: the folder cannot be written.
    """
    path = folder / "writer.lock"
    with guarded(path):
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with guarded(path):
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError as exc:
        owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise IndexLockedError(
            f"process {owner} is writing to the index at {folder}; wait until it has ended, or end "
            "it"
        ) from exc
    except BaseException:
        os.close(lock)
        raise
    return lock
