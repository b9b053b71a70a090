"""Adding to an embedded index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from attribution.errors import StorageError
from attribution.index.embedded.assembly import Assembly, Sketcher
from attribution.index.embedded.commits import Committer
from attribution.index.embedded.compaction import compact
from attribution.index.embedded.lexical import LexicalWriter
from attribution.index.embedded.manifest import SegmentEntry
from attribution.index.embedded.skiplog import MAX_FILES, join_skips, write_skips
from attribution.index.embedded.state import Place
from attribution.index.embedded.storage import StoredFile, storage_error
from attribution.index.embedded.tuning import Tuning
from attribution.index.identity import blob_id
from attribution.index.interface import Checkpoint, IndexWriter
from attribution.index.occurrences import key_of
from attribution.types import NewFile, Skip

__all__ = ["EmbeddedWriter"]


class EmbeddedWriter(IndexWriter):
    """Files to segments. A commit is the swap of the manifest; what comes before is invisible."""

    def __init__(
        self, folder: Path, tuning: Tuning, sketcher: Sketcher, committed: Callable[[], object]
    ) -> None:
        """Take the lock.

        Args:
            committed: called after each commit, e.g. to refresh a reader.

        Raises:
            IndexLockedError: another process is writing.
        """
        self._committer = Committer(folder)
        self._tuning = tuning
        self._sketcher = sketcher
        self._committed = committed
        self._lexical: LexicalWriter | None = None
        self._lexical_name = self._committer.state.manifest.lexical
        self._assembly = self._assemble()
        self._pending_bytes = 0
        self._new: set[bytes] = set()  # ids of documents that are not committed yet
        self._keys: set[bytes] = set()  # ids with keys of occurrences that are not
        self._revived: dict[bytes, Place] = {}  # dead documents that got a live occurrence
        self._skips: list[Skip] = []
        self._failure: StorageError | None = None
        self._open = True

    def _assemble(self) -> Assembly:
        manifest = self._committer.state.manifest
        return Assembly(
            self._committer.folder, manifest.params, manifest.cap, self._tuning, self._sketcher,
            lambda: self._committer.name("segment"), self._add_words,
        )  # fmt: skip

    def add(self, files: Sequence[NewFile]) -> None:
        self._check()
        try:
            self._add(files)
        except StorageError as exc:
            self._fail(exc)

    def _add(self, files: Sequence[NewFile]) -> None:
        state = self._committer.state
        wanted = []
        for file in files:
            repository, path = file.occurrence.repository, file.occurrence.path
            if state.opt_outs.covers(repository):
                self._skips.append(Skip(f"{repository}/{path}", "opted out", repository))
            else:
                wanted.append(file)
        ids = [blob_id(file.content) for file in wanted]
        for file, id_, place in zip(wanted, ids, state.locate(ids), strict=True):
            key = key_of(file.occurrence)
            named = id_ + key.to_bytes(8)
            if named in self._keys:
                continue
            if place is None:
                if id_ not in self._new:
                    self._new.add(id_)
                    self._pending_bytes += len(file.content)
                    self._assembly.add_document(id_, file.language, file.content)
            elif state.has_occurrence(id_, key):
                continue
            elif not place.alive:
                self._revived[id_] = place
            self._keys.add(named)
            self._assembly.add_occurrence(id_, key, file.occurrence)

    def _add_words(self, ids: Sequence[bytes], words: Iterable[str]) -> None:
        if self._lexical is None:
            if self._lexical_name is None:
                self._lexical_name = self._committer.name("lexical")
            self._lexical = LexicalWriter(
                self._committer.folder / self._lexical_name,
                self._committer.state.manifest.lexical_documents,
            )
        heads = (int.from_bytes(id_[:8]) for id_ in ids)
        self._lexical.add(zip(heads, words, strict=True))

    def skip(self, skips: Iterable[Skip]) -> None:
        self._skips.extend(skips)

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        self._check()
        manifest = self._committer.state.manifest
        try:
            entries = self._assembly.finish()
            skip_files = self._write_skips()
            lexical_documents = manifest.lexical_documents
            if self._lexical is not None:
                lexical_documents = self._lexical.commit()
            merged = {c.source: c for c in (*manifest.checkpoints, *checkpoints)}
            self._committer.swap(
                segments=(*self._revive(), *entries),
                checkpoints=tuple(merged.values()),
                skipped=dict(Counter(manifest.skipped) + Counter(s.reason for s in self._skips)),
                skip_files=skip_files,
                lexical=self._lexical_name if self._lexical else manifest.lexical,
                lexical_documents=lexical_documents,
            )
        except StorageError as exc:
            self._fail(exc)
        self._pending_bytes = 0
        self._new, self._keys, self._revived, self._skips = set(), set(), {}, []
        self._committer.merge_small(self._tuning.max_segments)
        self._committer.sweep()
        self._committed()

    def _write_skips(self) -> dict[str, StoredFile]:
        folder, known = self._committer.folder, self._committer.state.manifest.skip_files
        if not self._skips:
            return known
        name = self._committer.name("skips", ".jsonl.zst")
        files = {**known, name: write_skips(folder / name, self._skips)}
        if len(files) <= MAX_FILES:
            return files
        joined = self._committer.name("skips", ".jsonl.zst")
        return {joined: join_skips(folder / joined, [folder / n for n in files])}

    def _revive(self) -> list[SegmentEntry]:
        """The segments held, with the documents alive again that got an occurrence."""
        entries = []
        for view in self._committer.state.views:
            numbers = [p.number for p in self._revived.values() if p.view is view]
            if not numbers:
                entries.append(view.entry)
                continue
            dead = np.array(view.dead_documents)
            dead[numbers] = 0
            entries.append(
                self._committer.with_dead(
                    view.entry, view.segment, dead, np.array(view.dead_occurrences)
                )
            )
        return entries

    def checkpoints(self) -> dict[str, Checkpoint]:
        return {c.source: c for c in self._committer.state.manifest.checkpoints}

    @property
    def pending_bytes(self) -> int:
        return self._pending_bytes

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            self._drop()
            if self._failure is None and self._dead_share() > self._tuning.compact_share:
                compact(self._committer, self._tuning, self._sketcher)
                self._committed()
        finally:
            self._committer.release()

    def _dead_share(self) -> float:
        segments = self._committer.state.manifest.segments
        held = sum(entry.content_bytes for entry in segments)
        return 1 - sum(entry.live_bytes for entry in segments) / held if held else 0.0

    def _drop(self) -> None:
        """Give up what was not committed."""
        self._assembly.close()
        if self._lexical is not None:
            lexical, self._lexical = self._lexical, None
            try:
                lexical.close()
            except StorageError:
                if self._failure is None:
                    raise
        self._committer.sweep()

    def _check(self) -> None:
        if not self._open:
            raise ValueError("the writer is closed")
        if self._failure is not None:
            raise storage_error(
                self._committer.folder, "an earlier write failed"
            ) from self._failure

    def _fail(self, exc: StorageError) -> None:
        """After a failed write nothing more can be added: what was pending is lost."""
        self._failure = exc
        self._drop()
        raise exc
