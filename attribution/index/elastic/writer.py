"""Adding to an Elasticsearch index.

Documents are sent at once, marked with the generation of the next commit. They become visible with
the refresh and the swap of the state that make that commit. A killed run leaves documents of a
commit that never happened; the next writer removes them first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from attribution.errors import IndexUnavailableError, WhenceError
from attribution.index.elastic.bulk import Bulk, chunks, source
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import Commit, load, save
from attribution.index.elastic.document_writer import DocumentWriter
from attribution.index.elastic.layout import DATA, META, SKETCHES
from attribution.index.elastic.lock import Lock
from attribution.index.elastic.parts import settled
from attribution.index.elastic.visibility import sweep, visible
from attribution.index.identity import blob_id
from attribution.index.interface import Checkpoint
from attribution.index.occurrences import key_of
from attribution.index.writing import Pending, PendingWriter
from attribution.types import NewFile, Skip

__all__ = ["ElasticWriter", "write_skips"]

_FLUSH_BYTES = 16 << 20  # of a commit; a smaller one is not worth a flush


class ElasticWriter(PendingWriter):
    """Turns files into bulk requests."""

    def __init__(self, cluster: Cluster, base: str, committed: Callable[[], object]) -> None:
        """Take the lock, and remove documents that a killed run left.

        Args:
            committed: called after each commit, e.g. to refresh a reader.

        Raises:
            IndexLockedError: another process is writing.
        """
        super().__init__()
        self._committed = committed
        self._lock = Lock(cluster, base)
        self._documents: DocumentWriter | None = None
        try:
            self._last = settled(load(cluster, base))
        except BaseException:
            self._open = False
            self._lock.release()
            raise

    def add(self, files: Sequence[NewFile]) -> None:
        self._check()
        files, skips = self._last.opt_outs.split(files)
        self._pending.skips.extend(skips)
        ids = [blob_id(file.content) for file in files]
        try:
            known = self._known(ids)
            for file, id_ in zip(files, ids, strict=True):
                self._add(file, id_, id_ in known)
        except WhenceError as exc:
            self._failure = exc
            raise

    def _add(self, file: NewFile, id_: bytes, known: bool) -> None:
        named = id_ + key_of(file.occurrence).to_bytes(8)
        if named in self._pending.occurrences:
            return
        if self._documents is None:
            self._documents = DocumentWriter(self._last, self._generation())
        if not known and self._pending.take_document(id_, file.content):
            self._documents.add_document(id_, file.language, file.content)
        self._pending.occurrences.add(named)
        self._documents.add_occurrence(id_.hex(), file.occurrence)

    def _generation(self) -> int:
        """The generation of the next commit."""
        return self._last.generation + 1

    def _known(self, ids: Sequence[bytes]) -> set[bytes]:
        """The ids in the index, whose texts need not be sent again."""
        if not self._last.documents:
            return set()
        wanted = [id_.hex() for id_ in dict.fromkeys(ids) if id_ not in self._pending.documents]
        known: set[bytes] = set()
        for chunk in chunks(wanted):
            answer = self._last.post(
                "_mget",
                SKETCHES,
                body={"ids": chunk},
                timeout=self._last.cluster.access.bulk_timeout,
                _source=False,
                filter_path="docs._id,docs.found,docs.error.reason",
            )
            error = next((d["error"] for d in answer["docs"] if "error" in d), None)
            if error is not None:
                raise IndexUnavailableError(
                    f"{self._last.cluster.location} cannot say which documents it has: "
                    f"{error.get('reason')}; look at its _cluster/health and run the command "
                    "again: it resumes at its last commit"
                )
            known.update(bytes.fromhex(d["_id"]) for d in answer["docs"] if d.get("found"))
        return known

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        self._check()
        last, pending = self._last, self._pending
        try:
            self._send_all()
            write_skips(last, pending.skips)
            self._lock.check()
            shown = visible(last, last.documents + len(pending.documents))
            self._flush()
            merged = {c.source: c for c in (*last.checkpoints, *checkpoints)}
            reasons = Counter(skip.reason for skip in pending.skips)
            self._last = save(
                replace(
                    shown,
                    generation=self._generation(),
                    checkpoints=tuple(merged.values()),
                    skipped=dict(Counter(last.skipped) + reasons),
                    skip_count=last.skip_count + len(pending.skips),
                )
            )
        except WhenceError as exc:
            self._failure = exc
            raise
        self._pending = Pending()
        self._committed()

    def _send_all(self) -> None:
        """Send what is left, and wait until the cluster has acknowledged all documents."""
        if self._documents is not None:
            self._documents.finish()
            self._documents.close()
            self._documents = None

    def _flush(self) -> None:
        """After a large commit: merges may then drop the second copy of these sketches."""
        if self._pending.content_bytes > _FLUSH_BYTES:
            self._last.post("_flush", *DATA, timeout=self._last.cluster.access.bulk_timeout)

    def checkpoints(self) -> dict[str, Checkpoint]:
        return {c.source: c for c in self._last.checkpoints}

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            if self._documents is not None:
                self._documents.close()
            self._discard()
        finally:
            self._lock.release()

    def _discard(self) -> None:
        """Delete what was not committed."""
        if self._pending.occurrences and self._failure is None:
            sweep(self._last)

    def _check(self) -> None:
        super()._check()
        self._lock.check()


def write_skips(commit: Commit, skips: Sequence[Skip]) -> None:
    """Store the files that the next commit leaves out."""
    if not skips:
        return
    with closing(Bulk(commit.cluster)) as bulk:
        for number, skip in enumerate(skips, commit.skip_count):
            fields = json.dumps([skip.name, skip.reason, skip.detail])
            row = source({"skip": number, "told": fields})  # words: allow
            bulk.replace(commit.target(META), f"skip-{number}", row)
        bulk.finish()
