"""Taking repositories and owners out of the answers: what is covered is deleted by id.

The opt-outs are stored first: from then on no occurrence of theirs is answered with, whatever
comes after. Deleted documents are gone from every search at once, and from disk by a compaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from attribution.index.elastic.bulk import Bulk
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.counting import counted
from attribution.index.elastic.layout import CONTENTS, PLACES, SKETCHES
from attribution.index.elastic.scan import complete, scan
from attribution.index.elastic.state import State, save
from attribution.index.elastic.writer import refresh, sweep
from attribution.index.interface import RemovalReport
from attribution.index.occurrences import OptOutSet
from attribution.types import OptOut

__all__ = ["readmit", "remove"]

_CHUNK = 1000  # documents asked for at once


def remove(cluster: Cluster, state: State, opt_outs: Sequence[OptOut]) -> RemovalReport:
    """Record opt-outs and delete what they cover. The caller holds the lock."""
    covered = state.opt_outs.with_more(opt_outs)
    sweep(cluster, state)
    before = state.removed
    state = save(
        cluster, replace(state, opt_outs=covered, removed=True, generation=state.generation + 1)
    )
    bulk = Bulk(cluster)
    try:
        taken = 0
        documents: set[str] = set()
        for hit in _covered(cluster, state, covered):
            taken += 1
            documents.add(hit["_source"]["document"])
            bulk.delete(state.target(PLACES), hit["_id"])
        bulk.finish()
        refresh(cluster, state)
        dead = _without_occurrence(cluster, state, documents)
        size = sum(_sizes(cluster, state, dead))
        for id_ in dead:
            bulk.delete(state.target(SKETCHES), id_)
            bulk.delete(state.target(CONTENTS), id_)
        bulk.finish()
        refresh(cluster, state)
    finally:
        bulk.close()
    state = replace(
        counted(cluster, state),
        generation=state.generation + 1,
        removed=before or taken > 0,
        pending_removal_bytes=state.pending_removal_bytes + size,
    )
    save(cluster, state)
    return RemovalReport(taken, len(dead), size)


def readmit(cluster: Cluster, state: State, opt_outs: Sequence[OptOut]) -> None:
    """Lift opt-outs. What was removed comes back when it is indexed again, not before.

    All sources are then read again: any may hold what was refused while it was opted out.
    """
    left = state.opt_outs.without(opt_outs)
    checkpoints = state.checkpoints
    if left.opt_outs != state.opt_outs.opt_outs:
        checkpoints = tuple(checkpoint.rewound() for checkpoint in checkpoints)
    save(
        cluster,
        replace(state, opt_outs=left, checkpoints=checkpoints, generation=state.generation + 1),
    )


def _covered(cluster: Cluster, state: State, opt_outs: OptOutSet) -> Iterable[Json]:
    """Occurrences that opt-outs cover; those of earlier ones too, should a removal have ended."""
    owners = [o.value for o in opt_outs.opt_outs if o.kind == "owner"]
    repositories = [o.value for o in opt_outs.opt_outs if o.kind == "repository"]
    for start in range(0, len(repositories), _CHUNK):
        query: Json = {"terms": {"repository": repositories[start : start + _CHUNK]}}
        yield from scan(cluster, state.index(PLACES), query, _source=["document"])
    for owner in owners:
        query = {"prefix": {"repository": owner + "/"}}
        yield from scan(cluster, state.index(PLACES), query, _source=["document"])


def _chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _without_occurrence(cluster: Cluster, state: State, documents: set[str]) -> list[str]:
    """Those of the documents that no occurrence is left of."""
    dead: list[str] = []
    for chunk in _chunks(sorted(documents)):
        body = {
            "size": 0,
            "query": {"terms": {"document": chunk}},
            "aggs": {"documents": {"terms": {"field": "document", "size": _CHUNK}}},
        }
        answer = complete(cluster.ask("POST", state.path(PLACES, "_search"), body), cluster)
        alive = {b["key"] for b in answer["aggregations"]["documents"]["buckets"]}
        dead.extend(id_ for id_ in chunk if id_ not in alive)
    return dead


def _sizes(cluster: Cluster, state: State, documents: list[str]) -> Iterable[int]:
    """Bytes of the texts of documents, chunk after chunk."""
    for chunk in _chunks(documents):
        body = {
            "size": 0,
            "query": {"ids": {"values": chunk}},
            "aggs": {"size": {"sum": {"field": "size"}}},
        }
        answer = complete(cluster.ask("POST", state.path(SKETCHES, "_search"), body), cluster)
        yield int(answer["aggregations"]["size"]["value"])
