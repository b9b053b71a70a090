"""`POST /api/v1/attributions`: code in, its sources out; one snippet, or a batch of them.

What cannot be judged is answered `not_checked` with the reason, and status 200: the answer says
it, and a batch drops nothing. Only when there is no index, or no turn, does the request fail.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

from flask import Response, request, stream_with_context
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, WithJsonSchema

from attribution.errors import WhenceError
from attribution.lexing.languages import language_of_path
from attribution.reports.answer_schema import AttributionJson
from attribution.reports.json_report import as_json, json_line
from attribution.types import Attribution, Snippet
from webapp.api import shapes
from webapp.api.tags import TAGS
from webapp.gates import BusyError
from webapp.services import services

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.session import LookupSession

__all__ = ["api"]

api = APIBlueprint("attributions", __name__, abp_tags=[TAGS["attribution"]])

MAX_SNIPPETS = 1000  # of a batch
BATCH_SECONDS = 60.0  # after which the rest of a batch is not checked
JSON, LINES = "application/json", "application/jsonl"


class SnippetBody(shapes.Body):
    """A snippet, and how its answer is bounded."""

    code: shapes.Code
    language: shapes.LanguageName | None = None
    name: shapes.Text | None = Field(None, description="File name; tells the language, too.")
    max_sources: int | None = Field(None, ge=1, le=100, description="Best first; by default 10.")
    min_confidence: float | None = Field(
        None, ge=0, le=1, description="Sources below are left out; a low one shows weak leads."
    )


class BatchSnippet(shapes.Body):
    """One snippet of a batch."""

    id: Annotated[str, Field(max_length=1000)] | int | None = Field(
        None, description="Given back with the answer."
    )
    # any text, also one that no encoding can write: it is answered, not refused with all the others
    code: Annotated[Any, WithJsonSchema({"type": "string", "description": "The text."})]
    language: shapes.LanguageName | None = None
    name: shapes.Text | None = None


class BatchBody(shapes.Body):
    """Many snippets, answered in their order."""

    snippets: list[BatchSnippet] = Field(max_length=MAX_SNIPPETS)
    max_sources: int | None = Field(None, ge=1, le=100, description="By default 10.")
    min_confidence: float | None = Field(None, ge=0, le=1)


class BatchAnswer(shapes.Answer):
    """The answers, in the order of the snippets; each has the snippet's id."""

    answers: list[shapes.AttributionJson]


@api.post("/api/v1/attributions", responses={200: shapes.AttributionJson})
def attribute(body: SnippetBody) -> Response:
    """Trace a snippet to its sources.

    The answer's status says whether it was checked; status 200 alone does not.
    """
    session = services().session(body.max_sources, body.min_confidence)
    answer = _answer(session, body.code, body.language, body.name)
    began = time.perf_counter()
    text = json_line(as_json(answer))
    services().metrics.lookup("render", time.perf_counter() - began)
    return Response(text, content_type=JSON)


@api.post(
    "/api/v1/attributions/batch",
    responses={
        200: {
            "description": "The answers; as lines, each as soon as it is known.",
            "content": {
                JSON: {"schema": {"$ref": "#/components/schemas/BatchAnswer"}},
                LINES: {"schema": {"$ref": "#/components/schemas/AttributionJson"}},
            },
        }
    },
)
def attribute_batch(body: BatchBody) -> Response:
    """Trace up to 1,000 snippets to their sources.

    With "Accept: application/jsonl" the answers come one a line, as soon as they are known.
    """
    session = services().session(body.max_sources, body.min_confidence)
    answers = _answers(session, body.snippets)
    # The first one decides whether the service can answer at all: a stream's status cannot change.
    answers = chain(list(_first(answers)), answers)
    if request.accept_mimetypes.best_match((JSON, LINES), JSON) == LINES:
        lines = (json_line(answer) + "\n" for answer in answers)
        headers = {"X-Accel-Buffering": "no"}
        return Response(stream_with_context(lines), content_type=LINES, headers=headers)
    text = ",".join(map(json_line, answers))
    return Response(f'{{"answers":[{text}]}}', content_type=JSON)


def _first(answers: Iterator[AttributionJson]) -> Iterator[AttributionJson]:
    """The next answer, if there is one."""
    for answer in answers:
        yield answer
        return


def _answers(session: LookupSession, snippets: list[BatchSnippet]) -> Iterator[AttributionJson]:
    """An answer for each snippet. The first may fail the request, the others are not checked."""
    until = time.monotonic() + BATCH_SECONDS
    for number, snippet in enumerate(snippets):
        name = snippet.name or "-"
        try:
            if not isinstance(snippet.code, str):
                found = type(snippet.code).__name__
                answer = _not_checked(
                    session, name, f"the code is no text but {_JSON_NAMES[found]}"
                )
            elif time.monotonic() > until:
                answer = _not_checked(
                    session,
                    name,
                    f"the batch's {BATCH_SECONDS:g} s were over after {number} of its "
                    f"{len(snippets)} snippets; send the others again",
                )
            else:
                answer = _answer(session, snippet.code, snippet.language, snippet.name)
        except (BusyError, WhenceError) as error:
            if number == 0:
                raise
            answer = _not_checked(session, name, str(error))
        yield {"id": snippet.id, **as_json(answer)}


def _answer(
    session: LookupSession, code: str, language: str | None, name: str | None
) -> Attribution:
    """The answer for one snippet; waits for its turn."""
    known = language_of_path(name) if name else None  # `language` overrules it
    name = name or "-"
    try:
        snippet = Snippet(code.encode(), known, name)
    except UnicodeEncodeError as error:
        return _not_checked(
            session,
            name,
            f"character {error.start} is a lone surrogate, which is no text; send pairs of "
            "surrogates, or the bytes as Latin-1",
        )
    return services().answer(lambda: session.lookup(snippet, language))


def _not_checked(session: LookupSession, name: str, why: str) -> Attribution:
    answer = session.not_checked(Snippet(b"", None, name), why)
    services().metrics.answered(answer)
    return answer


_JSON_NAMES = {
    "NoneType": "null",
    "bool": "a boolean",
    "int": "a number",
    "float": "a number",
    "list": "an array",
    "dict": "an object",
}

shapes.describe_answers(api, BatchAnswer)
