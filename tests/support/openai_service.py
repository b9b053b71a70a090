"""Generators with fixed texts, and a real server around them, for tests of OpenAI's routes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask_openapi3.openapi import OpenAPI
from werkzeug.serving import make_server

from inference.errors import GenerationError
from inference.interface import (
    Chat,
    FinishReason,
    Generation,
    Generator,
    Infill,
    Mode,
    ModelCard,
    ModelLicense,
    Parameters,
    Piece,
    Prompt,
)
from tests.support.webapp_client import Service, make_service


def pieces_of(text: str, size: int = 6) -> list[str]:
    """The text in pieces of some characters, as a model would write it."""
    return [text[at : at + size] for at in range(0, len(text), size)]


class Recital(Generation):
    """Writes given texts, a piece of each in turn."""

    def __init__(
        self,
        texts: Sequence[Sequence[str]],
        parameters: Parameters,
        pause: float,
        fail_after: int | None,
        error: Exception | None,
    ) -> None:
        self.prompt_tokens: int | None = 7
        self.notes: tuple[str, ...] = ()
        self.cancelled = threading.Event()
        self.given = 0  # pieces
        self._pause = pause
        self._fail_after = fail_after
        self._error = error
        self._pieces = self._all(texts, parameters.max_tokens)

    def _all(self, texts: Sequence[Sequence[str]], most: int) -> Iterator[Piece]:
        longest = max(len(text) for text in texts)
        for at in range(longest + 1):
            for choice, text in enumerate(texts):
                if at < min(len(text), most):
                    yield Piece(text[at], 1, choice)
                elif at == min(len(text), most):
                    cut = len(text) > most
                    why = FinishReason.LENGTH if cut else FinishReason.STOP
                    yield Piece("", 0, choice, why)

    def recite(self, pieces: Iterable[Piece]) -> None:
        """Return these pieces instead."""
        self._pieces = iter(pieces)

    def __next__(self) -> Piece:
        if self._error is not None and self.given == self._fail_after:
            raise self._error
        if self.cancelled.wait(self._pause):
            raise StopIteration
        piece = next(self._pieces)
        self.given += 1
        return piece

    def cancel(self) -> None:
        self.cancelled.set()


class Reciter(Generator):
    """A model that answers every prompt with the same texts, one for each choice in turn."""

    def __init__(
        self,
        *texts: str,
        id: str = "reciter",  # noqa: A002  (the card's field)
        pause: float = 0.0,
        size: int = 6,
        fail_after: int | None = None,
        error: Exception | None = None,
        refuse: GenerationError | None = None,
        notes: tuple[str, ...] = (),
        prompt_tokens: int | None = 7,
        license: ModelLicense | None = None,  # noqa: A002  (the card's field)
    ) -> None:
        self.card = ModelCard(
            id,
            "local",
            frozenset(Mode),
            2048,
            license or ModelLicense("apache-2.0", None),
            "It recites.",
            ("def parse",),
        )
        self.asked: list[tuple[Prompt, Parameters]] = []
        self.under_way: list[Recital] = []
        self._texts = [pieces_of(text, size) for text in texts]
        self._pause, self._fail_after, self._error = pause, fail_after, error
        self._refuse, self._notes, self._prompt_tokens = refuse, notes, prompt_tokens

    def generate(self, prompt: Prompt, parameters: Parameters) -> Recital:
        self.asked.append((prompt, parameters))
        if self._refuse is not None:
            raise self._refuse
        texts = [self._texts[at % len(self._texts)] for at in range(parameters.n)]
        made = Recital(texts, parameters, self._pause, self._fail_after, self._error)
        made.notes, made.prompt_tokens = self._notes, self._prompt_tokens
        self.under_way.append(made)
        return made

    def close(self) -> None:
        for one in self.under_way:
            one.cancel()


@contextmanager
def serving(app: OpenAPI) -> Iterator[str]:
    """Serve the app on a free port of this machine; yields the address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def service_at(
    tmp_path: Path, *generators: Generator, **settings: Any
) -> Iterator[tuple[Service, str]]:
    """A service over the small index with these models, and its address."""
    made = make_service(tmp_path, generators=generators, **settings)
    made.app.testing = False  # errors are answered, as for users
    with serving(made.app) as address:
        yield made, address


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it became true in time."""
    limit = time.monotonic() + seconds
    while not true():
        if time.monotonic() > limit:
            return False
        time.sleep(0.005)
    return True


def said(prompt: Prompt) -> str:
    """The prompt's own text."""
    if isinstance(prompt, Chat):
        return prompt.messages[-1].content
    return prompt.prefix if isinstance(prompt, Infill) else prompt.text
