"""A generation as server-sent events: `data: {json}` and an empty line each, then `[DONE]`.

Events have no names: OpenAI's clients break at them. While nothing comes a comment says that the
connection lives. Closing the body, as every server does when its client is gone, stops the
generation, even one of which no byte was sent.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import Any

from flask import Response

from inference.interface import Piece
from webapp.generation.client import ClientGoneError
from webapp.generation.generating import Ended, Notes, Quiet, Writing
from webapp.generation.openai_answers import Answer
from webapp.generation.states import State
from webapp.problems import Problem, error_json, problem_of

__all__ = ["stream"]

_ALIVE = b": keep-alive\n\n"
_DONE = b"data: [DONE]\n\n"


def stream(writing: Writing, answer: Answer, choices: int, notes: tuple[str, ...]) -> Response:
    """The response that sends the events as they come.

    Args:
        choices: texts that are written.
        notes: said before anything of the generation's own.
    """
    response = Response(_Body(writing, answer, choices, notes), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy would hold it back
    return response


class _Body:
    """The bytes; an iterator of its own, since a generator not begun is not told of its close."""

    def __init__(
        self, writing: Writing, answer: Answer, choices: int, notes: tuple[str, ...]
    ) -> None:
        self._writing = writing
        self._answer = answer
        self._finals = choices  # final states that are still to come
        self._last: State | None = None  # the last of them, which tells the usage too
        self._lines = self._all(notes)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._lines)
        except ClientGoneError:
            raise StopIteration from None

    def close(self) -> None:
        """Stop the generation; the server calls it in any case."""
        self._writing.close()
        self._lines.close()

    def _all(self, notes: tuple[str, ...]) -> Generator[bytes, None, None]:
        if notes:
            yield _line(self._answer.notes(Notes(notes)))
        for event in self._writing:
            match event:
                case Piece():
                    yield from map(_line, self._answer.chunks(event))
                case State():
                    yield from self._state(event)
                case Notes():
                    yield _line(self._answer.notes(event))
                case Quiet():
                    yield _ALIVE
                case Ended():
                    yield from self._end(event)
        yield _DONE

    def _state(self, state: State) -> Iterator[bytes]:
        self._finals -= state.final
        if state.final and not self._finals:
            self._last = state  # the end follows at once
        else:
            yield _line(self._answer.state(state))

    def _end(self, ended: Ended) -> Iterator[bytes]:
        if self._last is not None:
            yield _line(self._answer.state(self._last, ended))
        elif usage := self._answer.usage(ended):
            yield _line(usage)
        if ended.error is not None:
            problem = problem_of(ended.error) or Problem("internal", "the generation failed")
            yield _line(error_json(problem))


def _line(value: dict[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), check_circular=False)
    return b"data: " + text.encode("utf-8", "replace") + b"\n\n"
