"""The Elasticsearch engine. See layout.py for what lies in the cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from attribution.errors import IndexNotFoundError, InputError, StorageError
from attribution.index.elastic.access import Access
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.counting import describe, holdings
from attribution.index.elastic.layout import META
from attribution.index.elastic.loading import Sketcher
from attribution.index.elastic.location import parse
from attribution.index.elastic.lock import Lock
from attribution.index.elastic.proposing import WordCounts, propose
from attribution.index.elastic.reading import fetch, occurrences
from attribution.index.elastic.removal import readmit, remove
from attribution.index.elastic.scan import scan
from attribution.index.elastic.searching import search
from attribution.index.elastic.settling import settle
from attribution.index.elastic.state import State, find_base, load
from attribution.index.elastic.verification import verify
from attribution.index.elastic.versions import (
    create,
    drop,
    drop_old,
    publish,
    rewrite,
    successor,
    versions,
)
from attribution.index.elastic.writer import ElasticWriter, sweep
from attribution.index.interface import (
    Holding,
    Index,
    IndexWriter,
    Proposal,
    RemovalReport,
    WordHit,
    WordQuery,
)
from attribution.index.scoring import Limits
from attribution.sketching.sketch import Sketch, SketchParams, sketch_batch
from attribution.types import (
    Document,
    IndexDescription,
    IndexSummary,
    IndexVersion,
    Occurrence,
    OptOut,
    Skip,
)

__all__ = ["ElasticIndex"]

Answer = TypeVar("Answer")


class ElasticIndex(Index):
    """An index in a cluster. Threads may share it."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        base: str | None = None,
        limits: Limits | None = None,
        sketcher: Sketcher = sketch_batch,
    ) -> None:
        """Open the index that a location names.

        Args:
            base: a version, served or not; None takes the one that is served, also later.

        Raises:
            IndexNotFoundError, IndexFormatError, IndexUnavailableError, StorageError
        """
        self._cluster = cluster
        self._sketcher = sketcher
        self._base = base
        self._state = load(cluster, base)
        self._limits = limits or Limits(cap=self._state.cap)
        self._words = WordCounts()
        self.params = self._state.params

    @classmethod
    def open(cls, location: str, access: Access | None = None) -> ElasticIndex:
        """Open the index at a URL."""
        return cls(Cluster(parse(location), access or Access.from_environment()))

    @classmethod
    def create(
        cls,
        location: str,
        name: str,
        params: SketchParams,
        *,
        access: Access | None = None,
        limits: Limits | None = None,
        sketcher: Sketcher = sketch_batch,
    ) -> ElasticIndex:
        """Make an empty index for the corpus `name` at a URL.

        Raises:
            InputError: there is one.
            StorageError: the user may not make one.
        """
        cluster = Cluster(parse(location), access or Access.from_environment())
        create(cluster, name, params, (limits or Limits()).cap)
        return cls(cluster, limits=limits, sketcher=sketcher)

    @classmethod
    def rebuild(
        cls, location: str, name: str, params: SketchParams, *, access: Access | None = None
    ) -> ElasticIndex:
        """The version that is to follow the one served: fill it, then `publish` it.

        Readers go on with the old one meanwhile. One that was begun is gone on with.
        """
        cluster = Cluster(parse(location), access or Access.from_environment())
        state = successor(cluster, name, params, Limits().cap)
        return cls(cluster, base=state.base)

    def publish(self) -> str | None:
        """Serve this version from now on, in one step; the name of the one that was served.

        That one stays, for who wants to go back, until `drop_old`.
        """
        served = find_base(self._cluster)
        if served == self._state.base:
            return None
        publish(self._cluster, self._state, served)
        self._base = None
        return served

    def _asked(self, question: Callable[[State], Answer]) -> Answer:
        """The answer of the state known; of the newest, if that one was replaced and dropped."""
        state = self._state
        try:
            return question(state)
        except IndexNotFoundError:
            if not self.refresh() or self._state.base == state.base:
                raise
        return question(self._state)

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        return self._asked(
            lambda state: propose(
                self._cluster, state, self._words.of(state), sketch, self._limits, limit, lexical
            )
        )

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        return self._asked(lambda state: fetch(self._cluster, state, documents))

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        return self._asked(lambda state: occurrences(self._cluster, state, document))

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        return self._asked(lambda state: search(self._cluster, state, query, limit, stop))

    def holdings(self, owner: str) -> Iterator[Holding]:
        return self._asked(lambda state: holdings(self._cluster, state, owner))

    def writer(self) -> IndexWriter:
        self.refresh()
        return ElasticWriter(self._cluster, self._state.base, self._sketcher, self.refresh)

    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        return self._alone(lambda state: remove(self._cluster, state, opt_outs))

    def readmit(self, opt_outs: Sequence[OptOut]) -> None:
        self._alone(lambda state: readmit(self._cluster, state, opt_outs))

    def compact(self) -> None:
        self._alone(self._compact)

    def _compact(self, old: State) -> None:
        """Merge; where something was removed, into a new version, since that Elasticsearch merges
        removed bytes away cannot be relied on."""
        sweep(self._cluster, old)
        if not old.removed:
            settle(self._cluster, old)
            return
        if old.base == self._cluster.location.name:
            raise InputError(
                f"{old.base} is a version that is asked by its own name; name the index that it "
                "is a version of, whose readers then go over to the compacted one"
            )
        fresh = rewrite(self._cluster, old, self._sketcher)
        publish(self._cluster, fresh, old.base)
        drop(self._cluster, old.base)
        settle(self._cluster, fresh)

    def _alone(self, change: Callable[[State], Answer]) -> Answer:
        """The result of a change, made while nobody else writes."""
        self.refresh()
        lock = Lock(self._cluster, self._state.base)
        try:
            return change(load(self._cluster, self._state.base))
        finally:
            lock.release()
            self.refresh()

    def summary(self) -> IndexSummary:
        return self._state.summary()

    def describe(self) -> IndexDescription:
        described = self._asked(lambda state: describe(self._cluster, state))
        try:
            return replace(described, versions=versions(self._cluster))
        except StorageError:
            return described  # who may only read may not see what else there is

    def drop_old(self) -> tuple[IndexVersion, ...]:
        """Delete the versions that were served before; those that were deleted.

        Raises:
            IndexLockedError: somebody is writing to one of them.
        """
        return drop_old(self._cluster)

    def skips(self) -> Iterator[Skip]:
        self.refresh()
        state = self._state
        for hit in scan(
            self._cluster,
            state.index(META),
            {"range": {"skip": {"lt": state.skip_count}}},
            sort=["skip"],
        ):
            yield Skip(*json.loads(hit["_source"]["told"]))

    def verify(self) -> Iterator[str]:
        return verify(self._cluster, self._state)

    def refresh(self) -> bool:
        known = self._state
        newest = load(self._cluster, self._base)
        if (newest.base, newest.generation) == (known.base, known.generation):
            return False
        self._state = newest
        return True

    def close(self) -> None:
        self._cluster.close()
