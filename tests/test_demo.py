"""The demonstration, on a corpus of one package; and its variants."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
from pathlib import Path

import pytest

import demo.__main__
from demo.variants import cut_function, edited, reindented, renamed
from inference.training import Recipe

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


def test_reindented_is_the_same_program() -> None:
    code = reindented(CODE)
    assert "\n  for node in tree.children:\n    if node.leaf:\n      yield node\n" in code
    assert "\n\n" not in code
    assert _shape(code) == _shape(CODE)


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


def test_the_demonstration_traces_every_variant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    packages = tmp_path / "site-packages"
    for file in importlib.metadata.files("click") or ():
        if file.suffix != ".pyc" and ".." not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), packages / file)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(demo.__main__, "corpus", lambda: [str(packages)])
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("WHENCE_CACHE_HOME", "")  # main sets it; undone at the end of the test
    tiny = Recipe(vocabulary=400, width=16, layers=1, heads=2, context=16, steps=3)
    monkeypatch.setattr("inference.demo_model.Recipe", lambda: tiny)
    # so small a model writes nonsense, and it is only tested that it is used
    monkeypatch.setattr(demo.__main__, "GENERATE", ("--no-attribution", "--max-tokens", "2"))
    for _ in range(2):  # the second time on the index made the first time
        assert demo.__main__.main() == 0
        out = capfd.readouterr().out
        verdicts = re.findall(r"/(\w+)\.py: ([A-Z ]+), \d+% sure\n", out)
        assert [name for name, _ in verdicts] == ["renamed", "edited"]
        assert out.count("licence  BSD-3-Clause (read from: ") == 2
        assert out.count(f"cite     https://pypi.org/project/click/{_version()}/") == 2
        assert "$ whence generate " in out
        assert "$ whence serve" not in out
        assert "\x1b" not in out


def _version() -> str:
    return importlib.metadata.version("click")
