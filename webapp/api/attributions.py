"""`POST /api/v1/attributions`: traces one snippet, or a batch of them, to their sources.

A snippet that cannot be checked is answered `not_checked` with the reason, and with status 200: a
batch has an answer for every snippet. A request only fails without an index or without a turn.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, WithJsonSchema

from attribution.errors import WhenceError
from attribution.lexing.languages import language_of_path
from attribution.reports.answer_schema import AttributionJson
from attribution.reports.json_report import as_json, json_line
from attribution.types import Attribution, Snippet
from webapp.api import shapes
from webapp.api.cursors import EXPIRED, next_cursor, offset_of
from webapp.api.tags import TAGS
from webapp.gates import BusyError
from webapp.guards.auth import client_name
from webapp.services import Services, services

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.session import LookupSession

__all__ = ["api"]

api = APIBlueprint("attributions", __name__, abp_tags=[TAGS["attribution"]])

DEFAULT_SOURCES = 10  # in an answer
MAX_SNIPPETS = 1000  # of a batch
BATCH_SECONDS = 60.0  # after which the rest of a batch is not checked
JSON, LINES = "application/json", "application/jsonl"


class SnippetBody(shapes.Body):
    """A snippet, and limits of its answer."""

    code: shapes.Code
    language: shapes.LanguageName | None = None
    name: shapes.Text | None = Field(None, description="File name; also gives the language.")
    max_sources: shapes.MaxSources = None
    min_confidence: shapes.MinConfidence = None
    index: shapes.IndexName = None
    cursor: shapes.Text | None = Field(
        None, description="`next_cursor` of the answer before, for the sources that follow."
    )


class BatchSnippet(shapes.Body):
    """One snippet of a batch."""

    id: Annotated[str, Field(max_length=1000)] | int | None = Field(
        None, description="Returned with the answer."
    )
    # anything, because an invalid text must not fail the other snippets
    code: Annotated[Any, WithJsonSchema({"type": "string", "description": "The text."})]
    language: shapes.LanguageName | None = None
    name: shapes.Text | None = None


class BatchBody(shapes.Body):
    """Many snippets, answered in their order."""

    snippets: list[BatchSnippet] = Field(max_length=MAX_SNIPPETS)
    max_sources: shapes.MaxSources = None
    min_confidence: shapes.MinConfidence = None
    index: shapes.IndexName = None


class BatchAnswer(shapes.ResponseModel):
    """The answers, in the order of the snippets; each has the snippet's id."""

    answers: list[shapes.AttributionJson]


@dataclass(slots=True)
class _Lookup:
    """Looks up the snippets of one request."""

    service: Services
    session: LookupSession
    client: str  # whose turn it has to be
    uncounted: int = 1  # look-ups that a quota counts with the first turn

    def answer(self, code: object, language: str | None, name: str | None) -> Attribution:
        """The answer for a snippet; waits for its turn.

        Raises:
            BusyError: too many look-ups wait.
            Problem: they exceed the quota.
            CorpusIndexError: the index is damaged or does not answer.
        """
        if not isinstance(code, str):
            return self.not_checked(name, f"the code is not a text but {_JSON_NAMES[type(code)]}")
        try:
            text = shapes.unicode_text(code).encode()
        except ValueError as error:
            return self.not_checked(name, str(error))
        by_name = language_of_path(name) if name else None  # `language` overrules it
        snippet = Snippet(text, by_name, name or "-")
        return self.service.answer(
            lambda: self.session.lookup(snippet, language), self.client, self._count
        )

    def _count(self) -> None:
        if self.uncounted:
            self.service.count_lookups(self.uncounted)
            self.uncounted = 0

    def not_checked(self, name: str | None, why: str) -> Attribution:
        """The answer for a snippet that is not looked up."""
        answer = self.session.not_checked(Snippet(b"", None, name or "-"), why)
        self.service.metrics.answered(answer)
        return answer

    def batch(self, snippets: list[BatchSnippet]) -> Iterator[AttributionJson]:
        """An answer for each snippet. An error raises for the first, and until they are counted."""
        deadline = time.monotonic() + BATCH_SECONDS
        for number, snippet in enumerate(snippets):
            try:
                if time.monotonic() > deadline:
                    answer = self.not_checked(
                        snippet.name,
                        f"the batch's {BATCH_SECONDS:g} s were over after {number} of its "
                        f"{len(snippets)} snippets; send the others again",
                    )
                else:
                    answer = self.answer(snippet.code, snippet.language, snippet.name)
            except (BusyError, WhenceError) as error:
                if number == 0 or self.uncounted:
                    raise
                answer = self.not_checked(snippet.name, str(error))
            yield {"id": snippet.id, **as_json(answer)}


@api.post("/api/v1/attributions", responses={200: shapes.AttributionJson, 410: EXPIRED})
def attribute(body: SnippetBody) -> Response:
    """Trace a snippet to its sources.

    The answer's `status` says whether the snippet was checked; the HTTP status 200 does not. It
    lists `max_sources` of its `sources_total` sources; `next_cursor` asks for those that follow.
    """
    service = services()
    version = service.index(body.index).summary().version
    query = [body.code, body.language, body.name, body.min_confidence, body.index]
    first = offset_of(body.cursor, version, query)
    stop = first + (body.max_sources or DEFAULT_SOURCES)
    session = service.session(stop, body.min_confidence, body.index)
    lookup = _Lookup(service, session, client_name())
    answer = lookup.answer(body.code, body.language, body.name)
    start = time.perf_counter()
    more = stop < answer.sources_total
    shape: AttributionJson = {
        **as_json(replace(answer, sources=answer.sources[first:])),
        "next_cursor": next_cursor(version, query, stop) if more else None,
    }
    text = json_line(shape)
    lookup.service.metrics.lookup("render", time.perf_counter() - start)
    return Response(text, content_type=JSON)


@api.post(
    "/api/v1/attributions/batch",
    responses={
        200: {
            "description": "The answers; as lines, each as soon as it is ready.",
            "content": {
                JSON: {"schema": {"$ref": "#/components/schemas/BatchAnswer"}},
                LINES: {"schema": {"$ref": "#/components/schemas/AttributionJson"}},
            },
        }
    },
)
def attribute_batch(body: BatchBody) -> Response:
    """Trace up to 1,000 snippets to their sources.

    With "Accept: application/jsonl", each answer is a line, sent as soon as it is ready.
    """
    service = services()
    session = service.session(body.max_sources, body.min_confidence, body.index)
    lookup = _Lookup(service, session, client_name(), len(body.snippets))
    answers = lookup.batch(body.snippets)
    # the first turn is waited for before the response starts, because an error sets its status
    first = []
    for answer in answers:
        first.append(answer)
        if not lookup.uncounted:
            break
    answers = chain(first, answers)
    if request.accept_mimetypes.best_match((JSON, LINES), JSON) == LINES:
        lines = (json_line(answer) + "\n" for answer in answers)
        return Response(lines, content_type=LINES, headers={"X-Accel-Buffering": "no"})
    text = ",".join(map(json_line, answers))
    return Response(f'{{"answers":[{text}]}}', content_type=JSON)


_JSON_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
}

shapes.describe_answers(api, BatchAnswer)
