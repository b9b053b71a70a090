"""`POST /api/v1/sketches`: private mode. Fingerprints in, sources out; the text stays away."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.reports.json_report import as_json, json_line
from webapp.api import shapes
from webapp.api.tags import TAGS
from webapp.services import services

__all__ = ["api"]

api = APIBlueprint("sketches", __name__, abp_tags=[TAGS["attribution"]])

_MOST = 4 << 20  # numbers of a list: bytes of the longest text that is sketched


class SketchQuery(shapes.Query):
    """How the answer is bounded."""

    max_sources: int | None = Field(None, ge=1, le=100, description="Best first; by default 10.")
    min_confidence: float | None = Field(None, ge=0, le=1)


class SketchColumns(shapes.Body):
    """Fingerprints of one kind, and where their k-grams stand; all lists are equally long."""

    fingerprints: list[int] = Field(max_length=_MOST, description="Ascending and distinct.")
    positions: list[int] = Field(max_length=_MOST, description="Number of the first token.")
    start_lines: list[int] = Field(max_length=_MOST, description="1-based.")
    end_lines: list[int] = Field(max_length=_MOST)
    starts: list[int] = Field(max_length=_MOST, description="Bytes.")
    ends: list[int] = Field(max_length=_MOST)


class SketchBody(shapes.Body):
    """What `whence sketch FILE` prints."""

    format: Literal["whence-sketch"]
    version: Literal[1]
    params: dict[str, int] = Field(description="As GET /api/v1/index tells them.")
    name: shapes.Text
    language: shapes.LanguageName | None
    lines: int
    tokens: int
    raw: SketchColumns
    renamed: SketchColumns
    minhash: list[int] = Field(max_length=1024)
    bands: list[int] = Field(max_length=1024)


@api.post("/api/v1/sketches", responses={200: shapes.AttributionJson})
def attribute_sketch(body: SketchBody, query: SketchQuery) -> Response:
    """Trace the sketch of a text that is not sent.

    The answer's status is "partial": no text was compared, and matches are "similar" at most.
    """
    from attribution.sketch_only.sketch_attributor import SketchAttributor
    from attribution.sketch_only.sketch_file import read_sketch_file

    del body  # its form is right; what it means is judged from the JSON itself
    shape: Any = request.get_json()
    session = services().session(query.max_sources, query.min_confidence)
    attributor = SketchAttributor(session.index, session.attributor.settings)
    file = read_sketch_file(shape)
    answer = services().answer(lambda: attributor.attribute(file))
    return Response(json_line(as_json(answer)), content_type="application/json")


shapes.describe_answers(api)
