"""Counts over a version, by aggregations of Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from attribution.errors import WhenceError
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.layout import META, OCCURRENCES, PARTS, SKETCHES
from attribution.index.elastic.scan import search
from attribution.index.interface import Membership
from attribution.index.occurrences import by_count, owner_key
from attribution.types import IndexDescription

__all__ = ["counted", "describe", "documents_in", "membership", "of_repository"]

_PAGE = 5000  # buckets in one answer

_PARTS = {OCCURRENCES: "occurrences", META: "state and skips"}  # names that users see


def counted(cluster: Cluster, commit: Commit) -> Commit:
    """A commit with the numbers of everything that is visible now."""
    answer = _search(
        cluster, commit, SKETCHES, {"match_all": {}},
        {"size": {"sum": {"field": "size"}}, "languages": _terms("language")},
    )  # fmt: skip
    found = answer["aggregations"]
    return replace(
        commit,
        documents=answer["hits"]["total"]["value"],
        occurrences=documents_in(cluster, commit, OCCURRENCES),
        content_bytes=int(found["size"]["value"]),
        languages={b["key"]: b["doc_count"] for b in found["languages"]["buckets"]},
    )


def documents_in(cluster: Cluster, commit: Commit, part: str) -> int:
    """The number of visible documents of a part."""
    answer = _search(cluster, commit, part, {"match_all": {}}, {})
    return int(answer["hits"]["total"]["value"])


def describe(cluster: Cluster, commit: Commit) -> IndexDescription:
    """The long form of the summary.

    The number of repositories is an estimate of Elasticsearch (HyperLogLog++): exact in effect up
    to 40,000, and within a few per cent above.
    """
    answer = _search(
        cluster, commit, OCCURRENCES, {"range": {"generation": {"lte": commit.generation}}},
        {
            "licenses": _terms("license"),
            "repositories": {"cardinality": {"field": "name", "precision_threshold": 40_000}},
        },
    )  # fmt: skip
    found = answer["aggregations"]
    return IndexDescription(
        summary=commit.summary(),
        content_bytes=commit.content_bytes,
        languages=dict(commit.languages),
        licenses={b["key"]: b["doc_count"] for b in found["licenses"]["buckets"]},
        repositories=int(found["repositories"]["value"]),
        opt_outs=commit.opt_outs.opt_outs,
        skipped=dict(commit.skipped),
        sizes=_sizes(cluster, commit),
        sources=tuple(c.source for c in commit.checkpoints),
        params=commit.params.as_dict(),
        pending_removal_bytes=commit.pending_removal_bytes,
    )


def membership(cluster: Cluster, commit: Commit, owner: str) -> Iterator[Membership]:
    """The live repositories of an owner, by name.

    Raises:
        InputError: the name is empty.
    """
    wanted = owner_key(owner)
    query = {
        "bool": {
            "filter": [
                of_repository(wanted),
                {"range": {"generation": {"lte": commit.generation}}},
            ]
        }
    }
    documents: dict[str, int] = {}
    occurrences: dict[str, int] = {}
    licenses: dict[str, dict[str, int]] = {}
    for key, _ in _buckets(cluster, commit, query, ["name", "document"]):
        documents[key["name"]] = documents.get(key["name"], 0) + 1
    for key, count in _buckets(cluster, commit, query, ["name", "license"]):
        occurrences[key["name"]] = occurrences.get(key["name"], 0) + count
        licenses.setdefault(key["name"], {})[key["license"]] = count
    return iter(
        [
            Membership(name, documents.get(name, 0), occurrences[name], by_count(licenses[name]))
            for name in sorted(occurrences)
            if not commit.opt_outs.covers(name)
        ]
    )


def of_repository(wanted: str) -> Json:
    """The query for occurrences in a repository, or in those of an owner; casefolded."""
    return {
        "bool": {
            "should": [
                {"term": {"repository": wanted}},
                {"prefix": {"repository": wanted + "/"}},
            ],
            "minimum_should_match": 1,
        }
    }


def _buckets(
    cluster: Cluster, commit: Commit, query: Json, fields: list[str]
) -> Iterator[tuple[dict[str, Any], int]]:
    """All combinations of some fields, with their occurrences."""
    composite: Json = {
        "size": _PAGE,
        "sources": [{field: {"terms": {"field": field}}} for field in fields],
    }
    while True:
        answer = _search(cluster, commit, OCCURRENCES, query, {"by": {"composite": composite}})
        found = answer["aggregations"]["by"]
        for bucket in found["buckets"]:
            yield bucket["key"], int(bucket["doc_count"])
        if len(found["buckets"]) < _PAGE:
            return
        composite = {**composite, "after": found["after_key"]}


def _terms(field: str) -> Json:
    return {"terms": {"field": field, "size": 10_000}}


def _search(cluster: Cluster, commit: Commit, part: str, query: Json, aggs: Json) -> Json:
    body = {"size": 0, "track_total_hits": True, "query": query, "aggs": aggs}
    return search(cluster, commit.path(part, "_search"), body, cluster.access.bulk_timeout)


def _sizes(cluster: Cluster, commit: Commit) -> dict[str, int]:
    """Bytes on the disks of all nodes, with replicas; {} when the user may not read them."""
    names = ",".join(commit.index(part) for part in PARTS)
    try:
        answer = cluster.request("GET", f"/{names}/_stats/store")
    except WhenceError:
        return {}
    return {
        _PARTS.get(part, part): int(
            answer["indices"][commit.index(part)]["total"]["store"]["size_in_bytes"]
        )
        for part in PARTS
        if commit.index(part) in answer.get("indices", {})
    }
