"""Notebooks: the code of their cells, with its line numbers in the file."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.errors import InputError
from attribution.lexing.notebooks import NOTEBOOK, notebook_code
from attribution.types import Snippet
from audit.inputs.interface import InputOptions
from audit.inputs.opening import open_input
from audit.types import Item, LeftOut
from tests.support.audit_checkouts import Checkout

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


def as_one_string(content: bytes) -> bytes:
    """The same with each source as one string, after the cells' other keys are sorted last."""
    whole = json.loads(content)
    for cell in whole["cells"]:
        source = cell.pop("source")
        cell.update({"source": "".join(source), "cell_type": cell.pop("cell_type")})
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    "content",
    [
        notebook(None),
        notebook(0),
        notebook(7),
        json.dumps(json.loads(notebook(None)), separators=(",", ":")).encode(),
        as_one_string(notebook(1)),
        json.dumps(json.loads(as_one_string(notebook(1))), indent=2, ensure_ascii=False).encode(),
        notebook(1).replace(b'"source"', b'"\\u0073ource"'),
        notebook(1).replace(b'"output_type"', b'"value": NaN, "output_type"'),  # as of plotly
    ],
    ids=range(8),
)
def test_cells_are_read_whatever_the_white_space(content: bytes) -> None:
    code = notebook_code(Snippet(content, NOTEBOOK)).code
    assert len(code) == len(content)
    assert [line.rstrip() for line in code.decode().split("\n") if line.strip()] == [
        "import os", "def f(a):", '    return "é\\n" + a', "print(f('b'))",
    ]  # fmt: skip


def test_what_is_not_a_notebook_is_not_checked(tmp_path: Path) -> None:
    twice = notebook(1).replace(b'"source"', b'"source": ["hidden"], "source"')
    cells = notebook(1).replace(b'"metadata"', b'"cells": [], "metadata"')
    wide = '{"cells": [], "\u2265": 1}'.encode("utf-16")
    for content in (b"{}", b"no json", b"[" * 100_000, b'{"cells": [3]}', twice, cells, wide):
        with pytest.raises(InputError, match=r"not JSON with the cells of a notebook \(format 4\)"):
            notebook_code(Snippet(content, NOTEBOOK))
    (tmp_path / "a.ipynb").write_bytes(notebook(None))
    (tmp_path / "b.ipynb").write_bytes(b"{}")
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


@given(
    sources=st.lists(st.tuples(st.booleans(), st.text('ab\n\r\t"\\é\u2028\ud800')), max_size=5),
    layout=st.sampled_from((None, 0, 1, 3)),
    one_string=st.booleans(),
    ascii_only=st.booleans(),
)
def test_no_code_is_lost_in_any_layout(
    sources: list[tuple[bool, str]], layout: int | None, one_string: bool, ascii_only: bool
) -> None:
    cells = [
        {
            "source": text if one_string else text.splitlines(keepends=True),
            "cell_type": "code" if is_code else "markdown",
        }
        for is_code, text in sources
    ]
    text = json.dumps({"cells": cells}, indent=layout, ensure_ascii=ascii_only)
    content = text.encode("utf-8", "surrogatepass")
    code = notebook_code(Snippet(content, NOTEBOOK)).code
    assert len(code) == len(content)
    lines = [line.strip() for line in code.split(b"\n")]
    if one_string or layout is None:
        expected = [
            line.strip()
            for is_code, text in sources
            for line in text.encode("utf-8", "replace").split(b"\n")
            if is_code
        ]
        assert [line for line in lines if line] == [line for line in expected if line]
    whole = b"".join(text.encode("utf-8", "replace") for is_code, text in sources if is_code)
    assert b"".join(b"".join(lines).split()) == b"".join(whole.split())


def test_the_changed_lines_of_a_notebook_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = Checkout(tmp_path / "checkout")
    for name, indent in (("jupyter.ipynb", 1), ("one-line.ipynb", None)):
        checkout.write(name, notebook(indent))
    checkout.commit()
    for name, indent in (("jupyter.ipynb", 1), ("one-line.ipynb", None)):
        checkout.write(name, notebook(indent).replace(b"import os", b"import re"))
    monkeypatch.chdir(checkout.folder)
    for found in (
        list(open_input([], InputOptions(), since="HEAD").items()),
        list(diff_of(checkout, checkout.folder, monkeypatch)),
    ):
        of_line, of_all = found
        assert isinstance(of_line, Item)
        assert isinstance(of_all, Item)
        assert of_line.judged is not None
        [(start, end)] = of_line.judged
        assert of_line.code[start:end].strip() == b"import re"
        assert of_all.judged == ((0, len(of_all.code)),)
    alone = list(diff_of(checkout, tmp_path, monkeypatch))
    assert [(one.reason, one.wanted) for one in alone if isinstance(one, LeftOut)] == [
        ("notebook", True)
    ] * 2


def diff_of(
    checkout: Checkout, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Item | LeftOut]:
    """The items of the checkout's diff, read in a folder."""
    diff = checkout.git("diff").encode()
    with monkeypatch.context() as patched:
        patched.chdir(folder)
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(diff)))
        yield from open_input([], InputOptions(), diff=True).items()
