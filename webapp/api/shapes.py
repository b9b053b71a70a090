"""What the API's bodies share: strict models, code as a JSON string, and the published answer.

An answer is written by `attribution.reports.json_report` and described by its schema.json; the
OpenAPI takes that schema as it is, so that there is one description. Models of answers are never
filled, they only describe; the tests hold every real answer against them.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from attribution.reports.json_report import published_schema

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
    """The answer for one snippet; described by schema.json."""


class OccurrenceJson(Answer):
    """One place of a source, with its citations; described by schema.json."""


class IndexJson(Answer):
    """What the answer was checked against; described by schema.json."""


class SpanJson(Body):
    """Lines are 1-based and inclusive, offsets half-open and in bytes."""

    start_line: int = Field(ge=1)
    end_line: int = Field(ge=1)
    start: int = Field(ge=0, description="First byte.")
    end: int = Field(ge=0, description="The byte after the last.")


@cache
def _published() -> dict[str, dict[str, Any]]:
    """The schemas of schema.json as components of an OpenAPI document, by name."""
    schema = json.loads(published_schema())
    names = {f"#/$defs/{name}": _component(name) for name in schema["$defs"]}
    parts = {_component(name): part for name, part in schema.pop("$defs").items()}
    del schema["$schema"], schema["$id"]
    parts["IndexJson"] = schema["properties"]["index"]
    schema["properties"]["index"] = {"$ref": _COMPONENTS + "IndexJson"}
    parts["AttributionJson"] = schema
    return {name: _renamed(part, names) for name, part in parts.items()}


def _component(name: str) -> str:
    return name.capitalize() + "Json"


def _renamed(schema: Any, names: dict[str, str]) -> Any:
    if isinstance(schema, dict):
        return {
            key: _COMPONENTS + names[value]
            if key == "$ref" and value in names
            else _renamed(value, names)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_renamed(part, names) for part in schema]
    return schema


def describe_answers(api: APIBlueprint, *models: type[Answer]) -> None:
    """Have the blueprint's OpenAPI describe an answer as schema.json does.

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
    api.components_schemas.update(_published())


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
