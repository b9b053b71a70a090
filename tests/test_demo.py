"""The demonstration, on a corpus of one package; and its variants."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

import demo.__main__
from attribution.heartbeat import repeated
from attribution.module_path import protect_workers
from demo import model_setup
from demo.variants import cut_function, edited, renamed
from inference.errors import ModelError
from inference.training import Recipe
from webapp.settings import ServeSettings

CODE = '''def walk(tree, seen=None):
    """All leaves.

    Twice if met twice.
    """
    seen = seen or set()

    for node in tree.children:
        if node.leaf:
            yield node
        else:
            seen.add(node)
            yield from walk(node, seen)
    return len(seen)
'''


def test_cut_function() -> None:
    assert cut_function(f"import os\n\n\n{CODE}\n\nx = 1\n", "walk") == CODE
    with pytest.raises(LookupError):
        cut_function(CODE, "run")


def test_renamed_keeps_shape_keywords_and_builtins_alone() -> None:
    code = renamed(CODE)
    assert _shape(code) == _shape(CODE)
    for name in ("walk", "tree", "node", "children"):
        assert not re.search(rf"\b{name}\b", code)
    assert "set()" in code
    assert "len(" in code
    assert len(set(re.findall(r"\w+", code))) == len(set(re.findall(r"\w+", CODE)))


def test_edited_is_valid_and_keeps_most_lines() -> None:
    code = edited(CODE)
    ast.parse(code)
    assert "All leaves" not in code
    assert 2 <= code.count("log.debug") <= 4
    kept = [line for line in CODE.splitlines() if line in code.splitlines()]
    assert len(kept) >= 9


def _shape(code: str) -> list[type[ast.AST]]:
    return [type(node) for node in ast.walk(ast.parse(code))]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run the demonstration in, on a corpus of one package and a tiny model."""
    packages = tmp_path / "site-packages"
    for file in importlib.metadata.files("click") or ():
        if file.suffix != ".pyc" and ".." not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), packages / file)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("WHENCE_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(demo.__main__, "corpus", lambda: [str(packages)])
    return tmp_path


def test_the_demonstration_traces_every_variant(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    tiny = Recipe(vocabulary=400, width=16, layers=1, heads=2, context=16, steps=3)
    monkeypatch.setattr("inference.demo_model.Recipe", lambda: tiny)
    # so small a model writes nonsense, and it is only tested that it is used
    monkeypatch.setattr(demo.__main__, "GENERATE", ("--no-attribution", "--max-tokens", "2"))
    monkeypatch.setattr(model_setup, "start", _set_up_here)
    for _ in range(2):  # the second time on the index made the first time
        assert demo.__main__.main() == 0
        out = capfd.readouterr().out
        verdicts = re.findall(r"/(\w+)\.py: ([A-Z ]+), \d+% sure\n", out)
        assert [name for name, _ in verdicts] == ["renamed", "edited"]
        assert out.count("licence  BSD-3-Clause (read from: ") == 2
        assert out.count(f"cite     https://inspector.pypi.io/project/click/{_version()}/") == 2
        assert "$ whence generate " in out
        assert "The page has" not in out
        assert "\x1b" not in out
    assert (place / ".whence/demo-model-progress").read_text() == "ready"
    assert list(place.glob("cache/demo-model/*/model.safetensors"))


class _Ended:
    """A process that has ended."""

    def __init__(self, code: int) -> None:
        self.code = code

    def wait(self) -> int:
        return self.code


def _set_up_here(file: Path) -> _Ended:
    return _Ended(model_setup.main([str(file)]))


@pytest.mark.usefixtures("place")
def test_the_page_is_served_while_the_model_is_set_up(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    served = []

    def run(settings: ServeSettings, listener: socket.socket, show: str | None) -> None:
        served.append((settings.models, show, listener.getsockname()[0]))
        assert settings.prepare is not None
        listener.close()
        seen: list[str] = []
        with pytest.raises(ModelError, match="it was interrupted; run `make demo`"):
            settings.prepare(seen.append)
        assert seen[:1] == ["starting"]

    def start(file: Path) -> subprocess.Popen[bytes]:
        return model_setup.watched(
            [sys.executable, "-c", "import time, sys; time.sleep(1); sys.exit(9)"], file
        )

    monkeypatch.setattr(model_setup, "start", start)
    monkeypatch.setattr(demo.__main__, "run", run)
    monkeypatch.setattr(demo.__main__, "has_browser", lambda: True)
    assert demo.__main__.main(["--no-open"]) == 0
    assert demo.__main__.main() == 0
    assert [show for _, show, _ in served] == [None, "/check"]
    out = capfd.readouterr().out
    assert "generate 'def shorten(text, width, **kwargs):' --index .whence/demo\n" in out
    assert demo.__main__.main(["--fast"]) == 2


def test_the_model_is_set_up_after_workers_were_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WHENCE_CACHE_HOME", str(tmp_path / "cache"))
    protect_workers()  # as `whence index` does
    file = tmp_path / "progress"
    process = model_setup.start(file)
    try:
        texts = iter(partial(file.read_text, "utf-8"), "it is being trained")
        for text in texts:
            assert not text.startswith("failed"), text
            time.sleep(0.05)
    finally:
        process.terminate()
        process.wait()


def test_the_playground_waits_for_the_model(tmp_path: Path) -> None:
    file = tmp_path / "progress"
    progress = model_setup.Progress(file)
    progress.say("half way")
    threading.Timer(1.0, progress.say, ["ready"]).start()
    seen: list[str] = []
    model_setup.wait_until_ready(file, seen.append)
    assert set(seen) == {"half way"}


def test_progress_is_shown_while_nothing_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = model_setup.Progress(tmp_path / "progress")
    progress.say("unpacking")
    with repeated(progress.show, 0.01):
        time.sleep(0.5)
    assert len(re.findall(r"Model, after \d+ s: unpacking\n", capsys.readouterr().out)) > 2


def _version() -> str:
    return importlib.metadata.version("click")
