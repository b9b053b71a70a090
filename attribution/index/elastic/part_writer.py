"""Adding to a version as one of several parts. See parts.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from attribution.errors import WhenceError
from attribution.index.elastic import parts
from attribution.index.elastic.bulk import CHUNK, chunks
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import load
from attribution.index.elastic.layout import SKETCHES
from attribution.index.elastic.scan import complete
from attribution.index.elastic.writer import ElasticWriter
from attribution.index.interface import Checkpoint
from attribution.index.writing import Pending, PendingWriter

__all__ = ["PartWriter"]


class PartWriter(ElasticWriter):
    """Writes a part. Others may write at the same time, and nothing is visible until publication.

    A document counts as known only if it belongs to a commit of the version: that of another part
    may never be committed, and nothing says whether its text has arrived.
    """

    def __init__(self, cluster: Cluster, base: str, label: str) -> None:
        """Join the parts of a version.

        Raises:
            IndexLockedError: another process writes this part, or to the version as a whole.
        """
        PendingWriter.__init__(self)
        self._documents = None
        self._own: int | None = None  # the generation of the next commit, once it is needed
        self._lock, self._progress = parts.join(cluster, base, label)
        try:
            self._last = load(cluster, base)
            self._checkpoints = parts.checkpoints(self._last)
        except BaseException:
            self._open = False
            self._lock.release()
            raise

    def _generation(self) -> int:
        if self._own is None:
            self._own = parts.next_generation(self._last.cluster, self._last.base)
        return self._own

    def _known(self, ids: Sequence[bytes]) -> set[bytes]:
        if not self._last.documents:
            return set()
        last = self._last
        wanted = [id_.hex() for id_ in dict.fromkeys(ids) if id_ not in self._pending.documents]
        known: set[bytes] = set()
        for chunk in chunks(wanted):
            of_commit = [{"ids": {"values": chunk}}, last.query]
            body = {"query": {"bool": {"filter": of_commit}}, "size": CHUNK, "_source": False}
            answer = last.post(
                "_search", SKETCHES, body=body, timeout=last.cluster.access.bulk_timeout
            )
            hits = complete(answer, last.cluster)["hits"]["hits"]
            known.update(bytes.fromhex(hit["_id"]) for hit in hits)
        return known

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        self._check()
        cluster, base = self._last.cluster, self._last.base
        pending, progress = self._pending, self._progress
        try:
            self._send_all()
            if pending.skips:
                parts.keep_skips(self._last, self._generation(), pending.skips)
            self._lock.check()
            self._flush()
            merged = {c.source: c for c in (*progress.checkpoints, *checkpoints)}
            own = () if self._own is None else (self._own,)
            self._progress = replace(
                progress,
                generations=(*progress.generations, *own),
                checkpoints=tuple(merged.values()),
            ).save(cluster, base)
        except WhenceError as exc:
            self._failure = exc
            raise
        self._checkpoints.update({c.source: c for c in checkpoints})
        self._pending, self._own = Pending(), None

    def checkpoints(self) -> dict[str, Checkpoint]:
        return dict(self._checkpoints)

    def _discard(self) -> None:
        """Nothing is deleted before publication: another part may rely on it."""
