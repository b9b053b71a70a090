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
from webapp.generation.client import ClientGoneError
from webapp.generation.generation_stream import GenerationStream, KeepAlive, Notes, StreamEnd
from webapp.generation.openai_responses import OpenAIResponse
from webapp.generation.updates import AttributionUpdate
from webapp.problems import Problem, error_json, problem_of

__all__ = ["stream"]

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
        if notes:
            yield _line(self._shape.notes(Notes(notes)))
        for event in self._events:
            match event:
                case Piece():
                    yield from map(_line, self._shape.chunks(event))
                case AttributionUpdate():
                    self._finals -= event.final
                    if event.final and not self._finals:
                        self._last = event  # the end follows at once
                    else:
                        yield _line(self._shape.update(event))
                case Notes():
                    yield _line(self._shape.notes(event))
                case KeepAlive():
                    yield _KEEP_ALIVE
                case StreamEnd():
                    yield from self._end(event)
        yield _DONE

    def _end(self, end: StreamEnd) -> Iterator[bytes]:
        if self._last is not None:
            yield _line(self._shape.update(self._last, end))
        elif usage := self._shape.usage(end):
            yield _line(usage)
        if end.error is not None:
            problem = problem_of(end.error) or Problem("internal", "the generation failed")
            yield _line(error_json(problem))


def _line(value: dict[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), check_circular=False)
    return b"data: " + text.encode("utf-8", "replace") + b"\n\n"
