"""The answers of model APIs as tables hold them: whole responses, and the output of a batch.

A line of OpenAI's batch output is {"custom_id", "response": {"status_code", "body"}, "error"}. The
body is the response to one request: of chat completions, completions or responses. Other servers
write the same. https://platform.openai.com/docs/guides/batch
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["answers_of", "failure_of", "text_of"]


def _is_batch_line(row: Mapping[str, Any]) -> bool:
    """Whether a row is a line of a batch's output."""
    return "custom_id" in row and "response" in row


def failure_of(row: Mapping[str, Any]) -> str | None:
    """Why the request of a batch's line failed; None if it did not, or the row is not one."""
    if not _is_batch_line(row):
        return None
    response = row["response"]
    error = row.get("error")
    code = response.get("status_code") if isinstance(response, Mapping) else None
    body = response.get("body") if isinstance(response, Mapping) else None
    if not error and isinstance(body, Mapping):
        error = body.get("error")
    if not error and code in (None, 200):
        return None if response is not None else "the request has no response"
    said = [f"status {code}"] if code not in (None, 200) else []
    if isinstance(error, Mapping):
        said += (str(error[key]) for key in ("code", "message") if error.get(key))
    elif error:
        said.append(str(error))
    return f"the request failed: {': '.join(said) or error}"


def answers_of(value: object) -> list[str | None] | None:
    """The texts of all choices in a response; None if it is not a response.

    The text of a choice is None if it has none, such as a call of a tool.
    """
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("body"), Mapping):
        return answers_of(value["body"])
    if isinstance(value.get("choices"), list):
        return [text_of(choice) for choice in value["choices"]]
    if isinstance(value.get("output"), list):
        parts = (
            text_of(item)
            for item in value["output"]
            if isinstance(item, Mapping) and item.get("type", "message") == "message"
        )
        return ["\n".join(filter(None, parts)) or None]
    return None


def text_of(value: object) -> str | None:
    """The text of a cell: a string, or the object of a chat interface that contains one."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        inner = (value.get(key) for key in ("content", "text", "message"))
        return next((text for part in inner if (text := text_of(part)) is not None), None)
    if isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
        return "\n".join(_texts(value)) or None
    return None


def _texts(parts: list[Any]) -> Iterator[str]:
    """The texts of messages, or of the parts of one."""
    for part in parts:
        if "role" in part or str(part.get("type", "")).endswith("text"):
            text = text_of(part)
            if text is not None:
                yield text
