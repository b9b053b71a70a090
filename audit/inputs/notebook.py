"""Jupyter notebooks: their code, with each line at its line number in the file.

nbformat writes each line of a cell as a JSON string on its own line. So a line of code keeps its
line number and all other lines become empty, and the lines of a finding are those that an editor
shows. Lines that start with `%`, `!` or `?` are commands for IPython, not code.
"""

from __future__ import annotations

import json
import re

from attribution.lexing.languages import canonical_language

__all__ = ["NOTEBOOK", "code_of_notebook"]

NOTEBOOK = "jupyter notebook"
_STRING = re.compile(rb'^\s*("(?:[^"\\]|\\.)*"),?\s*$')
_CELL = re.compile(rb'^\s*"cell_type":\s*"(\w+)",?\s*$')
_SOURCE = re.compile(rb'^\s*"source":\s*\[\s*$')
_END = re.compile(rb"^\s*\],?\s*$")
_MAGIC = ("%", "!", "?")


def code_of_notebook(content: bytes) -> tuple[bytes, str | None] | None:
    """The code of all code cells and its language; None unless each line is on its own line."""
    try:
        notebook = json.loads(content)
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        expected = sum(len("".join(cell["source"]).splitlines()) for cell in cells)
        language = notebook.get("metadata", {}).get("language_info", {}).get("name", "python")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    lines: list[bytes] = []
    kind, inside, count = b"", False, 0
    for line in content.split(b"\n"):
        code = b""
        if inside:
            string = _STRING.match(line)
            if string is not None and kind == b"code":
                text = json.loads(string[1]).rstrip("\r\n")
                count += 1
                code = b"" if text.lstrip().startswith(_MAGIC) else text.encode("utf-8", "replace")
            inside = _END.match(line) is None
        elif (cell := _CELL.match(line)) is not None:
            kind = cell[1]
        elif _SOURCE.match(line) is not None:
            inside = True
        lines.append(code)
    if count != expected:
        return None
    return b"\n".join(lines), canonical_language(str(language))
