"""Adding to an Elasticsearch index.

Documents are sent as they come, marked with the number of the commit to be. They are seen after
the refresh and the swap of the state that make that commit, and a run that was killed leaves
documents of a commit that never was: the next writer takes them out first.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from attribution.errors import IndexUnavailableError, WhenceError
from attribution.index.elastic.bulk import Bulk, source
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.counting import counted, documents_in
from attribution.index.elastic.layout import CONTENTS, META, PLACES, SKETCHES
from attribution.index.elastic.loading import Loader, Sketcher
from attribution.index.elastic.lock import Lock
from attribution.index.elastic.scan import complete, scan
from attribution.index.elastic.state import State, load, save
from attribution.index.identity import blob_id
from attribution.index.interface import Checkpoint, IndexWriter
from attribution.index.occurrences import key_of
from attribution.types import NewFile, Skip

__all__ = ["ElasticWriter", "refresh", "sweep"]

_DATA = (SKETCHES, CONTENTS, PLACES)
_FLUSH_BYTES = 16 << 20  # of a commit; less is not worth its time


class ElasticWriter(IndexWriter):
    """Files to bulk requests."""

    def __init__(
        self, cluster: Cluster, base: str, sketcher: Sketcher, committed: Callable[[], object]
    ) -> None:
        """Take the lock, and take out what a killed run left.

        Args:
            committed: called after each commit, e.g. to refresh a reader.

        Raises:
            IndexLockedError: another process is writing.
        """
        self._cluster = cluster
        self._sketcher = sketcher
        self._committed = committed
        self._lock = Lock(cluster, base)
        self._open = True
        self._failure: WhenceError | None = None
        self._loader: Loader | None = None
        try:
            self._state = load(cluster, base)
            sweep(cluster, self._state)
        except BaseException:
            self._open = False
            self._lock.release()
            raise
        self._begin()

    def _begin(self) -> None:
        self._pending_bytes = 0
        self._new: set[bytes] = set()  # ids of documents that are not committed yet
        self._keys: set[bytes] = set()  # ids with keys of occurrences that are not
        self._skips: list[Skip] = []
        self._dirty = False

    def add(self, files: Sequence[NewFile]) -> None:
        self._check()
        wanted = []
        for file in files:
            repository, path = file.occurrence.repository, file.occurrence.path
            if self._state.opt_outs.covers(repository):
                self._skips.append(Skip(f"{repository}/{path}", "opted out", repository))
            else:
                wanted.append(file)
        ids = [blob_id(file.content) for file in wanted]
        try:
            known = self._known(ids)
            for file, id_ in zip(wanted, ids, strict=True):
                self._add(file, id_, id_ in known)
        except WhenceError as exc:
            self._failure = exc
            raise

    def _add(self, file: NewFile, id_: bytes, known: bool) -> None:
        named = id_ + key_of(file.occurrence).to_bytes(8)
        if named in self._keys:
            return
        if self._loader is None:
            self._loader = Loader(
                self._cluster, self._state, self._state.generation + 1, self._sketcher
            )
        self._dirty = True
        if not known and id_ not in self._new:
            self._new.add(id_)
            self._pending_bytes += len(file.content)
            self._loader.add_document(id_.hex(), file.language, file.content)
        self._keys.add(named)
        self._loader.add_occurrence(id_.hex(), file.occurrence)

    def _known(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those that the index has: their texts need not be sent again."""
        if not self._state.documents:
            return set()
        asked = [id_.hex() for id_ in dict.fromkeys(ids) if id_ not in self._new]
        found: set[bytes] = set()
        for start in range(0, len(asked), 1000):
            answer = self._cluster.ask(
                "POST",
                self._state.path(SKETCHES, "_mget"),
                {"ids": asked[start : start + 1000]},
                timeout=self._cluster.access.bulk_timeout,
                _source=False,  # nor is it read
                filter_path="docs._id,docs.found,docs.error.reason",
            )
            lacking = next((d["error"] for d in answer["docs"] if "error" in d), None)
            if lacking is not None:
                raise IndexUnavailableError(
                    f"{self._cluster.location} cannot tell what it holds: "
                    f"{lacking.get('reason')}; look at its _cluster/health and run the command "
                    "again: it goes on at its last commit"
                )
            found.update(bytes.fromhex(d["_id"]) for d in answer["docs"] if d.get("found"))
        return found

    def skip(self, skips: Iterable[Skip]) -> None:
        self._skips.extend(skips)

    def commit(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        self._check()
        state = self._state
        try:
            if self._loader is not None:
                self._loader.finish()
                self._loader.close()
                self._loader = None
            self._write_skips()
            self._lock.check()
            shown = self._show()
            if self._pending_bytes > _FLUSH_BYTES:
                # Merges may then drop the second copy of these sketches.
                names = ",".join(state.index(part) for part in _DATA)
                self._cluster.ask(
                    "POST", f"/{names}/_flush", timeout=self._cluster.access.bulk_timeout
                )
            merged = {c.source: c for c in (*state.checkpoints, *checkpoints)}
            self._state = save(
                self._cluster,
                replace(
                    shown,
                    generation=state.generation + 1,
                    checkpoints=tuple(merged.values()),
                    skipped=dict(Counter(state.skipped) + Counter(s.reason for s in self._skips)),
                    skip_count=state.skip_count + len(self._skips),
                ),
            )
        except WhenceError as exc:
            self._failure = exc
            raise
        self._begin()
        self._committed()

    def _show(self) -> State:
        """Make visible what was sent; the state with the numbers of it.

        Elasticsearch passes over a shard whose primary is moving, and calls that a success.

        Raises:
            IndexUnavailableError: some of it cannot be seen.
        """
        expected = self._state.documents + len(self._new)
        for wait in (0.0, 0.5, 2.0, 5.0, 10.0):
            time.sleep(wait)
            refresh(self._cluster, self._state)
            if not self._dirty:
                return self._state
            shown = counted(self._cluster, self._state)
            texts = documents_in(self._cluster, self._state, CONTENTS)
            if min(shown.documents, texts) >= expected:
                return shown
        raise IndexUnavailableError(
            f"only {min(shown.documents, texts)} of {expected} documents that were written to "
            f"{self._cluster.location} can be seen; look at its _cluster/health and run the "
            "command again: it goes on at its last commit"
        )

    def _write_skips(self) -> None:
        if not self._skips:
            return
        bulk = Bulk(self._cluster)
        try:
            for number, skip in enumerate(self._skips, self._state.skip_count):
                told = json.dumps([skip.name, skip.reason, skip.detail])
                row = source({"skip": number, "told": told})
                bulk.replace(self._state.target(META), f"skip-{number}", row)
            bulk.finish()
        finally:
            bulk.close()

    def checkpoints(self) -> dict[str, Checkpoint]:
        return {c.source: c for c in self._state.checkpoints}

    @property
    def pending_bytes(self) -> int:
        return self._pending_bytes

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            if self._loader is not None:
                self._loader.close()
            if self._dirty and self._failure is None:
                sweep(self._cluster, self._state)
        finally:
            self._lock.release()

    def _check(self) -> None:
        if not self._open:
            raise ValueError("the writer is closed")
        if self._failure is not None:
            raise self._failure
        self._lock.check()


def refresh(cluster: Cluster, state: State) -> None:
    """Make all that was acknowledged visible to searches."""
    names = ",".join(state.index(part) for part in (*_DATA, META))
    answer = cluster.ask("POST", f"/{names}/_refresh", timeout=cluster.access.bulk_timeout)
    complete(answer, cluster)


def sweep(cluster: Cluster, state: State) -> None:
    """Take out what is newer than a state: of a commit that never was."""
    refresh(cluster, state)
    newer = {"range": {"generation": {"gt": state.generation}}}
    bulk = Bulk(cluster)
    try:
        found = False
        for part in _DATA:
            for hit in scan(cluster, state.index(part), newer, _source=False):
                bulk.delete(state.target(part), hit["_id"])
                found = True
        if found:
            bulk.finish()
            refresh(cluster, state)
    finally:
        bulk.close()
