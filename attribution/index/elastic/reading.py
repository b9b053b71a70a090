"""Documents and occurrences by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attribution.errors import IndexUnavailableError
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.layout import CONTENTS, PLACES
from attribution.index.elastic.rows import document_of, is_id, occurrence_of
from attribution.index.elastic.scan import complete, scan
from attribution.index.elastic.state import State
from attribution.index.occurrences import in_order
from attribution.types import Document, Occurrence

__all__ = ["fetch", "live", "occurrences", "occurrences_of"]

_PAGE = 1000  # occurrences in the first answer: few documents have more
_LARGE_PAGE = 10_000  # in those that follow then


def fetch(cluster: Cluster, state: State, documents: Sequence[str]) -> list[Document | None]:
    """Live documents by id, in the order asked.

    Raises:
        IndexUnavailableError: a shard did not answer.
    """
    ids = list(dict.fromkeys(id_ for id_ in documents if is_id(id_)))
    held: dict[str, Document] = {}
    if ids:
        # Not in real time: what was added since the last refresh is not committed.
        answer = cluster.ask("POST", state.path(CONTENTS, "_mget"), {"ids": ids}, realtime=False)
        for found in answer["docs"]:
            if "error" in found:
                raise IndexUnavailableError(
                    f"{cluster.location} could not give the content {found.get('_id')}: "
                    f"{found['error'].get('reason')}; look at its _cluster/health and try again"
                )
            if found.get("found") and live(state, found["_source"]):
                held[found["_id"]] = document_of(found["_id"], found["_source"])
    return [held.get(id_) for id_ in documents]


def live(state: State, source: Json) -> bool:
    """Whether a source belongs to a state: a newer commit may have brought it."""
    return int(source["generation"]) <= state.generation


def occurrences(cluster: Cluster, state: State, document: str) -> tuple[Occurrence, ...]:
    """All live occurrences of a document."""
    if not is_id(document):
        return ()
    return in_order(occurrences_of(cluster, state, [document]).get(document, []))


def occurrences_of(
    cluster: Cluster, state: State, documents: Sequence[str], *filters: Json
) -> dict[str, list[Occurrence]]:
    """Live occurrences of some documents that pass filters."""
    query: Json = {"bool": {"filter": [{"terms": {"document": list(documents)}}, *filters]}}
    body = {"size": _PAGE, "track_total_hits": False, "query": query}
    answer = complete(cluster.ask("POST", state.path(PLACES, "_search"), body), cluster)
    hits: Iterable[Json] = answer["hits"]["hits"]
    if len(answer["hits"]["hits"]) == _PAGE:
        hits = scan(cluster, state.index(PLACES), query, page=_LARGE_PAGE)
    held: dict[str, list[Occurrence]] = {}
    for hit in hits:
        occurrence = occurrence_of(hit["_source"])
        if live(state, hit["_source"]) and not state.opt_outs.covers(occurrence.repository):
            held.setdefault(hit["_source"]["document"], []).append(occurrence)
    return held
