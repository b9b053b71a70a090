"""What a version holds, counted by Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from attribution.errors import WhenceError
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.layout import PARTS, PLACES, SKETCHES
from attribution.index.elastic.scan import complete
from attribution.index.elastic.state import State
from attribution.index.interface import Holding
from attribution.index.occurrences import by_count, owner_key
from attribution.types import IndexDescription

__all__ = ["buckets", "counted", "describe", "documents_in", "holdings", "of_repository"]

_PAGE = 5000  # buckets in one answer

_PARTS = {"places": "occurrences", "meta": "state and skips"}


def counted(cluster: Cluster, state: State) -> State:
    """A state with the numbers of all that is visible now."""
    answer = _search(
        cluster, state, SKETCHES, {"match_all": {}},
        {"size": {"sum": {"field": "size"}}, "languages": _terms("language")},
    )  # fmt: skip
    found = answer["aggregations"]
    return replace(
        state,
        documents=answer["hits"]["total"]["value"],
        occurrences=documents_in(cluster, state, PLACES),
        content_bytes=int(found["size"]["value"]),
        languages={b["key"]: b["doc_count"] for b in found["languages"]["buckets"]},
    )


def documents_in(cluster: Cluster, state: State, part: str) -> int:
    """How many documents of a part can be seen."""
    answer = _search(cluster, state, part, {"match_all": {}}, {})
    return int(answer["hits"]["total"]["value"])


def describe(cluster: Cluster, state: State) -> IndexDescription:
    """The long form of the summary.

    The number of repositories is Elasticsearch's estimate (HyperLogLog++): exact in effect up to
    40,000, and within some per cent above.
    """
    answer = _search(
        cluster, state, PLACES, {"range": {"generation": {"lte": state.generation}}},
        {
            "licenses": _terms("license"),
            "repositories": {"cardinality": {"field": "name", "precision_threshold": 40_000}},
        },
    )  # fmt: skip
    found = answer["aggregations"]
    return IndexDescription(
        summary=state.summary(),
        content_bytes=state.content_bytes,
        languages=dict(state.languages),
        licenses={b["key"]: b["doc_count"] for b in found["licenses"]["buckets"]},
        repositories=int(found["repositories"]["value"]),
        opt_outs=state.opt_outs.opt_outs,
        skipped=dict(state.skipped),
        sizes=_sizes(cluster, state),
        sources=tuple(c.source for c in state.checkpoints),
        params=state.params.as_dict(),
        pending_removal_bytes=state.pending_removal_bytes,
    )


def holdings(cluster: Cluster, state: State, owner: str) -> Iterator[Holding]:
    """The live repositories of an owner, by name.

    Raises:
        InputError: the owner names nothing.
    """
    wanted = owner_key(owner)
    query = {
        "bool": {
            "filter": [
                of_repository(wanted),
                {"range": {"generation": {"lte": state.generation}}},
            ]
        }
    }
    documents: dict[str, int] = {}
    occurrences: dict[str, int] = {}
    licenses: dict[str, dict[str, int]] = {}
    for key, _ in buckets(cluster, state, query, ["name", "document"]):
        documents[key["name"]] = documents.get(key["name"], 0) + 1
    for key, count in buckets(cluster, state, query, ["name", "license"]):
        occurrences[key["name"]] = occurrences.get(key["name"], 0) + count
        licenses.setdefault(key["name"], {})[key["license"]] = count
    return iter(
        [
            Holding(name, documents.get(name, 0), occurrences[name], by_count(licenses[name]))
            for name in sorted(occurrences)
            if not state.opt_outs.covers(name)
        ]
    )


def of_repository(wanted: str) -> Json:
    """Occurrences in a repository, or in those of an owner; casefolded."""
    return {
        "bool": {
            "should": [
                {"term": {"repository": wanted}},
                {"prefix": {"repository": wanted + "/"}},
            ],
            "minimum_should_match": 1,
        }
    }


def buckets(
    cluster: Cluster, state: State, query: Json, fields: list[str]
) -> Iterator[tuple[dict[str, Any], int]]:
    """Occurrences counted by some fields, all of them."""
    composite: Json = {
        "size": _PAGE,
        "sources": [{field: {"terms": {"field": field}}} for field in fields],
    }
    while True:
        answer = _search(cluster, state, PLACES, query, {"by": {"composite": composite}})
        found = answer["aggregations"]["by"]
        for bucket in found["buckets"]:
            yield bucket["key"], int(bucket["doc_count"])
        if len(found["buckets"]) < _PAGE:
            return
        composite = {**composite, "after": found["after_key"]}


def _terms(field: str) -> Json:
    return {"terms": {"field": field, "size": 10_000}}


def _search(cluster: Cluster, state: State, part: str, query: Json, aggs: Json) -> Json:
    body = {"size": 0, "track_total_hits": True, "query": query, "aggs": aggs}
    return complete(
        cluster.ask("POST", state.path(part, "_search"), body, timeout=cluster.access.bulk_timeout),
        cluster,
    )


def _sizes(cluster: Cluster, state: State) -> dict[str, int]:
    """Bytes on the disks of all nodes, replicas included; {} where the user may not ask."""
    names = ",".join(state.index(part) for part in PARTS)
    try:
        answer = cluster.ask("GET", f"/{names}/_stats/store")
    except WhenceError:
        return {}
    return {
        _PARTS.get(part, part): int(
            answer["indices"][state.index(part)]["total"]["store"]["size_in_bytes"]
        )
        for part in PARTS
        if state.index(part) in answer.get("indices", {})
    }
