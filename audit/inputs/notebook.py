"""Jupyter notebooks: their code, line for line where it stands in the file.

nbformat writes each line of a cell as a JSON string on a line of its own. So the code can be laid
out as the file is: a line of code stays on its line, all others are empty, and a finding's lines
are those that an editor shows. Lines that begin with `%`, `!` or `?` are for IPython, not code.
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
    """The code of all code cells and its language; None when it is not laid out line by line."""
    try:
        notebook = json.loads(content)
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        expected = sum(len("".join(cell["source"]).splitlines()) for cell in cells)
        told = notebook.get("metadata", {}).get("language_info", {}).get("name", "python")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    lines: list[bytes] = []
    kind, inside, found = b"", False, 0
    for line in content.split(b"\n"):
        code = b""
        if inside:
            string = _STRING.match(line)
            if string is not None and kind == b"code":
                text = json.loads(string[1]).rstrip("\r\n")
                found += 1
                code = b"" if text.lstrip().startswith(_MAGIC) else text.encode("utf-8", "replace")
            inside = _END.match(line) is None
        elif (cell := _CELL.match(line)) is not None:
            kind = cell[1]
        elif _SOURCE.match(line) is not None:
            inside = True
        lines.append(code)
    if found != expected:
        return None
    return b"\n".join(lines), canonical_language(str(told))
