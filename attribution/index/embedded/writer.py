"""Adding to an embedded index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from attribution.errors import StorageError
from attribution.index.embedded.assembly import Assembly, Tuning
from attribution.index.embedded.commits import Committer
from attribution.index.embedded.manifest import SegmentEntry
from attribution.index.embedded.removal import compact
from attribution.index.embedded.skiplog import MAX_FILES, join_skips, write_skips
from attribution.index.embedded.snapshot import DocumentRef
from attribution.index.embedded.storage import StoredFile, storage_error
from attribution.index.identity import blob_id
from attribution.index.interface import Checkpoint
from attribution.index.occurrences import key_of
from attribution.index.writing import Pending, PendingWriter
from attribution.types import NewFile

__all__ = ["EmbeddedWriter"]


class EmbeddedWriter(PendingWriter):
    """Turns files into segments. A commit swaps the manifest; before that nothing is visible."""

    def __init__(self, folder: Path, tuning: Tuning, committed: Callable[[], object]) -> None:
        """Take the lock.

        Args:
            committed: called after each commit, e.g. to refresh a reader.

        Raises:
            IndexLockedError: another process is writing.
        """
        super().__init__()
        self._committer = committer = Committer(folder)
        self._tuning = tuning
        self._committed = committed
        manifest = committer.snapshot.manifest
        self._assembly = Assembly(
            folder, manifest.params, manifest.cap, tuning, lambda: committer.name("segment")
        )
        self._revived: dict[bytes, DocumentRef] = {}  # dead documents that got a live occurrence

    def add(self, files: Sequence[NewFile]) -> None:
        self._check()
        try:
            self._add(files)
        except StorageError as exc:
            self._fail(exc)

    def _add(self, files: Sequence[NewFile]) -> None:
        snapshot, pending = self._committer.snapshot, self._pending
        files, skips = snapshot.opt_outs.split(files)
        pending.skips.extend(skips)
        ids = [blob_id(file.content) for file in files]
        for file, id_, ref in zip(files, ids, snapshot.locate(ids), strict=True):
            key = key_of(file.occurrence)
            named = id_ + key.to_bytes(8)
            if named in pending.occurrences:
                continue
            if ref is None:
                if pending.take_document(id_, file.content):
                    self._assembly.add_document(id_, file.language, file.content)
            elif snapshot.has_occurrence(id_, key):
                continue
            elif not ref.alive:
                self._revived[id_] = ref
            pending.occurrences.add(named)
            self._assembly.add_occurrence(id_, key, file.occurrence)

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        self._check()
        manifest = self._committer.snapshot.manifest
        try:
            entries = self._assembly.finish()
            skip_files = self._write_skips()
            merged = {c.source: c for c in (*manifest.checkpoints, *checkpoints)}
            reasons = Counter(skip.reason for skip in self._pending.skips)
            self._committer.commit(
                segments=(*self._revive(), *entries),
                checkpoints=tuple(merged.values()),
                skipped=dict(Counter(manifest.skipped) + reasons),
                skip_files=skip_files,
            )
        except StorageError as exc:
            self._fail(exc)
        self._pending, self._revived = Pending(), {}
        self._committer.merge_small(self._tuning.max_segments)
        self._committer.sweep()
        self._committed()

    def _write_skips(self) -> dict[str, StoredFile]:
        folder, known = self._committer.folder, self._committer.snapshot.manifest.skip_files
        if not self._pending.skips:
            return known
        name = self._committer.name("skips", ".jsonl.zst")
        files = {**known, name: write_skips(folder / name, self._pending.skips)}
        if len(files) <= MAX_FILES:
            return files
        joined = self._committer.name("skips", ".jsonl.zst")
        return {joined: join_skips(folder / joined, [folder / n for n in files])}

    def _revive(self) -> list[SegmentEntry]:
        """The entries of all segments, in which documents with a new occurrence live again."""
        entries = []
        for view in self._committer.snapshot.views:
            numbers = [ref.number for ref in self._revived.values() if ref.view is view]
            entry = view.entry
            if numbers:
                dead = np.array(view.dead_documents)
                dead[numbers] = 0
                entry = self._committer.with_dead(
                    entry, view.segment, dead, np.array(view.dead_occurrences)
                )
            entries.append(entry)
        return entries

    def checkpoints(self) -> dict[str, Checkpoint]:
        return {c.source: c for c in self._committer.snapshot.manifest.checkpoints}

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            self._drop()
            if self._failure is None and self._dead_share() > self._tuning.compact_share:
                compact(self._committer, self._tuning)
                self._committed()
        finally:
            self._committer.release()

    def _dead_share(self) -> float:
        segments = self._committer.snapshot.manifest.segments
        total = sum(entry.content_bytes for entry in segments)
        return 1 - sum(entry.live_bytes for entry in segments) / total if total else 0.0

    def _drop(self) -> None:
        """Drop everything that was not committed."""
        self._assembly.close()
        self._committer.sweep()

    def _fail(self, exc: StorageError) -> None:
        """After a failed write, nothing more can be added: pending files are lost."""
        self._failure = storage_error(self._committer.folder, "an earlier write failed")
        self._failure.__cause__ = exc
        self._drop()
        raise exc
