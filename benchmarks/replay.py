"""A model behind a real server that replays known texts, token by token at a fixed rate.

    gunicorn "benchmarks.replay:application()"

The prompt is the number of the text. After a generation, the times at which its tokens were
emitted are in a file. They are of the machine's clock, so another process can compare them with
its own.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from pathlib import Path

from flask_openapi3.openapi import OpenAPI

from inference.interface import (
    Completion,
    FinishReason,
    Generation,
    Generator,
    Mode,
    ModelCard,
    ModelLicense,
    Parameters,
    Piece,
    Prompt,
)
from webapp.app import create_app
from webapp.settings import ServeSettings

__all__ = ["application", "times_file", "tokens_of"]

# Roughly like a code model's tokenizer: 3 to 4 characters each.
_TOKEN = re.compile(r" ?\w{1,6}|\n[ \t]*|[ \t]+|[^\w\s]{1,2}|\s")


def tokens_of(text: str) -> list[str]:
    """The tokens of a text; joined, they are the text."""
    return _TOKEN.findall(text)


def times_file(folder: Path, text: int, seed: int) -> Path:
    """The file with the times of one generation: a list of seconds of the monotonic clock."""
    return folder / f"times-{text}-{seed}.json"


class _Replayed(Generation):
    def __init__(self, tokens: list[str], rate: float, times: Path) -> None:
        self.prompt_tokens: int | None = 1
        self.notes: tuple[str, ...] = ()
        self._tokens, self._interval, self._file = tokens, 1.0 / rate, times
        self._times: list[float] = []
        self._cancelled = threading.Event()
        self._ended = False
        self._began = time.monotonic()

    def __next__(self) -> Piece:
        at = len(self._times)
        if self._ended:
            raise StopIteration
        if at == len(self._tokens):
            self._ended = True
            self._file.write_text(json.dumps(self._times))
            return Piece("", 0, 0, FinishReason.STOP)
        due = self._began + (at + 1) * self._interval
        if self._cancelled.wait(max(due - time.monotonic(), 0.0)):
            raise StopIteration
        self._times.append(time.monotonic())
        return Piece(self._tokens[at], 1)

    def cancel(self) -> None:
        self._cancelled.set()


class Replay(Generator):
    """Answers the prompt "3" with the text number 3, counted from 0."""

    def __init__(self, texts: list[str], rate: float, folder: Path) -> None:
        modes = frozenset({Mode.COMPLETION})
        self.card = ModelCard("replay", "local", modes, None, ModelLicense("", None))
        self._texts = [tokens_of(text) for text in texts]
        self._rate, self._folder = rate, folder

    def generate(self, prompt: Prompt, parameters: Parameters) -> Generation:
        assert isinstance(prompt, Completion)
        text, seed = int(prompt.text), parameters.seed or 0
        return _Replayed(self._texts[text], self._rate, times_file(self._folder, text, seed))

    def close(self) -> None:
        """There is nothing to release."""


def application() -> OpenAPI:
    """The service; WHENCE_REPLAY names a JSON file {"index", "texts", "rate", "model"?}."""
    path = Path(os.environ["WHENCE_REPLAY"])
    plan = json.loads(path.read_text())
    models = (plan["model"],) if plan.get("model") else ()
    replay = Replay(plan["texts"], plan["rate"], path.parent)
    app = create_app(ServeSettings(index=plan["index"], models=models), [replay])
    app.extensions["whence"].warm_up()
    return app
