"""What the API's bodies share: strict models, code as a JSON string, and the published answer.

An answer is written by `attribution.reports.json_report` and described by `answer_schema`, whose
JSON Schemas the OpenAPI takes over. Models of answers are never filled, they only name these
schemas; the tests validate every real answer against them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from attribution.reports.answer_schema import answer_schemas

__all__ = [
    "Answer",
    "AttributionJson",
    "Body",
    "Code",
    "IndexJson",
    "LanguageName",
    "OccurrenceJson",
    "Query",
    "SpanJson",
    "Text",
    "describe_answers",
    "json_response",
    "problem_response",
]

_COMPONENTS = "#/components/schemas/"
_MAX_NAME = 1000  # characters of a name or an id: a path is at most 4,096 bytes, and rarely that


class Body(BaseModel):
    """A request's body: of a known form, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """A request's parameters, which come as text."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Answer(BaseModel):
    """A form of an answer. Fields may be added later: who reads it ignores those not known."""

    model_config = ConfigDict(extra="allow")


def unicode_text(value: object) -> object:
    """The value, unless it is a text that no encoding can write."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"character {error.start} is the lone surrogate U+{ord(value[error.start]):04X}, "
                "which is no text; send pairs of surrogates, or the bytes as Latin-1"
            ) from None
    return value


Text = Annotated[str, Field(max_length=_MAX_NAME), BeforeValidator(unicode_text)]
Code = Annotated[
    str,
    BeforeValidator(unicode_text),
    Field(description="The text. Offsets in the answer are bytes of its UTF-8 form."),
]
LanguageName = Annotated[
    Text, Field(description="Linguist name or alias; null: by the name's ending, else not known.")
]


class AttributionJson(Answer):
    """The answer for one snippet; described by answer_schema."""


class OccurrenceJson(Answer):
    """One place of a source, with its citations; described by answer_schema."""


class IndexJson(Answer):
    """What the answer was checked against; described by answer_schema."""


class SpanJson(Body):
    """Lines are 1-based and inclusive, offsets half-open and in bytes."""

    start_line: int = Field(ge=1)
    end_line: int = Field(ge=1)
    start: int = Field(ge=0, description="First byte.")
    end: int = Field(ge=0, description="The byte after the last.")


def describe_answers(api: APIBlueprint, *models: type[Answer]) -> None:
    """Add the JSON Schemas of an answer to the blueprint's OpenAPI.

    To be called behind the routes. flask-openapi3 has no room in its own models for all of JSON
    Schema, and writes what is a dictionary already as it is.

    Args:
        api: the blueprint.
        models: further models, to which a route's `responses` refer by name.
    """
    for model in models:
        schema = model.model_json_schema(mode="serialization", ref_template=_COMPONENTS + "{model}")
        parts = {**schema.pop("$defs", {}), model.__name__: schema}
        api.components_schemas.update(parts)
    api.components_schemas.update(answer_schemas(_COMPONENTS + "{name}"))


def problem_response(description: str) -> dict[str, Any]:
    """The OpenAPI of an error that only some routes have; its shape is in openapi.py."""
    schema = {"$ref": _COMPONENTS + "Problem"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


def json_response(shape: object, status: int = 200) -> Response:
    """An answer of our own making: it has no cycles, and its texts may hold what UTF-8 cannot."""
    return Response(_ENCODER.encode(shape), status, content_type="application/json")


_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
