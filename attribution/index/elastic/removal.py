"""Removal of repositories and owners: their documents are deleted by id.

The opt-outs are stored first: from then on no answer shows their occurrences, even if the deletion
fails. Deleted documents are gone from every search at once, and from disk by a compaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice

from attribution.index.elastic.bulk import Bulk
from attribution.index.elastic.client import Json
from attribution.index.elastic.commit import Commit, save
from attribution.index.elastic.inspection import counted, named
from attribution.index.elastic.layout import CONTENTS, OCCURRENCES, SKETCHES
from attribution.index.elastic.writer import refresh, sweep
from attribution.index.interface import RemovalReport
from attribution.index.occurrences import OptOutSet
from attribution.types import OptOut

__all__ = ["lift_opt_out", "remove"]

_CHUNK = 1000  # documents in one request


def remove(commit: Commit, opt_outs: Sequence[OptOut]) -> RemovalReport:
    """Record opt-outs and delete what they cover. The caller holds the lock."""
    covered = commit.opt_outs.with_more(opt_outs)
    sweep(commit)
    before = commit.removed
    commit = save(replace(commit, opt_outs=covered, removed=True, generation=commit.generation + 1))
    with closing(Bulk(commit.cluster)) as bulk:
        taken = 0
        documents: set[str] = set()
        for hit in _covered(commit, covered):
            taken += 1
            documents.add(hit["_source"]["document"])
            bulk.delete(commit.target(OCCURRENCES), hit["_id"])
        bulk.finish()
        refresh(commit)
        dead = _without_occurrence(commit, documents)
        size = sum(_sizes(commit, dead))
        for id_ in dead:
            bulk.delete(commit.target(SKETCHES), id_)
            bulk.delete(commit.target(CONTENTS), id_)
        bulk.finish()
        refresh(commit)
    commit = replace(
        counted(commit),
        generation=commit.generation + 1,
        removed=before or taken > 0,
        pending_removal_bytes=commit.pending_removal_bytes + size,
    )
    save(commit)
    return RemovalReport(taken, len(dead), size)


def lift_opt_out(commit: Commit, opt_outs: Sequence[OptOut]) -> None:
    """Lift opt-outs, and rewind all checkpoints. The caller holds the lock."""
    left = commit.opt_outs.without(opt_outs)
    checkpoints = commit.checkpoints
    if left.opt_outs != commit.opt_outs.opt_outs:
        checkpoints = tuple(checkpoint.rewound() for checkpoint in checkpoints)
    generation = commit.generation + 1
    save(replace(commit, opt_outs=left, checkpoints=checkpoints, generation=generation))


def _covered(commit: Commit, opt_outs: OptOutSet) -> Iterable[Json]:
    """Occurrences that opt-outs cover; also of earlier ones, whose removal may have been killed."""
    owners = [o.value for o in opt_outs.opt_outs if o.kind == "owner"]
    repositories = [named(o.value) for o in opt_outs.opt_outs if o.kind == "repository"]
    plain = [query["term"]["repository"] for query in repositories if "term" in query]
    queries: list[Json] = [
        {"terms": {"repository": plain[start : start + _CHUNK]}}
        for start in range(0, len(plain), _CHUNK)
    ]
    queries += (query for query in repositories if "term" not in query)
    for query in queries:
        yield from commit.scan(OCCURRENCES, query, _source=["document"])
    for owner in owners:
        query = {"prefix": {"repository": owner + "/"}}
        yield from commit.scan(OCCURRENCES, query, _source=["document"])


def _chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _without_occurrence(commit: Commit, documents: set[str]) -> list[str]:
    """The documents that have no occurrence left."""
    dead: list[str] = []
    for chunk in _chunks(sorted(documents)):
        by_document = {"documents": {"terms": {"field": "document", "size": _CHUNK}}}
        query = {"terms": {"document": chunk}}
        answer = commit.aggregate(OCCURRENCES, query, by_document)
        alive = {b["key"] for b in answer["aggregations"]["documents"]["buckets"]}
        dead.extend(id_ for id_ in chunk if id_ not in alive)
    return dead


def _sizes(commit: Commit, documents: list[str]) -> Iterable[int]:
    """Bytes of the texts of documents, one number per chunk."""
    for chunk in _chunks(documents):
        query = {"ids": {"values": chunk}}
        answer = commit.aggregate(SKETCHES, query, {"size": {"sum": {"field": "size"}}})
        yield int(answer["aggregations"]["size"]["value"])
