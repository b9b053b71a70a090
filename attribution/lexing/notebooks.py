"""The code cells of Jupyter notebooks, without the JSON around them.

A notebook as Jupyter writes it has each line of code on its own line, as a JSON string. Each one is
replaced by its code, and everything else by blanks, so that a match has the line numbers that
editors and git show. Where several lines of code are on one line of the file, each becomes a line,
and the numbers are larger than those of the file. Offsets of lines of the file stay as they are.
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
# A string, with the colon that makes it a key; or what opens or closes an object or array.
_TOKEN = re.compile(rb'("(?:[^"\\]|\\.)*")\s*(:?)|[\[\]{}]')
_BLANK = bytes(byte if byte == ord("\n") else ord(" ") for byte in range(256))
_MAGIC = ("%", "!", "?")


def notebook_code(snippet: Snippet) -> Snippet:
    """The snippet, or for a notebook its code, in the language that the notebook names.

    Raises:
        InputError: it is not a notebook that can be read.
    """
    if snippet.language != NOTEBOOK:
        return snippet
    read = _code(snippet.code)
    if read is None:
        raise InputError(
            "it is not JSON with the cells of a notebook (format 4); run `jupyter nbconvert --to "
            "notebook` on it"
        )
    code, language = read
    return replace(snippet, code=code, language=language)


def _code(content: bytes) -> tuple[bytes, str | None] | None:
    """The code of all code cells and its language; None if it is not a notebook."""
    try:
        notebook = json.loads(content.decode("utf-8-sig", "surrogatepass"))
        cells = [
            (c["cell_type"] == "code", "".join(c.get("source", ""))) for c in notebook["cells"]
        ]
        language = notebook.get("metadata", {}).get("language_info", {}).get("name", "python")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    strings: list[tuple[int, str]] = []  # of code: where each begins, and its text
    found = _source_strings(content)
    if len(found) != len(cells):  # there is more than one list of cells
        return None
    for (is_code, source), spans in zip(cells, found, strict=True):
        texts = json.loads(b"[%b]" % b",".join(content[start:end] for start, end in spans))
        if "".join(texts) != source:  # the cell has more than one source
            return None
        if is_code and texts:
            texts[-1] += "\n"
            strings += zip((start for start, _ in spans), texts, strict=True)
    return _in_place(content, strings), canonical_language(str(language))


def _source_strings(content: bytes) -> list[list[tuple[int, int]]]:
    """Where the strings of each cell's source are, in JSON that is valid."""
    cells: list[list[tuple[int, int]]] = []
    path: list[str] = []  # the last key in each object that is open, "" in an array
    for token in _TOKEN.finditer(content):
        mark = content[token.start()]
        if mark in b"{[":
            if path == ["cells", ""]:
                cells.append([])
            path.append("")
        elif mark in b"}]":
            path.pop()
        elif token[2]:
            path[-1] = json.loads(token[1])
        elif path[:3] == ["cells", "", "source"]:
            cells[-1].append(token.span(1))
    return cells


def _in_place(content: bytes, strings: list[tuple[int, str]]) -> bytes:
    """The content with blanks instead of all that is not code; what is on a line begins there.

    Code is never longer than the JSON that it replaces.
    """
    out = bytearray(content.translate(_BLANK))
    end = before = 0
    followers = [*(start for start, _ in strings), len(content)][1:]
    for (start, text), follower in zip(strings, followers, strict=True):
        lines = text.split("\n")
        if b"\n" in content[start:follower]:  # that ends the last line
            lines = text.rstrip("\r\n").split("\n")
        lines = ["" if line.lstrip().startswith(_MAGIC) else line for line in lines]
        code = "\n".join(lines).encode("utf-8", "replace")
        begin = content.rfind(b"\n", before, start) + 1 or end
        end, before = begin + len(code), start
        out[begin:end] = code
    return bytes(out)
