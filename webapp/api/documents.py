"""`GET /api/v1/documents/{swhid}`: a document's text, whole or by lines, and its occurrences."""

from __future__ import annotations

import re

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.citation import cite
from attribution.lexing.encodings import is_utf8
from attribution.reports.json_report import occurrence_json
from webapp.api import shapes
from webapp.api.tags import TAGS
from webapp.problems import Problem
from webapp.services import services

__all__ = ["api", "blob_of"]

api = APIBlueprint("documents", __name__, abp_tags=[TAGS["corpus"]])

MAX_OCCURRENCES = 100  # that are listed
JSON, PLAIN, BYTES = "application/json", "text/plain", "application/octet-stream"

_SWHID = re.compile(r"swh:1:cnt:([0-9a-f]{40})")


class DocumentPath(shapes.Query):
    """Which document."""

    swhid: str = Field(description="swh:1:cnt: and 40 hexadecimal digits.")


class LineRange(shapes.Query):
    """Which lines; default: all."""

    start_line: int = Field(1, ge=1, description="1-based.")
    end_line: int | None = Field(None, ge=1, description="Inclusive.")


class DocumentAnswer(shapes.ResponseModel):
    """Lines of a document."""

    document: str
    language: str
    size: int = Field(description="Bytes of the whole document.")
    lines: int = Field(description="Of the whole document.")
    start_line: int
    end_line: int
    content: str = Field(description="The lines, with their line ends.")
    exact: bool = Field(description="False if invalid UTF-8 was replaced by U+FFFD.")
    occurrences: list[shapes.OccurrenceJson] = Field(description="Earliest first, at most 100.")
    occurrences_total: int


def blob_of(swhid: str) -> str:
    """The git blob id in the SWHID of a content.

    Raises:
        Problem: it is not such a SWHID.
    """
    match = _SWHID.fullmatch(swhid)
    if match is None:
        raise Problem(
            "input",
            f"{swhid[:80]!r} is not a document; give swh:1:cnt: and 40 hexadecimal digits, "
            "without qualifiers",
            errors=[{"detail": "not a SWHID of a content", "parameter": "swhid"}],
        )
    return match[1]


@api.get(
    "/api/v1/documents/<swhid>",
    responses={
        200: {
            "description": "The document, or only its text.",
            "content": {
                JSON: {"schema": {"$ref": "#/components/schemas/DocumentAnswer"}},
                PLAIN: {"schema": {"type": "string"}},
                BYTES: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        416: shapes.problem_response("The document has no such lines"),
    },
)
def document(path: DocumentPath, query: LineRange) -> Response:
    """A document, whole or by lines.

    With "Accept: text/plain", only the text, with its original bytes.
    """
    index = services().index()
    stored = index.fetch([blob_of(path.swhid)])[0]
    if stored is None:
        raise Problem(
            "document-not-found",
            f"the index {index.summary().name!r} has no {path.swhid} (any more)",
        )
    part, start, end, total = _cut(stored.text, query)
    text = stored.content[part]
    if request.accept_mimetypes.best_match((JSON, PLAIN), JSON) == PLAIN:
        return Response(text, content_type=_plain(text))
    occurrences = index.occurrences(stored.id)
    cited = (start, end) if query.model_fields_set and end else None
    return shapes.json_response(
        {
            "document": stored.swhid,
            "language": stored.language,
            "size": len(stored.content),
            "lines": total,
            "start_line": start,
            "end_line": end,
            "content": stored.text[part].decode("utf-8", "replace"),
            "exact": is_utf8(text),
            "occurrences": [
                occurrence_json(occurrence, cite(stored.swhid, occurrence, cited), cited)
                for occurrence in occurrences[:MAX_OCCURRENCES]
            ],
            "occurrences_total": len(occurrences),
        }
    )


def _cut(text: bytes, query: LineRange) -> tuple[slice, int, int, int]:
    """The bytes of the query's lines, the numbers of the first and last, and of all lines.

    Raises:
        Problem: the document has no such lines.
    """
    parts = text.split(b"\n")
    total = len(parts) - (parts[-1] == b"")
    start = query.start_line
    end = total if query.end_line is None else min(query.end_line, total)
    if query.end_line is not None and query.end_line < start:
        raise Problem(
            "input",
            f"end_line {query.end_line} is before start_line {start}",
            errors=[{"detail": "before start_line", "parameter": "end_line"}],
        )
    if start > max(total, 1):
        raise Problem(
            "range",
            f"the document has {total} lines, and start_line is {start}; give at most "
            f"{max(total, 1)}",
            errors=[{"detail": "after the last line", "parameter": "start_line"}],
        )
    first = sum(len(part) + 1 for part in parts[: start - 1])
    size = sum(len(part) + 1 for part in parts[start - 1 : end])
    return slice(first, first + size), start, end, total


def _plain(text: bytes) -> str:
    """The media type of a text; bytes that are not UTF-8 are of no stated encoding."""
    return f"{PLAIN}; charset=utf-8" if is_utf8(text) else BYTES


shapes.describe_answers(api, DocumentAnswer)
