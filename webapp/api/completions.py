"""POST /v1/completions: continue code, or fill a gap in it, in OpenAI's shape."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, ValidationInfo, field_validator

from inference.interface import Completion, Infill, Prompt
from webapp.api import shapes
from webapp.api.generation import GeneratedChoice, GeneratedText, generate, responses
from webapp.api.generation_body import GenerationBody, only, unsupported
from webapp.api.tags import TAGS
from webapp.generation.openai_responses import CompletionResponse

__all__ = ["CompletionBody", "api"]

api = APIBlueprint("completions", __name__, abp_tags=[TAGS["generation"]])


class CompletionBody(GenerationBody):
    """A text to continue; with a suffix, a gap to fill."""

    prompt: str | list[str] = Field(
        description="One text, or a list of one.",
        json_schema_extra={
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1},
            ]
        },
    )
    suffix: str | None = Field(None, description="The text after the gap to fill.")
    echo: Annotated[bool | None, only(False, None)] = Field(
        None, description="Not supported.", json_schema_extra={"enum": [False, None]}
    )
    best_of: int | None = Field(
        None, description="Not supported, unless equal to n.", json_schema_extra={"enum": [1, None]}
    )
    logprobs: Annotated[int | None, only(None)] = Field(
        None, description="Not supported.", json_schema_extra={"enum": [None]}
    )

    @field_validator("prompt", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        if isinstance(value, list) and len(value) != 1:
            raise unsupported(
                f"a request takes one prompt, and this has {len(value)} (or one as token ids, "
                "which are not supported): send one request for each text"
            )
        if not isinstance(value, str) and not (
            isinstance(value, list) and isinstance(value[0], str)
        ):
            raise unsupported("the prompt must be a text: token ids are not supported")
        return value

    @field_validator("best_of")
    @classmethod
    def _no_choosing(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value not in (None, info.data.get("n") or 1):
            raise unsupported("best_of is not supported: leave it out, or set it to n")
        return value

    def to_prompt(self) -> Prompt:
        """The prompt as generators take it."""
        text = self.prompt if isinstance(self.prompt, str) else self.prompt[0]
        return Infill(text, self.suffix) if self.suffix else Completion(text)


class CompletionChoice(GeneratedChoice):
    """One continuation, or text for the gap."""

    text: str


class TextCompletion(GeneratedText):
    """The response of /v1/completions."""

    object: Literal["text_completion"]
    choices: list[CompletionChoice]


@api.post(
    "/v1/completions",
    summary="Continue code, or fill a gap in it",
    responses=responses(TextCompletion),
)
def complete(body: CompletionBody) -> Response:
    """Return the text, streamed with `stream`, and its attribution in an extra field."""
    return generate(body, body.to_prompt(), CompletionResponse)


shapes.describe_answers(api, TextCompletion)
