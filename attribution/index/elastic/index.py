"""The Elasticsearch engine. See layout.py for the indexes in the cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from attribution.errors import IndexLockedError, IndexNotFoundError, InputError, StorageError
from attribution.index.elastic import (
    inspection,
    parts,
    proposing,
    publishing,
    reading,
    removal,
    searching,
    versions,
)
from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import Commit, find_base, load
from attribution.index.elastic.force_merge import force_merge
from attribution.index.elastic.layout import META
from attribution.index.elastic.part_writer import PartWriter
from attribution.index.elastic.writer import ElasticWriter
from attribution.index.interface import (
    IndexAdmin,
    IndexWriter,
    Membership,
    Proposal,
    RemovalPreview,
    RemovalReport,
    WordHit,
    WordQuery,
)
from attribution.index.occurrences import OptOutSet
from attribution.index.scoring import Limits
from attribution.sketching.sketch import Sketch, SketchParams
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

Result = TypeVar("Result")


class ElasticIndex(IndexAdmin):
    """An index in a cluster. Threads may share it."""

    remote = True
    at_once = 4

    def __init__(
        self, cluster: Cluster, *, base: str | None = None, limits: Limits | None = None
    ) -> None:
        """Open the index that a location names.

        Args:
            base: a version, served or not; None follows the one that is served.

        Raises:
            IndexNotFoundError, IndexFormatError, IndexUnavailableError, StorageError
        """
        self._cluster = cluster
        self._base = base
        self._commit = load(cluster, base)
        self._limits = limits or Limits(cap=self._commit.cap)
        self._words = proposing.WordCounts()
        self._part: str | None = None
        self.params = self._commit.params

    @classmethod
    def open(cls, location: str, access: Access | None = None) -> ElasticIndex:
        """Open the index at a URL. Raises as the constructor."""
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
    ) -> ElasticIndex:
        """Create an empty index for the corpus `name` at a URL.

        Raises:
            InputError: there is one.
            StorageError: the user may not create one.
        """
        cluster = Cluster(parse(location), access or Access.from_environment())
        versions.create(cluster, name, params, (limits or Limits()).cap)
        return cls(cluster, limits=limits)

    @classmethod
    def rebuild(cls, location: str, name: str, params: SketchParams) -> ElasticIndex:
        """The version that follows the one served: fill it, then `publish` it.

        Readers use the old version until then. An unfinished version is resumed.
        """
        cluster = Cluster(parse(location), Access.from_environment())
        return cls(cluster, base=versions.successor(cluster, name, params, Limits().cap).base)

    @classmethod
    def join(
        cls, location: str, name: str, params: SketchParams, part: str, *, rebuild: bool
    ) -> ElasticIndex:
        """The version that the parts of a work write to; `publish_parts` makes them visible.

        Args:
            part: the name of the part, as in checkpoints.
            rebuild: the parts write to the version after the one that is served.
        """
        cluster = Cluster(parse(location), Access.from_environment())
        base = versions.shared(cluster, name, params, Limits().cap, rebuild=rebuild).base
        index = cls(cluster, base=base)
        index._part = part
        return index

    def publish_parts(self) -> list[str] | None:
        if self._part is None:
            return None
        missing = publishing.publish(self._cluster, self._commit.base, self._part)
        if not missing:
            self.publish()
        self.refresh()
        return missing

    def publish(self) -> str | None:
        served = find_base(self._cluster)
        if served == self._commit.base:
            return None
        if served is None:
            versions.publish(self._commit, None)
        else:
            with parts.locked(self._cluster, served):  # no opt-out is recorded there meanwhile
                self._remove_as(load(self._cluster, served).opt_outs)
                versions.publish(self._commit, served)
        self._base = None
        return served

    def _remove_as(self, served: OptOutSet) -> None:
        """Apply the opt-outs that came after this version was made."""
        self.refresh()
        ours = self._commit.opt_outs
        if self._commit.removing or ours.with_more(served.opt_outs).opt_outs != ours.opt_outs:
            self.remove(served.opt_outs)

    def drop_old_versions(self) -> tuple[IndexVersion, ...]:
        return versions.drop_old_versions(self._cluster)

    def _read(self, query: Callable[[Commit], Result]) -> Result:
        """The result of a query to the known version, or to the newest if that was dropped."""
        commit = self._commit
        try:
            return query(commit)
        except IndexNotFoundError:
            if not self.refresh() or self._commit.base == commit.base:
                raise
        return query(self._commit)

    def propose(self, sketch: Sketch, *, limit: int = 64, lexical: bool = False) -> Proposal:
        return self._read(
            lambda commit: proposing.propose(
                commit, self._words.of(commit), sketch, self._limits, limit, lexical
            )
        )

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        return self._read(lambda commit: reading.fetch(commit, documents))

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        return self._read(lambda commit: reading.occurrences(commit, document))

    def occurrences_of(self, documents: Sequence[str]) -> list[tuple[Occurrence, ...]]:
        return self._read(lambda commit: reading.all_occurrences(commit, documents))

    def search(
        self, query: WordQuery, *, limit: int = 20, stop: Callable[[], bool] | None = None
    ) -> Iterator[WordHit]:
        return self._read(lambda commit: searching.search(commit, query, limit, stop))

    def membership(self, owner: str) -> Iterator[Membership]:
        return self._read(lambda commit: inspection.membership(commit, owner))

    def similar_names(self, name: str) -> list[str]:
        return self._read(lambda commit: inspection.similar_names(commit, name))

    def preview_removal(self, opt_outs: Sequence[OptOut], *, limit: int = 100) -> RemovalPreview:
        return self._read(lambda commit: removal.preview(commit, opt_outs, limit))

    def writer(self) -> IndexWriter:
        self.refresh()
        if self._part is not None:
            return PartWriter(self._cluster, self._commit.base, self._part)
        return ElasticWriter(self._cluster, self._commit.base, self.refresh)

    def remove(self, opt_outs: Sequence[OptOut]) -> RemovalReport:
        def remove(commit: Commit) -> RemovalReport:
            if parts.is_pending(commit):
                return removal.record(commit, opt_outs)
            return removal.remove(commit, opt_outs)

        return self._change(remove)

    def lift_opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        def lift(commit: Commit) -> None:
            removal.lift_opt_out(parts.settled(commit), opt_outs)

        self._change(lift)

    def compact(self) -> None:
        self._change(self._compact)

    def _compact(self, old: Commit) -> None:
        """Merge. After a removal, copy to a new version first: Elasticsearch does not guarantee
        that a merge drops removed bytes."""
        old = parts.settled(old)
        if not old.removed:
            force_merge(old)
            return
        if old.base == self._cluster.location.name:
            raise InputError(
                f"{old.base} is the name of a single version; compact the index that it is a "
                "version of, so that its readers move to the compacted version"
            )
        fresh = versions.rewrite(old)
        versions.publish(fresh, old.base)
        versions.drop(self._cluster, old.base)
        force_merge(fresh)

    def _change(self, change: Callable[[Commit], Result]) -> Result:
        """The result of a change, made while no other process writes.

        Raises:
            IndexLockedError: another process writes, or has just published a new version.
        """
        self.refresh()
        base = self._commit.base
        try:
            with parts.locked(self._cluster, base, wait=self._part is not None):
                commit = load(self._cluster, self._base)
                if commit.base != base:
                    raise IndexLockedError(
                        f"{commit.base} has just replaced {base} at {self._cluster.location}; run "
                        "the command again"
                    )
                return change(commit)
        finally:
            self.refresh()

    def summary(self) -> IndexSummary:
        return self._commit.summary()

    def describe(self) -> IndexDescription:
        described = self._read(inspection.describe)
        try:
            return replace(described, versions=versions.all_versions(self._cluster))
        except StorageError:
            return described  # a user who may only read may not see other versions

    def skips(self) -> Iterator[Skip]:
        self.refresh()
        commit = self._commit
        before = {"range": {"skip": {"lt": commit.skip_count}}}
        for hit in commit.scan(META, before, sort=["skip"]):
            yield Skip(*json.loads(hit["_source"]["told"]))  # words: allow

    def verify(self) -> Iterator[str]:
        return inspection.verify(self._commit)

    def refresh(self) -> bool:
        known = self._commit
        newest = load(self._cluster, self._base)
        if (newest.base, newest.generation) == (known.base, known.generation):
            return False
        self._commit = newest
        return True

    def close(self) -> None:
        self._cluster.close()
