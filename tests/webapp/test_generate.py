"""`whence generate`, with a generator whose text the test sets."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from attribution.errors import WhenceError
from inference.acceptance import Acceptances, recorded_name
from inference.errors import GenerationError, LicenseNotAcceptedError, RemoteError
from inference.interface import (
    Chat,
    Completion,
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
from inference.licenses import terms_of
from webapp.commands import generate as module
from webapp.commands.model_terms import accept_terms


class Said(Generation):
    def __init__(self, parts: list[str | GenerationError]) -> None:
        self.prompt_tokens = 3
        self.notes = ("a note",)
        self._parts = iter(parts)

    def __next__(self) -> Piece:
        part = next(self._parts)
        if isinstance(part, GenerationError):
            raise part
        return Piece(part, 1, 0, None if part else FinishReason.STOP)

    def cancel(self) -> None:
        """Nothing is under way."""


class Fake(Generator):
    def __init__(self, *parts: str | GenerationError) -> None:
        self.card = ModelCard("fake", "local", frozenset(Mode), None, ModelLicense("mit", None))
        self.parts = list(parts)
        self.asked: list[tuple[Prompt, Parameters]] = []

    def generate(self, prompt: Prompt, parameters: Parameters) -> Generation:
        self.asked.append((prompt, parameters))
        return Said(self.parts)

    def close(self) -> None:
        """Nothing is held."""


def run(
    monkeypatch: pytest.MonkeyPatch, fake: Fake, *arguments: str, stdin: str = ""
) -> tuple[int, str, str]:
    @contextmanager
    def open_model(*_: object) -> Iterator[Generator]:
        yield fake

    monkeypatch.setattr(module, "open_model", open_model)
    done = CliRunner().invoke(
        module.generate,
        [*arguments, "--no-attribution"],
        input=stdin,
        standalone_mode=False,
    )
    if done.exception is not None:
        raise done.exception
    return int(done.return_value), done.stdout, done.stderr


def test_text_streams_and_notes_go_to_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake("a", "b\n", "")
    code, out, err = run(monkeypatch, fake, "def f", "--max-tokens", "9", "--stop", "x")
    assert (code, out) == (0, "ab\n\n")
    assert err == "whence: a note\n"
    ((prompt, parameters),) = fake.asked
    assert prompt == Completion("def f")
    assert (parameters.max_tokens, parameters.stop) == (9, ("x",))


def test_lines_are_lines_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert module._shown("def f():\n    return 1\n") == "def f():\n    return 1\n"
    assert "\x1b" not in module._shown("a\x1b[31mb\n")


def test_json(monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = run(monkeypatch, Fake("a", "b", ""), "-", "--format", "json", stdin="é")
    said = json.loads(out)
    assert said["text"] == "ab"
    assert said["usage"] == {"prompt_tokens": 3, "completion_tokens": 3}
    assert said["finish_reason"] == "stop"
    assert said["attribution"] is None


def test_the_kinds_of_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake("")
    run(monkeypatch, fake, "a<FILL>b", "--infill")
    run(monkeypatch, fake, "hello", "--chat")
    first, second = (prompt for prompt, _ in fake.asked)
    assert first == Infill("a", "b")
    assert isinstance(second, Chat)
    with pytest.raises(WhenceError, match="<FILL> 0 times"):
        run(monkeypatch, fake, "ab", "--infill")
    for wrong in (["a", "--infill", "--chat"], [], ["a", "--file", "b"]):
        with pytest.raises(click.UsageError):
            run(monkeypatch, fake, *wrong)


def test_a_failure_is_reported_after_the_partial_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WhenceError, match=r"^broke$"):
        run(monkeypatch, Fake(RemoteError("broke")), "x")
    with pytest.raises(WhenceError, match="incomplete: broke"):
        run(monkeypatch, Fake("a", RemoteError("broke")), "x")


def test_an_index_is_needed_unless_nothing_is_attributed() -> None:
    done = CliRunner().invoke(module.generate, ["x"], env={"WHENCE_INDEX": None})
    assert done.exit_code == 2
    assert "--no-attribution" in done.output


def test_a_restricted_licence_is_shown_and_needs_acceptance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terms = terms_of("bigcode-openrail-m")
    card = ModelCard("star", "local", frozenset(Mode), None, terms)
    record = Acceptances(tmp_path, {})
    with pytest.raises(LicenseNotAcceptedError, match="--accept-model-license bigcode-openrail-m"):
        accept_terms(card, None, record, card.id)
    shown = capsys.readouterr().err
    assert all(sentence in shown for sentence in terms.restrictions)
    assert accept_terms(card, "bigcode-openrail-m", record, card.id).accepted is not None
    assert [line.how for line in record.all()] == ["flag"]


def test_an_accepted_model_of_a_folder_is_known_the_next_time(tmp_path: Path) -> None:
    terms = terms_of("bigcode-openrail-m")
    card = ModelCard("starcoder", "local", frozenset(), None, terms)
    record = Acceptances(tmp_path, {})
    spec = f"local:{tmp_path}/models/starcoder"
    assert accept_terms(card, terms.name, record, recorded_name(spec, card.id)).accepted is not None
    # as inference.opening does when it opens the model again
    assert record.known(spec.removeprefix("local:"), terms).accepted is not None
