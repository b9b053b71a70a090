"""The JSON of OpenAI-compatible servers: request bodies, and the chunks of both of their APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inference.errors import RemoteError
from inference.interface import Chat, FinishReason, Infill, Parameters, Prompt

__all__ = ["Chunk", "ChunkChoice", "message_of", "read_chunk", "request_of"]

_SHOWN = 500  # characters of a server's message
_FIELDS = ("error", "message", "detail", "error_message")


@dataclass(frozen=True, slots=True)
class ChunkChoice:
    """What one chunk adds to one choice."""

    choice: int
    text: str
    finish_reason: FinishReason | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of a stream, or a whole answer."""

    choices: tuple[ChunkChoice, ...]
    prompt_tokens: int | None = None
    completion_tokens: int | None = None  # of all choices


def request_of(
    model: str, prompt: Prompt, parameters: Parameters, *, usage: bool
) -> tuple[str, dict[str, Any]]:
    """The path below /v1 and the body, without parameters that have OpenAI's default value."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": parameters.max_tokens,
        "temperature": parameters.temperature,
        "stream": True,
    }
    if usage:
        body["stream_options"] = {"include_usage": True}
    for name, default in (
        ("top_p", 1.0), ("top_k", None), ("seed", None), ("n", 1), ("stop", ()),
        ("frequency_penalty", 0.0), ("presence_penalty", 0.0),
    ):  # fmt: skip
        if (value := getattr(parameters, name)) != default:
            body[name] = value
    if isinstance(prompt, Chat):
        messages = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
        return "chat/completions", body | {"messages": messages}
    if isinstance(prompt, Infill):
        return "completions", body | {"prompt": prompt.prefix, "suffix": prompt.suffix}
    return "completions", body | {"prompt": prompt.text}


def read_chunk(data: str) -> Chunk:
    """A chunk of either API, streamed or whole.

    Raises:
        RemoteError: it is an error, or not what a server should send.
    """
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RemoteError(f"the server sent invalid JSON: {data[:80]!r}") from error
    if not isinstance(chunk, dict):
        raise RemoteError(f"the server did not send a JSON object: {data[:80]!r}")
    if chunk.get("error") or chunk.get("object") == "error":
        raise RemoteError(f"the server failed in the middle of its answer: {message_of(chunk)}")
    choices = chunk.get("choices")
    usage = chunk.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Chunk(
        tuple(_choices(choices if isinstance(choices, list) else [])),
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
    )


def message_of(error: object) -> str:
    """The message of an error, in any of the shapes that servers use."""
    while True:
        if isinstance(error, list) and error:
            error = error[0]
            error = error.get("msg", error) if isinstance(error, dict) else error
        elif isinstance(error, dict) and any(map(error.get, _FIELDS)):
            error = next(filter(None, map(error.get, _FIELDS)))
        else:
            break
    return " ".join(str(error).split())[:_SHOWN] if error else "no reason given"


def _choices(choices: list[Any]) -> Iterator[ChunkChoice]:
    for choice in choices:
        if not isinstance(choice, dict):
            continue
        message = choice.get("delta") or choice.get("message") or {}
        text = choice.get("text")
        if text is None and isinstance(message, dict):
            text = message.get("content")
        reason = choice.get("finish_reason")
        ended = None
        if reason:
            ended = FinishReason.LENGTH if reason == "length" else FinishReason.STOP
        text = text if isinstance(text, str) else ""
        yield ChunkChoice(_count(choice.get("index")) or 0, text, ended)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
