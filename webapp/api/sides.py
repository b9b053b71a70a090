"""`POST /api/v1/side-by-side`: a match line by line, with the snippet left and the source right."""

from __future__ import annotations

from typing import Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.line_ends import with_line_feeds
from attribution.types import Match, MatchKind, Span
from webapp.api import shapes
from webapp.api.documents import blob_of
from webapp.api.tags import TAGS
from webapp.guards.auth import client_name
from webapp.problems import Problem
from webapp.services import services

__all__ = ["api"]

api = APIBlueprint("sides", __name__, abp_tags=[TAGS["attribution"]])


class MatchBody(shapes.Body):
    """A match of an answer."""

    kind: Literal["verbatim", "renamed", "edited", "similar"]
    tokens: int | None = Field(None, ge=0)
    snippet: shapes.SpanJson
    source: shapes.SpanJson


class SidesBody(shapes.Body):
    """The code that was looked up, and one match of its answer."""

    code: shapes.Code
    document: str = Field(description="SWHID of the source's document.")
    match: MatchBody


class Line(shapes.ResponseModel):
    """A line of one side."""

    number: int = Field(description="1-based.")
    text: str


class Row(shapes.ResponseModel):
    """A line of one side, or of both."""

    left: Line | None = Field(description="Of the snippet.")
    right: Line | None = Field(description="Of the source.")
    same: bool = Field(description="Equal except for white space, and for names if renamed.")


class SidesAnswer(shapes.ResponseModel):
    """The rows of a match, in order."""

    rows: list[Row]
    cut: str | None = Field(description="Why lines are missing, if any are.")


@api.post("/api/v1/side-by-side", responses={200: SidesAnswer})
def side_by_side(body: SidesBody) -> Response:
    """Both sides of a match, line by line."""
    from attribution.reports.line_rows import MAX_LINES, aligned_rows

    index = services().index()
    document = index.fetch([blob_of(body.document)])[0]
    if document is None:
        raise Problem(
            "document-not-found",
            f"the index {index.summary().name!r} has no {body.document} (any more)",
        )
    code = body.code.encode()
    match = Match(
        MatchKind(body.match.kind),
        body.match.tokens or 0,
        _span(body.match.snippet, code, "snippet"),
        _span(body.match.source, document.content, "source"),
    )
    longest = max(_lines(match.snippet), _lines(match.source))
    with services().lookups.turn(client_name()):
        rows = [
            {
                "left": row.left and {"number": row.left[0], "text": row.left[1]},
                "right": row.right and {"number": row.right[0], "text": row.right[1]},
                "same": row.sign == "=",
            }
            for row in aligned_rows(code, document.content, match)
        ]
    cut = f"the first {MAX_LINES:,} of {longest:,} lines are shown" if longest > MAX_LINES else None
    return shapes.json_response({"rows": rows, "cut": cut})


def _span(given: shapes.SpanJson, text: bytes, side: str) -> Span:
    """The span.

    Raises:
        Problem: it is not in the text.
    """
    lines = with_line_feeds(text).count(b"\n") + 1
    if given.end_line < given.start_line or given.end_line > lines:
        raise Problem(
            "input",
            f"lines {given.start_line} to {given.end_line} are not in the {side}, which has {lines}"
            "; send a match as it is in the answer, with the code that was looked up",
            errors=[{"detail": "no such lines", "pointer": f"#/match/{side}"}],
        )
    return Span(given.start, given.end, given.start_line, given.end_line)


def _lines(span: Span) -> int:
    return span.end_line - span.start_line + 1


shapes.describe_answers(api)
