"""Word search: Elasticsearch names the documents with all words, their texts decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from attribution.index.elastic.client import Json
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.inspection import of_repository
from attribution.index.elastic.layout import CONTENTS, OCCURRENCES, SKETCHES
from attribution.index.elastic.queries import FIELDS, word_query
from attribution.index.elastic.reading import fetch, live, occurrences_of
from attribution.index.elastic.rows import document_of, plain
from attribution.index.elastic.terms import decode_id
from attribution.index.interface import WordHit, WordQuery
from attribution.index.occurrences import in_order, license_ids, owner_key, passes
from attribution.index.wordsearch import TextQuery, too_much_to_scan
from attribution.types import Document

__all__ = ["search"]

SCAN_BYTES = 64 << 20  # of texts that are read for a query without a word to look up
_PAGE = 256  # hits in one answer
_TEXTS = 8  # texts in one answer
_MOST_PASSING = 10_000  # documents of a filter; if more pass, hits come soon anyway

_Scored = Iterator[tuple[Document, float]]


def search(
    commit: Commit,
    query: WordQuery,
    limit: int,
    stop: Callable[[], bool] | None = None,
) -> Iterator[WordHit]:
    """Documents with all words and phrases. See `Index.search`.

    Raises:
        IndexUnavailableError: a shard did not answer.
    """
    text = TextQuery(query)
    filters = _occurrence_filters(query)
    passing = _passing(commit, filters) if filters else None
    if passing is not None and not passing:
        return iter(())
    if text.terms:
        found = _with_words(commit, text, query, passing)
    else:
        found = _all(commit, query, passing)
    hits = _hits(commit, query, text, filters, found, stop)
    return islice(hits, max(limit, 0))


def _hits(
    commit: Commit,
    query: WordQuery,
    text: TextQuery,
    filters: list[Json],
    found: _Scored,
    stop: Callable[[], bool] | None,
) -> Iterator[WordHit]:
    """The documents that match, with the occurrences that pass the filters."""
    while batch := list(islice(found, _TEXTS)):
        ids = [document.id for document, _ in batch]
        occurrences = occurrences_of(commit, ids, *filters)
        for document, score in batch:
            if stop is not None and stop():
                return
            if query.language and document.language.casefold() != query.language.casefold():
                continue
            passed = in_order(o for o in occurrences.get(document.id, ()) if passes(o, query))
            lines = text.lines(document.text) if passed else None
            if lines is not None:
                yield WordHit(document, passed, lines, score)


def _with_words(
    commit: Commit, text: TextQuery, query: WordQuery, passing: list[str] | None
) -> _Scored:
    """Documents with all the words, best first."""
    filters: list[Json] = []
    if query.language:
        language = {"value": query.language, "case_insensitive": True}
        filters.append({"term": {"language": language}})
    if passing is not None:
        filters.append({"ids": {"values": passing}})
    hits = commit.scan(
        SKETCHES,
        {"bool": {"must": [word_query(term) for term in text.terms], "filter": filters}},
        page=_PAGE,
        sort=[{"_score": "desc"}],
        stored_fields="_none_",
        docvalue_fields=FIELDS,
    )
    while batch := list(islice(hits, _TEXTS)):
        scores = {
            decode_id(hit["fields"]["id"][0]): float(hit["sort"][0])
            for hit in batch
            if hit["fields"]["generation"][0] <= commit.generation
        }
        for document in fetch(commit, list(scores)):
            if document is not None:
                yield document, scores[document.id]


def _all(commit: Commit, query: WordQuery, passing: list[str] | None) -> _Scored:
    """All documents. Raises InputError after SCAN_BYTES of texts."""
    read = 0
    only: Json = {"match_all": {}} if passing is None else {"ids": {"values": passing}}
    for hit in commit.scan(CONTENTS, only, page=_TEXTS):
        if not live(commit, hit["_source"]):
            continue
        document = document_of(hit["_id"], hit["_source"])
        read += len(document.content)
        if read > SCAN_BYTES:
            raise too_much_to_scan(query, SCAN_BYTES)
        yield document, 0.0


def _occurrence_filters(query: WordQuery) -> list[Json]:
    """A query's filters on occurrences. Raises InputError for an empty repository name."""
    filters: list[Json] = []
    if query.repository is not None:
        filters.append(of_repository(owner_key(query.repository)))
    if query.license is not None:
        filters.extend({"term": {"licenses": id_}} for id_ in license_ids(plain(query.license)))
    return filters


def _passing(commit: Commit, filters: list[Json]) -> list[str] | None:
    """The documents with an occurrence that passes; None when there are many."""
    timeout = commit.cluster.access.timeout  # of a look-up
    by_document = {"documents": {"terms": {"field": "document", "size": _MOST_PASSING}}}
    answer = commit.aggregate(
        OCCURRENCES, {"bool": {"filter": filters}}, by_document, timeout=timeout
    )
    documents = answer["aggregations"]["documents"]
    if documents["sum_other_doc_count"]:
        return None
    return [bucket["key"] for bucket in documents["buckets"]]
