"""POST /overlap: the parts of a text that match known code, for the editor extension llm-vscode.

The extension sends 250 characters on each side of the cursor as {"document"}, and marks the
{"spans": [[start, end], ...]} of the answer, in UTF-16 units. Since an empty list alone would look
clean even if nothing was checked, the answer has `status` and `status_reason`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from attribution.types import Label, Snippet
from webapp.api import shapes
from webapp.api.tags import TAGS
from webapp.guards.auth import client_name
from webapp.services import services

__all__ = ["OverlapBody", "api", "merged", "utf16_offsets"]

api = APIBlueprint("overlap", __name__, abp_tags=[TAGS["editors"]])

_REPORTED = (Label.SIMILAR, Label.STRIKING, Label.VERBATIM)


class OverlapBody(BaseModel):
    """A window of a text."""

    model_config = ConfigDict(strict=True)

    document: str = Field(description="The text around the cursor.")


class OverlapAnswer(shapes.ResponseModel):
    """The spans that match sources."""

    spans: list[Annotated[list[NonNegativeInt], Field(min_length=2, max_length=2)]] = Field(
        description="Half-open, in UTF-16 units, in order, disjoint."
    )
    status: Literal["checked", "partial", "not_checked"]
    status_reason: str | None
    label: str | None
    reason: str


@api.post(
    "/overlap", summary="Spans of a text that match known code", responses={200: OverlapAnswer}
)
def overlap(body: OverlapBody) -> Response:
    """Find the spans of a text that match the index, for llm-vscode's code attribution."""
    service = services()
    # the window may begin or end with half of a surrogate pair
    text = body.document.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    session = service.session()
    snippet = Snippet(text.encode())
    answer = service.answer(lambda: session.lookup(snippet), client_name(), service.count_lookups)
    spans: list[tuple[int, int]] = []
    if answer.label in _REPORTED:
        spans = merged(
            (match.snippet.start, match.snippet.end)
            for source in answer.sources
            for match in source.matches
        )
    return jsonify(
        spans=utf16_offsets(text, spans),
        status=answer.status.value,
        status_reason=answer.status_reason,
        label=None if answer.label is None else answer.label.value,
        reason=answer.reason,
    )


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint spans that cover the same offsets, in order; touching spans are merged."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def utf16_offsets(text: str, spans: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Byte offsets into the text's UTF-8 as offsets in UTF-16 units.

    A span that begins or ends inside a character is extended to the whole character.
    """
    code = text.encode()

    def units(at: int, *, up: bool) -> int:
        step = 1 if up else -1
        while 0 < at < len(code) and code[at] & 0xC0 == 0x80:
            at += step
        return len(code[:at].decode().encode("utf-16-le")) // 2

    return [[units(start, up=False), units(end, up=True)] for start, end in spans]
