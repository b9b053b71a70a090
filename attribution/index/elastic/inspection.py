"""Counts over a version, and the check that it is intact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from attribution.errors import IndexDamagedError, WhenceError
from attribution.index.checkpoints import source_names
from attribution.index.elastic.client import Json
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.layout import CONTENTS, META, OCCURRENCES, PARTS, SKETCHES
from attribution.index.elastic.rows import document_of, occurrence_of, occurrence_row
from attribution.index.identity import blob_id
from attribution.index.interface import Membership
from attribution.index.occurrences import by_count, owner_key
from attribution.repository_names import nearest_names, repository_key
from attribution.types import IndexDescription

__all__ = [
    "any_of",
    "buckets",
    "counted",
    "describe",
    "documents_in",
    "membership",
    "named",
    "of_repository",
    "similar_names",
    "verify",
]

_PAGE = 5000  # buckets in one answer

_PARTS = {OCCURRENCES: "occurrences", META: "state and skips"}  # names that users see


def counted(commit: Commit) -> Commit:
    """A commit with the numbers of everything that is visible now."""
    wanted = {"size": {"sum": {"field": "size"}}, "languages": _terms("language")}
    answer = commit.aggregate(SKETCHES, {"match_all": {}}, wanted)
    found = answer["aggregations"]
    return replace(
        commit,
        documents=answer["hits"]["total"]["value"],
        occurrences=documents_in(commit, OCCURRENCES),
        content_bytes=int(found["size"]["value"]),
        languages={b["key"]: b["doc_count"] for b in found["languages"]["buckets"]},
    )


def documents_in(commit: Commit, part: str) -> int:
    """The number of visible documents of a part."""
    answer = commit.aggregate(part, {"match_all": {}}, {})
    return int(answer["hits"]["total"]["value"])


def describe(commit: Commit) -> IndexDescription:
    """The long form of the summary.

    The number of repositories is an estimate of Elasticsearch (HyperLogLog++): exact in effect up
    to 40,000, and within a few per cent above.
    """
    wanted = {
        "licenses": _terms("license"),
        "repositories": {"cardinality": {"field": "name", "precision_threshold": 40_000}},
    }
    answer = commit.aggregate(OCCURRENCES, commit.query, wanted)
    found = answer["aggregations"]
    return IndexDescription(
        summary=commit.summary(),
        content_bytes=commit.content_bytes,
        languages=dict(commit.languages),
        licenses={b["key"]: b["doc_count"] for b in found["licenses"]["buckets"]},
        repositories=int(found["repositories"]["value"]),
        opt_outs=commit.opt_outs.opt_outs,
        skipped=dict(commit.skipped),
        sizes=_sizes(commit),
        sources=source_names(c.source for c in commit.checkpoints),
        params=commit.params.as_dict(),
        pending_removal_bytes=commit.pending_removal_bytes,
    )


def membership(commit: Commit, owner: str) -> Iterator[Membership]:
    """The live repositories of an owner, by name.

    Raises:
        InputError: the name is empty.
    """
    query = {"bool": {"filter": [of_repository(owner_key(owner)), commit.query]}}
    documents = Counter(key["name"] for key, _ in buckets(commit, query, "name", "document"))
    licenses: dict[str, dict[str, int]] = {}
    for key, count in buckets(commit, query, "name", "license"):
        licenses.setdefault(key["name"], {})[key["license"]] = count
    return iter(
        [
            Membership(name, documents[name], sum(counts.values()), by_count(counts))
            for name, counts in sorted(licenses.items())
            if not commit.opt_outs.covers(name)
        ]
    )


def of_repository(wanted: str) -> Json:
    """The query for occurrences in a repository, or in those of an owner; an `owner_key`."""
    return any_of(named(repository_key(wanted)), {"prefix": {"repository": wanted + "/"}})


def named(key: str) -> Json:
    """The query for occurrences in the one repository with a `repository_key`."""
    if "/" in key or "-" not in key:
        return {"term": {"repository": key}}
    parts = (re.sub(r"\W", r"\\\g<0>", part) for part in key.split("-"))
    return {"regexp": {"repository": "[-_.]+".join(parts)}}


def any_of(*queries: Json) -> Json:
    """The query that finds what any of some queries finds."""
    return {"bool": {"should": [*queries], "minimum_should_match": 1}}


def similar_names(commit: Commit, name: str) -> list[str]:
    """As `Index.similar_names`."""
    key = owner_key(name)
    owner, _, last = key.rpartition("/")
    alike = any_of(
        {"fuzzy": {"repository": {"value": key}}},
        {"wildcard": {"repository": {"value": f"*/{_plain(last)}"}}},
        # an owner with a typing error in it: its first letters are probably right
        {"prefix": {"repository": (owner or key)[:2]}},
    )
    query = {"bool": {"filter": [alike, commit.query]}}
    names = {"names": {"terms": {"field": "name", "size": _PAGE}}}
    found = commit.aggregate(OCCURRENCES, query, names)["aggregations"]["names"]["buckets"]
    live = (b["key"] for b in found if not commit.opt_outs.covers(b["key"]))
    return nearest_names(name, live)


def _plain(text: str) -> str:
    """Text without the wildcards of a query."""
    return re.sub(r"[*?\\]", r"\\\g<0>", text)


def buckets(commit: Commit, query: Json, *fields: str) -> Iterator[tuple[dict[str, Any], int]]:
    """All combinations of some fields, with their occurrences."""
    composite: Json = {
        "size": _PAGE,
        "sources": [{field: {"terms": {"field": field}}} for field in fields],
    }
    while True:
        answer = commit.aggregate(OCCURRENCES, query, {"by": {"composite": composite}})
        found = answer["aggregations"]["by"]
        for bucket in found["buckets"]:
            yield bucket["key"], int(bucket["doc_count"])
        if len(found["buckets"]) < _PAGE:
            return
        composite = {**composite, "after": found["after_key"]}


def _terms(field: str) -> Json:
    return {"terms": {"field": field, "size": 10_000}}


def _sizes(commit: Commit) -> dict[str, int]:
    """Bytes on the disks of all nodes, with replicas; {} when the user may not read them."""
    names = ",".join(commit.index(part) for part in PARTS)
    try:
        answer = commit.cluster.request("GET", f"/{names}/_stats/store")
    except WhenceError:
        return {}
    stats = {part: answer.get("indices", {}).get(commit.index(part)) for part in PARTS}
    return {
        _PARTS.get(part, part): int(found["total"]["store"]["size_in_bytes"])
        for part, found in stats.items()
        if found
    }


def verify(commit: Commit) -> Iterator[str]:
    """Yield the name of each Elasticsearch index that is intact.

    Raises:
        IndexDamagedError: names the first one that is not.
    """
    skips = {"range": {"skip": {"lt": commit.skip_count}}}
    for part, hits, expected in (
        (CONTENTS, commit.scan(CONTENTS, page=50), commit.documents),
        (SKETCHES, commit.scan(SKETCHES, page=10_000, _source=False), commit.documents),
        (OCCURRENCES, commit.scan(OCCURRENCES), commit.occurrences),
        (META, commit.scan(META, skips), commit.skip_count),
    ):
        count = 0
        for hit in hits:
            if not _is_unaltered(part, hit):
                raise _damaged(commit.index(part), f"document {hit['_id']} was altered")
            count += 1
        if count != expected:
            raise _damaged(commit.index(part), f"it has {count} of {expected} documents")
        yield commit.index(part)


def _damaged(index: str, problem: str) -> IndexDamagedError:
    return IndexDamagedError(
        f"{index} is damaged: {problem}; restore it from a snapshot, or rebuild it"
    )


def _is_unaltered(part: str, hit: Json) -> bool:
    """Whether a hit has the id that its content gives it."""
    id_: str = hit["_id"]
    if part == CONTENTS:
        return blob_id(document_of(id_, hit["_source"]).content).hex() == id_
    if part == OCCURRENCES:
        source = hit["_source"]
        return occurrence_row(source["document"], occurrence_of(source), 0)[0] == id_
    return True
