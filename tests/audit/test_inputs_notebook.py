"""Notebooks: the code of their cells, with its line numbers in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attribution.errors import InputError
from attribution.lexing.notebooks import NOTEBOOK, notebook_code
from attribution.types import Snippet
from audit.inputs.interface import InputOptions
from audit.inputs.opening import open_input
from audit.types import Item, LeftOut

CELLS = [
    ("markdown", "# A title\nx = 1"),
    ("code", '%matplotlib inline\nimport os\n\ndef f(a):\n    return "é\\n" + a'),
    ("code", ""),
    ("code", "print(f('b'))"),
]


def notebook(indent: int | None) -> bytes:
    cells = []
    for kind, text in CELLS:
        cell: dict[str, object] = {"cell_type": kind, "metadata": {}}
        if kind == "code":
            out = {"name": "stdout", "output_type": "stream", "text": ["import not_code\n"]}
            cell |= {"execution_count": None, "outputs": [out]}
        cells.append(cell | {"source": text.splitlines(keepends=True)})
    language = {"language_info": {"name": "python"}}
    whole = {"cells": cells, "metadata": language, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=indent, sort_keys=True).encode()


def test_code_keeps_its_line_numbers() -> None:
    content = notebook(1)
    found = notebook_code(Snippet(content, NOTEBOOK, "a.ipynb"))
    code = found.code
    assert (found.language, found.name) == ("python", "a.ipynb")
    assert [len(line) for line in code.split(b"\n")] == [len(line) for line in content.split(b"\n")]
    written = [line.rstrip() for line in code.decode().split("\n") if line.strip()]
    assert written == ["import os", "def f(a):", '    return "é\\n" + a', "print(f('b'))"]
    at = [line.rstrip() for line in code.split(b"\n")].index(b"import os")
    assert b"import os" in content.split(b"\n")[at]


def test_other_layouts_are_not_checked(tmp_path: Path) -> None:
    for content in (notebook(None), b"{}", b"no json", b"[" * 100_000):
        with pytest.raises(InputError, match="not formatted as Jupyter does"):
            notebook_code(Snippet(content, NOTEBOOK))
    (tmp_path / "a.ipynb").write_bytes(notebook(1))
    (tmp_path / "b.ipynb").write_bytes(notebook(None))
    first, second = open_input([str(tmp_path)], InputOptions()).items()
    assert isinstance(first, Item)
    assert first.language == "python"
    assert isinstance(second, LeftOut)
    assert second.wanted


def test_marks_within_a_line_do_not_end_it() -> None:
    text = "a = 'x\x0cy'\nb = 'x\u2028y'\nc = 3"
    cell = {"cell_type": "code", "source": text.splitlines(keepends=True)}
    content = json.dumps({"cells": [cell]}, indent=1).encode()
    found = notebook_code(Snippet(content, NOTEBOOK))
    assert b"c = 3" in [line.rstrip() for line in found.code.split(b"\n")]
