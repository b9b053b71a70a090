"""POST /v1/completions: code goes on, or a gap in it is filled; OpenAI's shape."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, ValidationInfo, field_validator

from inference.interface import Completion, Infill, Prompt
from webapp.api.generation import generate, responses
from webapp.api.generation_body import GenerationBody, refuse
from webapp.api.tags import TAGS
from webapp.generation.openai_answers import CompletionAnswer

__all__ = ["CompletionBody", "api"]

api = APIBlueprint("completions", __name__, abp_tags=[TAGS["generation"]])


class CompletionBody(GenerationBody):
    """A text to go on with; with a suffix, a gap to fill."""

    prompt: str | list[str] = Field(
        description="One text, bare or in a list of one.",
        json_schema_extra={
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1},
            ]
        },
    )
    suffix: str | None = Field(None, description="What follows the gap that is to be filled.")
    echo: bool | None = Field(
        None, description="Not supported.", json_schema_extra={"enum": [False, None]}
    )
    best_of: int | None = Field(
        None, description="Not supported beyond n.", json_schema_extra={"enum": [1, None]}
    )
    logprobs: int | None = Field(
        None, description="Not supported.", json_schema_extra={"enum": [None]}
    )

    @field_validator("prompt", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        if isinstance(value, list) and len(value) != 1:
            raise refuse(
                f"a request takes one prompt, this has {len(value)} (or one as token ids, which "
                "are not supported): send each text in a request of its own"
            )
        if not isinstance(value, str) and not (isinstance(value, list) and _is_text(value[0])):
            raise refuse("the prompt must be a text: token ids and other values are not supported")
        return value

    @field_validator("echo")
    @classmethod
    def _no_echo(cls, value: bool | None) -> bool | None:
        if value:
            raise refuse("echo is not supported: put the prompt before the answer yourself")
        return value

    @field_validator("best_of")
    @classmethod
    def _no_choosing(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value not in (None, info.data.get("n") or 1):
            raise refuse("best_of is not supported: leave it out, or let it be equal to n")
        return value

    @field_validator("logprobs")
    @classmethod
    def _no_logprobs(cls, value: int | None) -> int | None:
        if value is not None:
            raise refuse("logprobs are not supported: leave them out")
        return value

    def asked(self) -> Prompt:
        """The prompt as generators take it."""
        text = self.prompt if isinstance(self.prompt, str) else self.prompt[0]
        return Infill(text, self.suffix) if self.suffix else Completion(text)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_CHOICE = {"text": {"type": "string"}, "logprobs": {"type": "null"}}


@api.post(
    "/v1/completions",
    summary="Go on with code, or fill a gap in it",
    responses=responses("text_completion", _CHOICE),
)
def complete(body: CompletionBody) -> Response:
    """The text, streamed with `stream`, with its attribution in an extra field."""
    return generate(body, body.asked(), CompletionAnswer)
