"""`GET /api/v1/search`: words, phrases and regular expressions in the corpus, with facets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.reports.hit_json import HitJson, hit_json
from attribution.reports.json_report import index_json
from webapp.api import shapes
from webapp.api.cursors import EXPIRED, next_cursor, offset_of
from webapp.api.tags import TAGS
from webapp.client import client_gone
from webapp.guards.auth import client_name
from webapp.problems import Problem
from webapp.services import services

__all__ = ["api"]

api = APIBlueprint("search", __name__, abp_tags=[TAGS["corpus"]])

FACETED = 200  # hits that facets count: each is verified on its text, some 0.1 ms
DEEPEST = 1000  # hits that can be paged through: a page verifies all hits before it
MAX_LINES, MAX_COLUMNS, MAX_OCCURRENCES = 20, 400, 10  # of a hit


class SearchQuery(shapes.Query):
    """What to search for."""

    q: shapes.Text = Field(
        description='Words, "exact phrases", /regular expressions/ (RE2) and the filters lang:, '
        "repo:, path: and license:, which exclude with a minus before them."
    )
    language: shapes.Text | None = Field(None, description="Linguist name or alias.")
    license: shapes.Text | None = Field(
        None, description="SPDX identifier; NOASSERTION for files with an unknown licence."
    )
    repository: shapes.Text | None = Field(None, description="owner/name, or an owner.")
    index: shapes.IndexName = None
    limit: int = Field(20, ge=1, le=100, description="Hits per page.")
    lines: int = Field(
        MAX_LINES, ge=1, le=MAX_LINES, description="Lines per hit, those with the rarest words."
    )
    cursor: str | None = Field(None, max_length=1000, description="next_cursor of the page before.")


class HitLine(shapes.ResponseModel):
    """A line with a match."""

    number: int
    text: str = Field(description='The line, cut with " ..." if it is long.')


class Hit(shapes.ResponseModel):
    """A document that contains all that was searched for."""

    document: str
    language: str
    score: float
    lines: list[HitLine] = Field(description="Those with the rarest words of the query, in order.")
    lines_total: int
    occurrences: list[shapes.OccurrenceJson] = Field(
        description="Those that pass the filters, at most 10, cited at the line with the rarest "
        "words."
    )
    occurrences_total: int


class FacetValue(shapes.ResponseModel):
    """A value, and the number of hits with it."""

    value: str
    count: int


class FacetCounts(shapes.ResponseModel):
    """Counts of values over the first hits."""

    language: list[FacetValue]
    license: list[FacetValue]
    repository: list[FacetValue]
    of: int = Field(description="Number of hits counted.")
    complete: bool = Field(description="Whether these were all hits.")


class SearchAnswer(shapes.ResponseModel):
    """A page of hits, best first."""

    status: Literal["checked", "partial"] = Field(
        description="partial: not everything was searched, see `cut`."
    )
    notes: list[str] = Field(description="What in the query was perhaps meant differently.")
    hits: list[Hit]
    facets: FacetCounts
    next_cursor: str | None = Field(description="Requests the next page; null on the last.")
    cut: str | None = Field(description="Why there may be more hits than these.")
    index: shapes.IndexJson


@api.get("/api/v1/search", responses={200: SearchAnswer, 410: EXPIRED})
def search(query: SearchQuery) -> Response:
    """Find files that contain all words, phrases and matches of regular expressions.

    A word may be a part of an identifier; files with the whole word come first.
    Facets count the best hits of all pages: `of` is their number, `complete` whether these are all.
    """
    from attribution.index.hits import NARROWER, Facets, TimedSearch, count_facets
    from attribution.index.interface import WordHit
    from attribution.index.word_query import word_query

    index = services().index(query.index)
    summary = index.summary()
    words = word_query((query.q,), query.language, query.license, query.repository)
    parameters = [query.q, query.language, query.license, query.repository, query.index]
    offset = offset_of(query.cursor, summary.version, parameters)
    if offset >= DEEPEST:
        raise Problem("input", f"{_TOO_MANY}. {NARROWER}")
    end = min(offset + query.limit, DEEPEST)
    page: list[HitJson] = []

    def passing(hits: Iterator[WordHit]) -> Iterator[WordHit]:
        """The hits, of which those of the page are collected without their texts."""
        for number, hit in enumerate(hits):
            if offset <= number < end:
                page.append(
                    hit_json(
                        hit,
                        max_lines=query.lines,
                        max_columns=MAX_COLUMNS,
                        max_occurrences=MAX_OCCURRENCES,
                    )
                )
            yield hit

    with services().searches.turn(client_name()):
        services().count_lookups()
        seconds = services().settings.lookup_seconds
        found = TimedSearch(index, words, max(end, FACETED) + 1, seconds, client_gone())
        hits = passing(iter(found))
        facets: Facets = count_facets(hits, FACETED)
        # count_facets consumed one hit more than it counted, if there was one
        seen = facets.of + (not facets.complete)
        seen += sum(1 for _ in islice(hits, max(end + 1 - seen, 0)))
    more = seen > end
    cut = f"{_TOO_MANY}. {NARROWER}" if more and end == DEEPEST else None
    if found.reason:
        cut = f"{found.reason}. {found.remedy}"
    return shapes.json_response(
        {
            "status": "partial" if found.reason else "checked",
            "notes": list(words.notes),
            "hits": page,
            "facets": {
                "language": _values(facets.languages),
                "license": _values(facets.licenses),
                "repository": _values(facets.repositories),
                "of": facets.of,
                "complete": facets.complete and not found.reason,
            },
            "next_cursor": next_cursor(summary.version, parameters, end)
            if more and end < DEEPEST
            else None,
            "cut": cut,
            "index": index_json(summary),
        }
    )


_TOO_MANY = f"the first {DEEPEST:,} hits can be paged through, and there are more"


def _values(counts: dict[str, int]) -> list[dict[str, object]]:
    return [{"value": value, "count": count} for value, count in counts.items()]


shapes.describe_answers(api)
