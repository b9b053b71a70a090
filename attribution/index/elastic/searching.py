"""Word search: Elasticsearch names the documents that may match, their texts decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from attribution.index.elastic.client import Json
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.inspection import of_repository
from attribution.index.elastic.layout import OCCURRENCES, SKETCHES
from attribution.index.elastic.queries import FIELDS, word_query
from attribution.index.elastic.reading import fetch, occurrences_of
from attribution.index.elastic.rows import plain
from attribution.index.elastic.terms import decode_id
from attribution.index.interface import WordHit, WordQuery
from attribution.index.occurrences import in_order, is_in_language, license_ids, owner_key, passes
from attribution.index.regular_expression import TermPattern
from attribution.index.wordsearch import Lookup, TextQuery
from attribution.types import Document

__all__ = ["search"]

_PAGE = 256  # hits in one answer
_TEXTS = 8  # texts in one answer
_MOST_PASSING = 10_000  # documents of a filter; if more pass, hits come soon anyway


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
    return islice(_hits(commit, query, text, filters, passing, stop), max(limit, 0))


def _hits(
    commit: Commit,
    query: WordQuery,
    text: TextQuery,
    filters: list[Json],
    passing: list[str] | None,
    stop: Callable[[], bool] | None,
) -> Iterator[WordHit]:
    """The documents that match, with the occurrences that pass the filters."""
    seen: set[str] = set()
    for lookup in text.lookups:
        found = _proposed(commit, lookup, query, passing, seen)
        while batch := list(islice(found, _TEXTS)):
            ids = [document.id for document, _ in batch]
            occurrences = occurrences_of(commit, ids, *filters)
            for document, score in batch:
                if stop is not None and stop():
                    return
                if not is_in_language(document.language, query):
                    continue
                passed = in_order(o for o in occurrences.get(document.id, ()) if passes(o, query))
                lines = text.lines(document.text, parts=lookup.parts) if passed else None
                if lines is not None:
                    seen.add(document.id)
                    yield WordHit(document, passed, lines, 0.0 if lookup.parts else score)


def _proposed(
    commit: Commit, lookup: Lookup, query: WordQuery, passing: list[str] | None, seen: set[str]
) -> Iterator[tuple[Document, float]]:
    """Documents with a term of each group, best first, without those that were seen."""
    filters: list[Json] = []
    if query.language:
        language = {"value": query.language, "case_insensitive": True}
        filters.append({"term": {"language": language}})
    if passing is not None:
        filters.append({"ids": {"values": passing}})
    hits = commit.scan(
        SKETCHES,
        {
            "bool": {
                "must": [_any_term(group) for group in lookup.required],
                "should": [word_query(word) for word in lookup.preferred],
                "filter": filters,
            }
        },
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
        for document in fetch(commit, [id_ for id_ in scores if id_ not in seen]):
            if document is not None:
                yield document, scores[document.id]


def _any_term(group: Sequence[TermPattern]) -> Json:
    """Documents with one of the terms."""
    if len(group) == 1 and not (group[0].before or group[0].after):
        return word_query(group[0].text)
    terms: list[Json] = [
        {"wildcard": {"words": {"value": f"{'*' * p.before}{p.text}{'*' * p.after}", "boost": 0}}}
        for p in group
    ]
    return {"bool": {"should": terms, "minimum_should_match": 1}}


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
