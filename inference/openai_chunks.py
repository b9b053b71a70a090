"""What an OpenAI-compatible server's JSON says: requests in, chunks out, for both of its APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inference.errors import RemoteError
from inference.interface import Chat, FinishReason, Infill, Parameters, Prompt

__all__ = ["Chunk", "Part", "message_of", "read_chunk", "request_of"]

_SHOWN = 500  # characters of a server's message


@dataclass(frozen=True, slots=True)
class Part:
    """What one chunk adds to one choice."""

    choice: int
    text: str
    finish_reason: FinishReason | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of a stream, or a whole answer."""

    parts: tuple[Part, ...]
    prompt_tokens: int | None = None
    completion_tokens: int | None = None  # of all choices


def request_of(
    model: str, prompt: Prompt, parameters: Parameters, *, usage: bool
) -> tuple[str, dict[str, Any]]:
    """The path below /v1 and the body. What has OpenAI's default value is left to the server."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": parameters.max_tokens,
        "temperature": parameters.temperature,
        "stream": True,
    }
    if usage:
        body["stream_options"] = {"include_usage": True}
    for name, usual in (
        ("top_p", 1.0), ("top_k", None), ("seed", None), ("n", 1),
        ("frequency_penalty", 0.0), ("presence_penalty", 0.0),
    ):  # fmt: skip
        if getattr(parameters, name) != usual:
            body[name] = getattr(parameters, name)
    if parameters.stop:
        body["stop"] = list(parameters.stop)
    if isinstance(prompt, Chat):
        messages = [{"role": one.role, "content": one.content} for one in prompt.messages]
        return "chat/completions", body | {"messages": messages}
    if isinstance(prompt, Infill):
        return "completions", body | {"prompt": prompt.prefix, "suffix": prompt.suffix}
    return "completions", body | {"prompt": prompt.text}


def read_chunk(data: str) -> Chunk:
    """A chunk of either API, streamed or whole.

    Raises:
        RemoteError: it is an error, or nothing that a server should send.
    """
    try:
        said = json.loads(data)
    except ValueError as error:
        raise RemoteError(f"the server sent something that is no JSON: {data[:80]!r}") from error
    if not isinstance(said, dict):
        raise RemoteError(f"the server sent no JSON object: {data[:80]!r}")
    if said.get("error") or said.get("object") == "error":
        raise RemoteError(f"the server failed in the middle of its answer: {message_of(said)}")
    choices = said.get("choices")
    usage = said.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Chunk(
        tuple(_parts(choices if isinstance(choices, list) else [])),
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
    )


def message_of(said: object) -> str:
    """The message of an error in any of the shapes in which servers send it."""
    if isinstance(said, dict):
        for field in ("error", "message", "detail", "error_message"):
            if said.get(field):
                return message_of(said[field])
    if isinstance(said, list) and said:
        return message_of(said[0].get("msg", said[0]) if isinstance(said[0], dict) else said[0])
    return " ".join(str(said).split())[:_SHOWN] if said else "it does not say why"


def _parts(choices: list[Any]) -> Iterator[Part]:
    for choice in choices:
        if not isinstance(choice, dict):
            continue
        held = choice.get("delta") or choice.get("message") or {}
        text = choice.get("text")
        if text is None and isinstance(held, dict):
            text = held.get("content")
        reason = choice.get("finish_reason")
        ended = None
        if reason:
            ended = FinishReason.LENGTH if reason == "length" else FinishReason.STOP
        yield Part(_count(choice.get("index")) or 0, text if isinstance(text, str) else "", ended)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
