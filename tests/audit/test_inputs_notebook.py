"""Notebooks: the code of their cells, with its line numbers in the file."""

from __future__ import annotations

import json
from pathlib import Path

from audit.inputs.interface import InputOptions
from audit.inputs.notebook import code_of_notebook
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
    found = code_of_notebook(content)
    assert found is not None
    code, language = found
    assert language == "python"
    assert code.count(b"\n") == content.count(b"\n")
    written = [line for line in code.decode().split("\n") if line]
    assert written == ["import os", "def f(a):", '    return "é\\n" + a', "print(f('b'))"]
    at = code.decode().split("\n").index("import os")
    assert b"import os" in content.split(b"\n")[at]


def test_other_layouts_are_not_checked(tmp_path: Path) -> None:
    for content in (notebook(None), b"{}", b"no json", b"[" * 100_000):
        assert code_of_notebook(content) is None
    (tmp_path / "a.ipynb").write_bytes(notebook(1))
    (tmp_path / "b.ipynb").write_bytes(notebook(None))
    first, second = open_input([str(tmp_path)], InputOptions()).items()
    assert isinstance(first, Item)
    assert first.language == "python"
    assert isinstance(second, LeftOut)
    assert second.wanted
