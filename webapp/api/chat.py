"""POST /v1/chat/completions: the next message of a conversation, in OpenAI's shape."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, field_validator

from inference.interface import Chat, Message
from webapp.api import shapes
from webapp.api.generation import GeneratedChoice, GeneratedText, generate, responses
from webapp.api.generation_body import GenerationBody, only, unsupported
from webapp.api.tags import TAGS
from webapp.generation.openai_responses import ChatResponse

__all__ = ["ChatBody", "api"]

api = APIBlueprint("chat", __name__, abp_tags=[TAGS["generation"]])


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
            raise unsupported("messages may only contain text: no images, audio or files")
        if value is None:
            raise unsupported("a message needs a text: tool calls are not supported")
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
        None, ge=1, le=1 << 20, description="The newer name of max_tokens; takes precedence."
    )
    audio: Annotated[Any, only(None)] = None
    function_call: Annotated[Any, only(None, "none", "auto")] = None
    functions: Annotated[Any, only(None, [])] = None
    logprobs: Annotated[Any, only(None, False)] = None
    modalities: Annotated[Any, only(None, ["text"])] = None
    response_format: Annotated[Any, only(None, {"type": "text"})] = None
    tool_choice: Annotated[Any, only(None, "none", "auto")] = None
    tools: Annotated[Any, only(None, [])] = None
    top_logprobs: Annotated[Any, only(None, 0)] = None
    web_search_options: Annotated[Any, only(None)] = None

    def token_limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    def to_prompt(self) -> Chat:
        """The prompt as generators take it."""
        return Chat(tuple(message.message() for message in self.messages))


class AssistantMessage(shapes.ResponseModel):
    """The generated message."""

    role: Literal["assistant"]
    content: str


class ChatChoice(GeneratedChoice):
    """One answer."""

    message: AssistantMessage


class ChatCompletion(GeneratedText):
    """The response of /v1/chat/completions."""

    object: Literal["chat.completion"]
    choices: list[ChatChoice]


@api.post(
    "/v1/chat/completions",
    summary="Continue a conversation",
    responses=responses(ChatCompletion),
)
def chat(body: ChatBody) -> Response:
    """Return the text, streamed with `stream`, and its attribution in an extra field."""
    return generate(body, body.to_prompt(), ChatResponse)


shapes.describe_answers(api, ChatCompletion)
