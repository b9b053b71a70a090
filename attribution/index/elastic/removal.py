"""Removal of repositories and owners: their documents are deleted by id.

The opt-outs are stored first: from then on no answer shows their occurrences, even if the deletion
fails; the next process that writes then finishes it. Occurrences are deleted last: they are how it
finds the documents that are still to be deleted. Deleted documents are gone from every search
at once, and from disk by a compaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from attribution.errors import InputError
from attribution.index.elastic.bulk import CHUNK, Bulk, chunks
from attribution.index.elastic.client import Json
from attribution.index.elastic.commit import Commit, load, save
from attribution.index.elastic.inspection import any_of, buckets, counted, named
from attribution.index.elastic.layout import CONTENTS, OCCURRENCES, SKETCHES
from attribution.index.elastic.visibility import refresh, sweep
from attribution.index.interface import RemovalPreview, RemovalReport
from attribution.index.occurrences import OptOutSet
from attribution.types import OptOut

__all__ = ["finished", "lift_opt_out", "preview", "record", "remove", "without_other_occurrence"]

_OWNERS = 100  # in one query: each is a clause of it
_PREVIEWED = 500  # opt-outs that one preview may have


def remove(commit: Commit, opt_outs: Sequence[OptOut]) -> RemovalReport:
    """Record opt-outs and delete what they cover. The caller holds the lock."""
    covered = commit.opt_outs.with_more(opt_outs)
    sweep(commit)
    before = commit.removed
    generation = commit.generation + 1
    commit = save(
        replace(commit, opt_outs=covered, removed=True, removing=True, generation=generation)
    )
    taken = Counter(hit["_source"]["document"] for hit in _covered(commit, covered))
    dead = without_other_occurrence(commit, taken)
    size = sum(_sizes(commit, dead))
    with closing(Bulk(commit.cluster)) as bulk:
        for id_ in dead:
            bulk.delete(commit.target(SKETCHES), id_)
            bulk.delete(commit.target(CONTENTS), id_)
        bulk.finish()
        for hit in _covered(commit, covered):
            bulk.delete(commit.target(OCCURRENCES), hit["_id"])
        bulk.finish()
    refresh(commit)
    commit = replace(
        counted(commit),
        generation=generation + 1,
        removed=before or bool(taken),
        removing=False,
        pending_removal_bytes=commit.pending_removal_bytes + size,
    )
    save(commit)
    return RemovalReport(taken.total(), len(dead), size)


def finished(commit: Commit) -> Commit:
    """The commit without what killed processes left: an unfinished removal, uncommitted documents.

    The caller holds the lock. No part may be pending: what no commit has is deleted.
    """
    if not commit.removing:
        sweep(commit)
        return commit
    remove(commit, ())
    return load(commit.cluster, commit.base)


def record(commit: Commit, opt_outs: Sequence[OptOut]) -> RemovalReport:
    """Record opt-outs while parts are indexed; publishing these deletes what they cover.

    No answer shows it from now on. The caller holds the lock.
    """
    covered = commit.opt_outs.with_more(opt_outs)
    new = covered.opt_outs[len(commit.opt_outs.opt_outs) :]
    some = (new[start : start + _PREVIEWED] for start in range(0, len(new), _PREVIEWED))
    found = [preview(commit, opt_outs, 0) for opt_outs in some]
    if new:
        save(replace(commit, opt_outs=covered, generation=commit.generation + 1))
    dead = sum(part.documents - part.staying for part in found)
    return RemovalReport(sum(part.occurrences for part in found), dead, 0)


def lift_opt_out(commit: Commit, opt_outs: Sequence[OptOut]) -> None:
    """Lift opt-outs, and rewind all checkpoints. The caller holds the lock."""
    left = commit.opt_outs.without(opt_outs)
    checkpoints = commit.checkpoints
    if left.opt_outs != commit.opt_outs.opt_outs:
        checkpoints = tuple(checkpoint.rewound() for checkpoint in checkpoints)
    generation = commit.generation + 1
    save(replace(commit, opt_outs=left, checkpoints=checkpoints, generation=generation))


def preview(commit: Commit, opt_outs: Sequence[OptOut], limit: int) -> RemovalPreview:
    """As `Index.preview_removal`.

    Raises:
        InputError: an opt-out is invalid, or there are too many.
    """
    covered = OptOutSet(opt_outs)
    if len(covered.opt_outs) > _PREVIEWED:
        raise InputError(
            f"{len(covered.opt_outs):,} opt-outs cannot be previewed in Elasticsearch, the limit "
            f"is {_PREVIEWED}; preview fewer of them at once"
        )
    which = any_of(*_queries(covered))
    query = {"bool": {"filter": [which, commit.query]}}
    taken = {key["document"]: count for key, count in buckets(commit, query, "document")}
    staying: list[str] = []
    for chunk in chunks(sorted(taken)):
        others = {
            "bool": {
                "filter": [{"terms": {"document": chunk}}, commit.query],
                "must_not": [which],
            }
        }
        staying += sorted(key["document"] for key, _ in buckets(commit, others, "document"))
    return RemovalPreview(sum(taken.values()), len(taken), len(staying), tuple(staying[:limit]))


def _covered(commit: Commit, opt_outs: OptOutSet) -> Iterable[Json]:
    """Occurrences that opt-outs cover; also of earlier ones, whose removal may have been killed."""
    for query in _queries(opt_outs):
        yield from commit.scan(OCCURRENCES, query, _source=["document"])


def _queries(opt_outs: OptOutSet) -> Iterable[Json]:
    """Queries for the occurrences that opt-outs cover; none finds what another one finds."""
    owners = {o.value for o in opt_outs.opt_outs if o.kind == "owner"}
    repositories = [
        named(o.value)
        for o in opt_outs.opt_outs
        if o.kind == "repository"
        and ("/" not in o.value or o.value.partition("/")[0] not in owners)
    ]
    for names in chunks(query["term"]["repository"] for query in repositories if "term" in query):
        yield {"terms": {"repository": names}}
    yield from (query for query in repositories if "term" not in query)
    for some in chunks(sorted(owners), _OWNERS):
        yield any_of(*({"prefix": {"repository": owner + "/"}} for owner in some))


def without_other_occurrence(commit: Commit, documents: Mapping[str, int]) -> list[str]:
    """The documents with no more occurrences than the number given for each."""
    dead: list[str] = []
    for chunk in chunks(sorted(documents)):
        by_document = {"documents": {"terms": {"field": "document", "size": CHUNK}}}
        query = {"terms": {"document": chunk}}
        answer = commit.aggregate(OCCURRENCES, query, by_document)
        found = answer["aggregations"]["documents"]["buckets"]
        alive = {b["key"] for b in found if b["doc_count"] > documents[b["key"]]}
        dead.extend(id_ for id_ in chunk if id_ not in alive)
    return dead


def _sizes(commit: Commit, documents: list[str]) -> Iterable[int]:
    """Bytes of the texts of documents, one number per chunk."""
    for chunk in chunks(documents):
        query = {"ids": {"values": chunk}}
        answer = commit.aggregate(SKETCHES, query, {"size": {"sum": {"field": "size"}}})
        yield int(answer["aggregations"]["size"]["value"])
