"""Words and phrases: Elasticsearch names the documents with all words, their texts decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from attribution.errors import InputError
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.counting import of_repository
from attribution.index.elastic.layout import CONTENTS, PLACES, SKETCHES
from attribution.index.elastic.questions import FIELDS, word
from attribution.index.elastic.reading import fetch, live, occurrences_of
from attribution.index.elastic.rows import document_of, license_ids
from attribution.index.elastic.scan import complete, scan
from attribution.index.elastic.state import State
from attribution.index.elastic.terms import decode_id
from attribution.index.interface import WordHit, WordQuery
from attribution.index.occurrences import in_order, owner_key, passes
from attribution.index.wordsearch import TextQuery
from attribution.types import Document

__all__ = ["search"]

# A query without a word that could be looked up, such as "((", reads texts: so many bytes at most.
SCAN_BYTES = 64 << 20
_PAGE = 256  # hits taken at once
_TEXTS = 8  # texts fetched at once
_MOST_PASSING = 10_000  # documents of a filter: where more pass, hits come soon anyway


def search(
    cluster: Cluster,
    state: State,
    query: WordQuery,
    limit: int,
    stop: Callable[[], bool] | None = None,
) -> Iterator[WordHit]:
    """Documents with all words and phrases, best first, until `stop` says so.

    Raises:
        InputError: there is nothing to search for; or, after the hits found, the texts of a large
            index were not all read for a query without words.
        IndexUnavailableError: a shard did not answer.
    """
    text = TextQuery(query)
    filters = _filters(query)
    passing = _passing(cluster, state, filters) if filters else None
    if passing is not None and not passing:
        return iter(())
    if text.terms:
        found = _by_words(cluster, state, text, query, passing)
    else:
        found = _all(cluster, state, query, passing)
    return _verified(cluster, state, query, text, filters, found, limit, stop)


def _verified(
    cluster: Cluster,
    state: State,
    query: WordQuery,
    text: TextQuery,
    filters: list[Json],
    found: Iterator[tuple[Document, float]],
    limit: int,
    stop: Callable[[], bool] | None,
) -> Iterator[WordHit]:
    left = limit
    while left > 0:
        batch = list(islice(found, _TEXTS))
        if not batch:
            return
        ids = [document.id for document, _ in batch]
        held = occurrences_of(cluster, state, ids, *filters)
        for document, score in batch:
            if stop is not None and stop():
                return
            if query.language and document.language.casefold() != query.language.casefold():
                continue
            passed = in_order(o for o in held.get(document.id, ()) if passes(o, query))
            lines = text.lines(document.content) if passed else None
            if lines is not None:
                yield WordHit(document, passed, lines, score)
                left -= 1
                if left <= 0:
                    return


def _by_words(
    cluster: Cluster, state: State, text: TextQuery, query: WordQuery, passing: list[str] | None
) -> Iterator[tuple[Document, float]]:
    """Documents with all the words, best first."""
    must = [word(term) for term in text.terms]
    hits = scan(
        cluster,
        state.index(SKETCHES),
        {"bool": {"must": must, "filter": _document_filters(query, passing)}},
        page=_PAGE,
        sort=[{"_score": "desc"}],
        stored_fields="_none_",
        docvalue_fields=FIELDS,
    )
    while batch := list(islice(hits, _TEXTS)):
        scores = {
            decode_id(hit["fields"]["id"][0]): float(hit["sort"][0])
            for hit in batch
            if hit["fields"]["generation"][0] <= state.generation
        }
        for document in fetch(cluster, state, list(scores)):
            if document is not None:
                yield document, scores[document.id]


def _all(
    cluster: Cluster, state: State, query: WordQuery, passing: list[str] | None
) -> Iterator[tuple[Document, float]]:
    """Every document; Raises InputError after so many bytes."""
    read = 0
    only: Json = {"match_all": {}} if passing is None else {"ids": {"values": passing}}
    for hit in scan(cluster, state.index(CONTENTS), only, page=_TEXTS):
        if not live(state, hit["_source"]):
            continue
        document = document_of(hit["_id"], hit["_source"])
        read += len(document.content)
        if read > SCAN_BYTES:
            raise InputError(
                f"{' '.join((*query.words, *query.phrases))!r} has no word to look up, "
                f"and only {SCAN_BYTES >> 20} MiB of texts were read for it; add a word"
            )
        yield document, 0.0


def _document_filters(query: WordQuery, passing: list[str] | None) -> list[Json]:
    filters: list[Json] = []
    if query.language:
        language = {"value": query.language, "case_insensitive": True}
        filters.append({"term": {"language": language}})
    if passing is not None:
        filters.append({"ids": {"values": passing}})
    return filters


def _filters(query: WordQuery) -> list[Json]:
    """A query's filters on occurrences; raises InputError for a repository that names nothing."""
    filters: list[Json] = []
    if query.repository is not None:
        filters.append(of_repository(owner_key(query.repository)))
    if query.license is not None:
        filters.extend({"term": {"licenses": id_}} for id_ in license_ids(query.license))
    return filters


def _passing(cluster: Cluster, state: State, filters: list[Json]) -> list[str] | None:
    """The documents with an occurrence that passes; None when they are many."""
    body = {
        "size": 0,
        "query": {"bool": {"filter": filters}},
        "aggs": {"documents": {"terms": {"field": "document", "size": _MOST_PASSING}}},
    }
    answer = complete(cluster.ask("POST", state.path(PLACES, "_search"), body), cluster)
    found = answer["aggregations"]["documents"]
    if found["sum_other_doc_count"]:
        return None
    return [bucket["key"] for bucket in found["buckets"]]
