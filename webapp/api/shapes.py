"""Models that several routes of the API share.

`attribution.reports.json_report` writes the JSON of an attribution, and `answer_schema` describes
it. Models of responses only describe them in the OpenAPI and are not instantiated; the tests
validate every real response against them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from attribution.reports.answer_schema import answer_schemas

__all__ = [
    "AttributionJson",
    "Body",
    "Code",
    "IndexJson",
    "IndexName",
    "LanguageName",
    "MaxSources",
    "MinConfidence",
    "OccurrenceJson",
    "OptOutJson",
    "Query",
    "ResponseModel",
    "SpanJson",
    "Text",
    "Unicode",
    "describe_answers",
    "json_response",
    "problem_response",
    "unicode_text",
]

_COMPONENTS = "#/components/schemas/"
_MAX_NAME = 1000  # characters of a name or an id: a path is at most 4,096 bytes, and rarely that


class Body(BaseModel):
    """A request's body: no unknown fields, no conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """A request's parameters, which are converted from text."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ResponseModel(BaseModel):
    """The shape of a response. Later versions may add fields, which clients should ignore."""

    model_config = ConfigDict(extra="allow")


def unicode_text(text: str) -> str:
    """The text.

    Raises:
        ValueError: it contains a lone surrogate, which no encoding can write.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start} is the lone surrogate U+{ord(text[error.start]):04X}, which "
            "is not valid text; send pairs of surrogates, or the bytes as Latin-1"
        ) from None
    return text


# before pydantic's own check, whose message has no remedy
Unicode = BeforeValidator(lambda value: unicode_text(value) if isinstance(value, str) else value)
Text = Annotated[str, Field(max_length=_MAX_NAME), Unicode]
Code = Annotated[
    str,
    Unicode,
    Field(description="The text. Offsets in the answer are bytes of its UTF-8 form."),
]
LanguageName = Annotated[
    Text, Field(description="Linguist name or alias; null: by the ending of `name`.")
]
IndexName = Annotated[
    Text | None, Field(description="Name of one of several indexes; null: all of them.")
]
MaxSources = Annotated[
    int | None, Field(ge=1, le=100, description="Limit of the number of sources; default: 10.")
]
MinConfidence = Annotated[
    float | None,
    Field(ge=0, le=1, description="Omit sources below this confidence; 0 shows weak ones too."),
]


class AttributionJson(ResponseModel):
    """The answer for one snippet; described by answer_schema."""


class OccurrenceJson(ResponseModel):
    """One occurrence of a source, with its citations; described by answer_schema."""


class IndexJson(ResponseModel):
    """The index of an answer; described by answer_schema."""


class OptOutJson(ResponseModel):
    """An owner or a repository that is removed, or is to be."""

    kind: str = Field(description="owner or repository; a package is a repository.")
    value: str


class SpanJson(Body):
    """Lines are 1-based and inclusive, offsets half-open and in bytes."""

    start_line: int = Field(ge=1)
    end_line: int = Field(ge=1)
    start: int = Field(ge=0, description="First byte.")
    end: int = Field(ge=0, description="The byte after the last one.")


def describe_answers(api: APIBlueprint, *models: type[ResponseModel]) -> None:
    """Add the JSON Schemas of an answer to the blueprint's OpenAPI. Call it after the routes.

    flask-openapi3's own models do not support all of JSON Schema, but it accepts dictionaries.

    Args:
        models: more models, to which a route's `responses` refer by name.
    """
    for model in models:
        schema = model.model_json_schema(mode="serialization", ref_template=_COMPONENTS + "{model}")
        parts = {**schema.pop("$defs", {}), model.__name__: schema}
        api.components_schemas.update(parts)
    api.components_schemas.update(answer_schemas(_COMPONENTS + "{name}"))


def problem_response(description: str) -> dict[str, Any]:
    """The OpenAPI of an error that only some routes have; openapi.py has its schema."""
    schema = {"$ref": _COMPONENTS + "Problem"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


def json_response(shape: object, status: int = 200) -> Response:
    """A response with JSON, whose texts may contain lone surrogates."""
    return Response(_ENCODER.encode(shape), status, content_type="application/json")


_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
