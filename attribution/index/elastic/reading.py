"""Documents and occurrences by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attribution.errors import IndexIncompleteError
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
        IndexIncompleteError: some shards did not answer; it has the documents of the others.
        IndexUnavailableError: none did.
    """
    ids = list(dict.fromkeys(id_ for id_ in documents if is_id(id_)))
    held: dict[str, Document] = {}
    lost: list[Json] = []
    if ids:
        # Not in real time: what was added since the last refresh is not committed.
        answer = cluster.ask("POST", state.path(CONTENTS, "_mget"), {"ids": ids}, realtime=False)
        for found in answer["docs"]:
            if "error" in found:
                lost.append(found)
            elif found.get("found") and live(state, found["_source"]):
                held[found["_id"]] = document_of(found["_id"], found["_source"])
    documents_held = [held.get(id_) for id_ in documents]
    if lost:
        raise _without(cluster, state, lost, ids, documents_held)
    return documents_held


def _without(
    cluster: Cluster, state: State, lost: list[Json], ids: list[str], held: list[Document | None]
) -> IndexIncompleteError:
    """The error of a fetch some of whose texts did not come.

    Raises:
        IndexUnavailableError: no shard answers.
    """
    if len(lost) == len(ids):
        # The others may be asked too: Elasticsearch refuses a search when all shards fail.
        cluster.ask("POST", state.path(CONTENTS, "_search"), {"size": 0, "track_total_hits": False})
    why = lost[0]["error"].get("reason") or lost[0]["error"].get("type")
    noun = "text" if len(ids) == 1 else "texts"
    lacking = f"{len(lost)} of {len(ids)} {noun} of {state.index(CONTENTS)} did not come ({why})"
    return IndexIncompleteError(
        f"{cluster.location} answered in part: {lacking}; look at its _cluster/health and try "
        "again",
        lacking,
        documents=held,
    )


def live(state: State, source: Json) -> bool:
    """Whether a source belongs to a state: a newer commit may have brought it."""
    return int(source["generation"]) <= state.generation


def occurrences(cluster: Cluster, state: State, document: str) -> tuple[Occurrence, ...]:
    """All live occurrences of a document.

    Raises:
        IndexIncompleteError: some shards did not answer; it has the occurrences of the others.
        IndexUnavailableError: none did.
    """
    if not is_id(document):
        return ()
    try:
        return in_order(occurrences_of(cluster, state, [document]).get(document, []))
    except IndexIncompleteError as exc:
        exc.occurrences = in_order(exc.occurrences)
        raise


def occurrences_of(
    cluster: Cluster, state: State, documents: Sequence[str], *filters: Json
) -> dict[str, list[Occurrence]]:
    """Live occurrences of some documents that pass filters.

    Raises:
        IndexIncompleteError: some shards did not answer; it has what came, of all the documents.
    """
    query: Json = {"bool": {"filter": [{"terms": {"document": list(documents)}}, *filters]}}
    body = {"size": _PAGE, "track_total_hits": False, "query": query}
    answer = cluster.ask("POST", state.path(PLACES, "_search"), body)
    try:
        complete(answer, cluster)
    except IndexIncompleteError as exc:
        known = _held(state, answer["hits"]["hits"])
        exc.occurrences = tuple(one for places in known.values() for one in places)
        raise
    hits: Iterable[Json] = answer["hits"]["hits"]
    if len(answer["hits"]["hits"]) == _PAGE:
        hits = scan(cluster, state.index(PLACES), query, page=_LARGE_PAGE)
    return _held(state, hits)


def _held(state: State, hits: Iterable[Json]) -> dict[str, list[Occurrence]]:
    """Live occurrences among hits, by document."""
    held: dict[str, list[Occurrence]] = {}
    for hit in hits:
        occurrence = occurrence_of(hit["_source"])
        if live(state, hit["_source"]) and not state.opt_outs.covers(occurrence.repository):
            held.setdefault(hit["_source"]["document"], []).append(occurrence)
    return held
