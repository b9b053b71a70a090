"""`POST /api/v1/sketches`: private mode, a look-up by fingerprints, without the text."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from attribution.reports.json_report import as_json, json_line
from webapp.api import shapes
from webapp.api.tags import TAGS
from webapp.client import client_gone
from webapp.guards.auth import client_name
from webapp.services import services

__all__ = ["api"]

api = APIBlueprint("sketches", __name__, abp_tags=[TAGS["attribution"]])

_MOST = 4 << 20  # numbers per list: bytes of the longest text that is sketched


class SketchQuery(shapes.Query):
    """Limits of the answer."""

    max_sources: shapes.MaxSources = None
    min_confidence: shapes.MinConfidence = None


class SketchColumns(shapes.Body):
    """Fingerprints of one kind with the positions of their k-grams, in lists of equal length."""

    fingerprints: list[int] = Field(max_length=_MOST, description="Ascending and distinct.")
    positions: list[int] = Field(max_length=_MOST, description="Index of the first token.")
    start_lines: list[int] = Field(max_length=_MOST, description="1-based.")
    end_lines: list[int] = Field(max_length=_MOST)
    starts: list[int] = Field(max_length=_MOST, description="Bytes.")
    ends: list[int] = Field(max_length=_MOST)


class SketchBody(shapes.Body):
    """The output of `whence sketch FILE`."""

    format: Literal["whence-sketch"]
    version: Literal[1]
    params: dict[str, int] = Field(description="Those of GET /api/v1/index.")
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
    """Trace a text to its sources by its sketch, without the text.

    The answer's status is "partial", and its matches are "similar" at most: no text was compared.
    """
    from attribution.sketch_only.sketch_attributor import SketchAttributor
    from attribution.sketch_only.sketch_file import read_sketch_file

    del body  # it was validated; the JSON itself is read below
    shape: Any = request.get_json()
    service = services()
    session = service.session(query.max_sources, query.min_confidence)
    attributor = SketchAttributor(session.index, session.attributor.settings, client_gone())
    file = read_sketch_file(shape)
    service.count_lookups()
    answer = service.answer(lambda: attributor.attribute(file), client_name())
    return Response(json_line(as_json(answer)), content_type="application/json")


shapes.describe_answers(api)
