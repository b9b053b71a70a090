"""POST /v1/chat/completions: a conversation goes on; OpenAI's shape."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, field_validator

from inference.interface import Chat, Message
from webapp.api.generation import generate, responses
from webapp.api.generation_body import GenerationBody, refuse
from webapp.api.tags import TAGS
from webapp.generation.openai_answers import ChatAnswer

__all__ = ["ChatBody", "api"]

api = APIBlueprint("chat", __name__, abp_tags=[TAGS["generation"]])

# Kinds of answer that OpenAI's API knows and this one does not: what may be said of each without
# changing the answer.
_TOLERATED: dict[str, tuple[object, ...]] = {
    "audio": (None,),
    "function_call": (None, "none", "auto"),
    "functions": (None, []),
    "logprobs": (None, False),
    "modalities": (None, ["text"]),
    "response_format": (None, {"type": "text"}),
    "tool_choice": (None, "none", "auto"),
    "tools": (None, []),
    "top_logprobs": (None, 0),
    "web_search_options": (None,),
}


class TextPart(BaseModel):
    """A part of a message."""

    model_config = ConfigDict(strict=True)

    type: Literal["text"]
    text: str


class MessageBody(BaseModel):
    """One turn."""

    model_config = ConfigDict(strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @field_validator("content", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        parts = value if isinstance(value, list) else []
        if any(isinstance(part, dict) and part.get("type") != "text" for part in parts):
            raise refuse("a message may hold text only: images, audio and files are not supported")
        if value is None:
            raise refuse("a message needs a text: calls of tools are not supported")
        return value

    def message(self) -> Message:
        """The turn as generators take it."""
        text = self.content
        if not isinstance(text, str):
            text = "".join(part.text for part in text)
        return Message("system" if self.role == "developer" else self.role, text)


class ChatBody(GenerationBody):
    """A conversation."""

    messages: list[MessageBody] = Field(min_length=1)
    max_completion_tokens: int | None = Field(
        None, ge=1, le=1 << 20, description="The newer name of max_tokens, and stronger."
    )
    audio: Any = None
    function_call: Any = None
    functions: Any = None
    logprobs: Any = None
    modalities: Any = None
    response_format: Any = None
    tool_choice: Any = None
    tools: Any = None
    top_logprobs: Any = None
    web_search_options: Any = None

    @field_validator(*_TOLERATED)
    @classmethod
    def _unsupported(cls, value: Any, info: Any) -> Any:
        tolerated = _TOLERATED[info.field_name]
        if not any(type(value) is type(one) and value == one for one in tolerated):
            raise refuse(f"{info.field_name} is not supported: leave it out")
        return value

    def most_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    def asked(self) -> Chat:
        """The prompt as generators take it."""
        return Chat(tuple(one.message() for one in self.messages))


_CHOICE = {
    "message": {
        "type": "object",
        "required": ["role", "content"],
        "properties": {"role": {"const": "assistant"}, "content": {"type": "string"}},
    },
    "logprobs": {"type": "null"},
}


@api.post(
    "/v1/chat/completions",
    summary="Go on with a conversation",
    responses=responses("chat.completion", _CHOICE),
)
def chat(body: ChatBody) -> Response:
    """The assistant's text, streamed with `stream`, with its attribution in an extra field."""
    return generate(body, body.asked(), ChatAnswer)
