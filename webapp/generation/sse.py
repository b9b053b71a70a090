"""A generation as server-sent events: `data: {json}` and an empty line each, then `[DONE]`.

Events have no names, because OpenAI's clients fail on them. While nothing comes, comments keep the
connection alive. Closing the body, as every server does when its client is gone, stops the
generation, even if no byte was sent yet.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import Any

from flask import Response

from inference.interface import Piece
from webapp.client import ClientGoneError
from webapp.generation.generation_stream import GenerationStream, KeepAlive, Notes, StreamEnd
from webapp.generation.openai_responses import OpenAIResponse
from webapp.generation.updates import AttributionUpdate
from webapp.problems import Problem, error_json, problem_of

__all__ = ["stream"]

_Chunk = dict[str, Any]
_KEEP_ALIVE = b": keep-alive\n\n"
_DONE = b"data: [DONE]\n\n"


def stream(
    events: GenerationStream, shape: OpenAIResponse, choices: int, notes: tuple[str, ...]
) -> Response:
    """The response that sends the events as they come.

    Args:
        choices: number of texts.
        notes: sent before those of the generation.
    """
    response = Response(_Body(events, shape, choices, notes), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy would hold it back
    return response


class _Body:
    """The bytes. Not a generator: closing one that never started would not stop the generation."""

    def __init__(
        self,
        events: GenerationStream,
        shape: OpenAIResponse,
        choices: int,
        notes: tuple[str, ...],
    ) -> None:
        self._events = events
        self._shape = shape
        self._finals = choices  # final updates still to come
        self._last: AttributionUpdate | None = None  # the last of them, sent with the usage
        self._lines = self._all(notes)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._lines)
        except ClientGoneError:
            raise StopIteration from None

    def close(self) -> None:
        """Stop the generation; the server always calls this."""
        self._events.close()
        self._lines.close()

    def _all(self, notes: tuple[str, ...]) -> Generator[bytes, None, None]:
        chunks = self._chunks(notes)
        if not self._shape.has_empty_chunks:
            chunks = _riding(chunks, self._shape)
        for chunk in chunks:
            yield _KEEP_ALIVE if chunk is None else _line(chunk)
        yield _DONE

    def _chunks(self, notes: tuple[str, ...]) -> Iterator[_Chunk | None]:
        """The chunks of all events; None is a keep-alive."""
        if notes:
            yield self._shape.notes(Notes(notes))
        for event in self._events:
            match event:
                case Piece():
                    yield from self._shape.chunks(event)
                case AttributionUpdate():
                    self._finals -= event.final
                    if event.final and not self._finals:
                        self._last = event  # the end follows at once
                    else:
                        yield self._shape.update(event)
                case Notes():
                    yield self._shape.notes(event)
                case KeepAlive():
                    yield None
                case StreamEnd():
                    yield from self._end(event)

    def _end(self, end: StreamEnd) -> Iterator[_Chunk]:
        if self._last is not None:
            yield self._shape.update(self._last, end)
        elif usage := self._shape.usage(end):
            yield usage
        if end.error is not None:
            problem = problem_of(end.error) or Problem("internal", "the generation failed")
            yield error_json(problem)


def _riding(
    chunks: Iterator[_Chunk | None], shape: OpenAIResponse
) -> Generator[_Chunk | None, None, None]:
    """The same chunks, but none with empty `choices`, on which the usual loop of clients fails.

    Notes ride on the next chunk, and an attribution on the one with the finish reason of its
    choice, which waits for it. The text does not wait.
    """
    notes: dict[str, list[str]] = {}
    ends: dict[int, _Chunk] = {}  # by choice
    for chunk in chunks:
        if chunk is None:
            yield None
        elif "attribution" in chunk:
            index = chunk["attribution_of"]["choice"]
            end = ends.pop(index, None) or shape.carrier(index)
            yield chunk | {"choices": end["choices"]} | notes
            notes = {}
        elif "notes" in chunk:
            notes = {"notes": notes.get("notes", []) + chunk["notes"]}
        elif "error" in chunk:
            yield from ends.values()
            ends = {}
            yield chunk | notes
            notes = {}
        elif chunk["choices"][0]["finish_reason"]:
            ends[chunk["choices"][0]["index"]] = chunk
        else:
            yield chunk | notes
            notes = {}
    for end in ends.values():  # those of a text that is not attributed
        yield end | notes
        notes = {}


def _line(value: _Chunk) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), check_circular=False)
    return b"data: " + text.encode("utf-8", "replace") + b"\n\n"
