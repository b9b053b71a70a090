"""Documents and occurrences by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from attribution.errors import IndexIncompleteError
from attribution.index.elastic.client import Json
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.layout import CONTENTS, OCCURRENCES
from attribution.index.elastic.rows import document_of, is_id, occurrence_of
from attribution.index.elastic.scan import complete, incomplete
from attribution.index.occurrences import in_order
from attribution.types import Document, Occurrence

__all__ = ["all_occurrences", "fetch", "live", "occurrences", "occurrences_of"]

_PAGE = 1000  # occurrences in the first answer: few documents have more
_LARGE_PAGE = 10_000  # in the answers that follow


def fetch(commit: Commit, documents: Sequence[str]) -> list[Document | None]:
    """Live documents by id, in the order asked.

    Raises:
        IndexIncompleteError: some shards did not answer; has the documents of the others.
        IndexUnavailableError: none did.
    """
    ids = list(dict.fromkeys(id_ for id_ in documents if is_id(id_)))
    texts: dict[str, Document] = {}
    lost: list[Json] = []
    if ids:
        # Not in real time: documents newer than the last refresh are not committed.
        answer = commit.post("_mget", CONTENTS, body={"ids": ids}, realtime=False)
        for found in answer["docs"]:
            if "error" in found:
                lost.append(found)
            elif found.get("found") and live(commit, found["_source"]):
                texts[found["_id"]] = document_of(found["_id"], found["_source"])
    fetched = [texts.get(id_) for id_ in documents]
    if lost:
        raise _incomplete(commit, lost, ids, fetched)
    return fetched


def _incomplete(
    commit: Commit,
    lost: list[Json],
    ids: list[str],
    fetched: list[Document | None],
) -> IndexIncompleteError:
    """The error of a fetch without some of its texts.

    Raises:
        IndexUnavailableError: no shard answers.
    """
    if len(lost) == len(ids):
        # Other shards may answer: Elasticsearch refuses a search only when all shards fail.
        commit.post("_search", CONTENTS, body={"size": 0, "track_total_hits": False})
    why = lost[0]["error"].get("reason") or lost[0]["error"].get("type")
    noun = "text" if len(ids) == 1 else "texts"
    lacking = f"{len(lost)} of {len(ids)} {noun} of {commit.index(CONTENTS)} are missing ({why})"
    return incomplete(commit.cluster, lacking, fetched)


def live(commit: Commit, source: Json) -> bool:
    """Whether a source belongs to a commit, not to a newer one."""
    return int(source["generation"]) <= commit.generation


def occurrences(commit: Commit, document: str) -> tuple[Occurrence, ...]:
    """All live occurrences of a document.

    Raises:
        IndexIncompleteError: some shards did not answer; has the occurrences of the others.
        IndexUnavailableError: none did.
    """
    if not is_id(document):
        return ()
    try:
        return in_order(occurrences_of(commit, [document]).get(document, []))
    except IndexIncompleteError as exc:
        exc.occurrences = in_order(exc.occurrences)
        raise


def all_occurrences(commit: Commit, documents: Sequence[str]) -> list[tuple[Occurrence, ...]]:
    """All live occurrences of some documents, in their order, by one request.

    Raises:
        IndexIncompleteError: some shards did not answer.
        IndexUnavailableError: none did.
    """
    known = occurrences_of(commit, list(filter(is_id, documents))) if documents else {}
    return [in_order(known.get(document, [])) for document in documents]


def occurrences_of(
    commit: Commit, documents: Sequence[str], *filters: Json
) -> dict[str, list[Occurrence]]:
    """Live occurrences of some documents that pass filters.

    Raises:
        IndexIncompleteError: some shards did not answer; has the occurrences of the others.
    """
    query: Json = {"bool": {"filter": [{"terms": {"document": list(documents)}}, *filters]}}
    body = {"size": _PAGE, "track_total_hits": False, "query": query}
    answer = commit.post("_search", OCCURRENCES, body=body)
    try:
        complete(answer, commit.cluster)
    except IndexIncompleteError as exc:
        known = _live_occurrences(commit, answer["hits"]["hits"])
        exc.occurrences = tuple(chain.from_iterable(known.values()))
        raise
    hits: Iterable[Json] = answer["hits"]["hits"]
    if len(answer["hits"]["hits"]) == _PAGE:
        hits = commit.scan(OCCURRENCES, query, page=_LARGE_PAGE)
    return _live_occurrences(commit, hits)


def _live_occurrences(commit: Commit, hits: Iterable[Json]) -> dict[str, list[Occurrence]]:
    """Live occurrences among hits, by document."""
    found: dict[str, list[Occurrence]] = {}
    for hit in hits:
        occurrence = occurrence_of(hit["_source"])
        if live(commit, hit["_source"]) and not commit.opt_outs.covers(occurrence.repository):
            found.setdefault(hit["_source"]["document"], []).append(occurrence)
    return found
