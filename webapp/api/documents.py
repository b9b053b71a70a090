"""`GET /api/v1/documents/{swhid}`: a document's text, whole or by lines, and where it was seen."""

from __future__ import annotations

import re

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.citation import cite
from attribution.reports.json_report import occurrence_json
from webapp.api import shapes
from webapp.api.tags import TAGS
from webapp.problems import Problem
from webapp.services import services

__all__ = ["api", "blob_of"]

api = APIBlueprint("documents", __name__, abp_tags=[TAGS["corpus"]])

MAX_OCCURRENCES = 100  # listed; all are counted
JSON, PLAIN, BYTES = "application/json", "text/plain", "application/octet-stream"

_SWHID = re.compile(r"swh:1:cnt:([0-9a-f]{40})")


class DocumentPath(shapes.Query):
    """Which document."""

    swhid: str = Field(description="swh:1:cnt: and 40 hexadecimal digits.")


class LineRange(shapes.Query):
    """Which lines; by default all."""

    start_line: int = Field(1, ge=1, description="1-based.")
    end_line: int | None = Field(None, ge=1, description="Inclusive; cut at the last line.")


class DocumentAnswer(shapes.Answer):
    """Lines of a document."""

    document: str
    language: str
    size: int = Field(description="Bytes of the whole document.")
    lines: int = Field(description="Of the whole document.")
    start_line: int
    end_line: int
    content: str = Field(description="The lines asked for, with their ends.")
    exact: bool = Field(description="False where bytes that are no UTF-8 were replaced by U+FFFD.")
    occurrences: list[shapes.OccurrenceJson] = Field(description="Earliest first, at most 100.")
    occurrences_total: int


def blob_of(swhid: str) -> str:
    """The id in a SWHID.

    Raises:
        Problem: it is none.
    """
    found = _SWHID.fullmatch(swhid)
    if found is None:
        raise Problem(
            "input",
            f"{swhid[:80]!r} names no document; give swh:1:cnt: and 40 hexadecimal digits, "
            "without qualifiers",
            errors=[{"detail": "not a SWHID of a content", "parameter": "swhid"}],
        )
    return found[1]


@api.get(
    "/api/v1/documents/<swhid>",
    responses={
        200: {
            "description": "The document, or its text alone.",
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

    With "Accept: text/plain" the text alone, byte by byte.
    """
    index = services().index()
    found = index.fetch([blob_of(path.swhid)])[0]
    if found is None:
        raise Problem(
            "document-not-found",
            f"the index {index.summary().name!r} holds no {path.swhid} (any more)",
        )
    text, start, end, total = _cut(found.content, query)
    if request.accept_mimetypes.best_match((JSON, PLAIN), JSON) == PLAIN:
        return Response(text, content_type=_plain(text))
    occurrences = index.occurrences(found.id)
    cited = (start, end) if query.model_fields_set and end else None
    return shapes.json_response(
        {
            "document": found.swhid,
            "language": found.language,
            "size": len(found.content),
            "lines": total,
            "start_line": start,
            "end_line": end,
            "content": text.decode("utf-8", "replace"),
            "exact": _is_utf8(text),
            "occurrences": [
                occurrence_json(place, cite(found.swhid, place, cited), cited)
                for place in occurrences[:MAX_OCCURRENCES]
            ],
            "occurrences_total": len(occurrences),
        }
    )


def _cut(content: bytes, asked: LineRange) -> tuple[bytes, int, int, int]:
    """The lines asked for, the first and last of them, and how many there are in all.

    Raises:
        Problem: the document has no such lines.
    """
    parts = content.split(b"\n")
    total = len(parts) - (parts[-1] == b"")
    start = asked.start_line
    end = total if asked.end_line is None else min(asked.end_line, total)
    if asked.end_line is not None and asked.end_line < start:
        raise Problem(
            "input",
            f"lines {start} to {asked.end_line} run backwards; give the smaller number first",
            errors=[{"detail": "before start_line", "parameter": "end_line"}],
        )
    if start > max(total, 1):
        raise Problem(
            "range",
            f"the document has {total} lines, and line {start} was asked for; "
            f"give a start_line of at most {max(total, 1)}",
            errors=[{"detail": "behind the last line", "parameter": "start_line"}],
        )
    text = b"\n".join(parts[start - 1 : end])
    return text + (b"\n" if 0 < end < len(parts) else b""), start, end, total


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _plain(text: bytes) -> str:
    """The media type of a text as it is; of bytes in no known encoding, none is claimed."""
    return f"{PLAIN}; charset=utf-8" if _is_utf8(text) else BYTES


shapes.describe_answers(api, DocumentAnswer)
