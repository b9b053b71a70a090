"""The code cells of Jupyter notebooks, without the JSON around them.

A notebook as Jupyter writes it has each line of code on its own line, as a JSON string. Each one is
replaced by its code, and all other lines by blanks, so that a match has the line numbers that
editors and git show. The size of each line is kept, by blanks at its end.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from attribution.errors import InputError
from attribution.lexing.languages import canonical_language
from attribution.types import Snippet

__all__ = ["NOTEBOOK", "notebook_code"]

NOTEBOOK = "jupyter notebook"
_STRING = re.compile(rb'^\s*("(?:[^"\\]|\\.)*"),?\s*$')
_CELL = re.compile(rb'^\s*"cell_type":\s*"(\w+)",?\s*$')
_SOURCE = re.compile(rb'^\s*"source":\s*\[\s*$')
_END = re.compile(rb"^\s*\],?\s*$")
_MAGIC = ("%", "!", "?")


def notebook_code(snippet: Snippet) -> Snippet:
    """The snippet, or for a notebook its code, in the language that the notebook names.

    Raises:
        InputError: the notebook is not formatted as Jupyter does.
    """
    if snippet.language != NOTEBOOK:
        return snippet
    read = _code(snippet.code)
    if read is None:
        raise InputError(
            "the notebook is not formatted as Jupyter does; run `jupyter nbconvert --to notebook` "
            "on it"
        )
    code, language = read
    return replace(snippet, code=code, language=language)


def _code(content: bytes) -> tuple[bytes, str | None] | None:
    """The code of all code cells and its language; None unless each line is on its own line."""
    try:
        notebook = json.loads(content)
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        # a source in one string has no lines of its own
        expected = sum(len(cell["source"]) for cell in cells)
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
        lines.append(code.ljust(len(line)))
    if count != expected:
        return None
    return b"\n".join(lines), canonical_language(str(language))
