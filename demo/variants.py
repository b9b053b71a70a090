"""Variants of a function: renamed, edited.

A code generator may change code that it has learnt by heart in these ways. Here fixed rules do it,
so that every run shows the same.
"""

from __future__ import annotations

import ast
import builtins
import io
import itertools
import keyword
import tokenize

__all__ = ["cut_function", "edited", "renamed"]

_KEPT = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self"}
# Names as a person, or a model, might choose them.
_NAMES = (
    "check", "env", "scope", "words", "item", "field", "leaf", "kind", "choice", "mode",
    "total", "seen", "at", "word", "size", "begins", "limit", "group", "found", "names",
)  # fmt: skip


def cut_function(source: str, name: str) -> str:
    """The text of a top-level function.

    Raises:
        LookupError: the source has no such function.
    """
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            lines = source.splitlines(keepends=True)
            return "".join(lines[node.lineno - 1 : node.end_lineno])
    raise LookupError(name)


def renamed(code: str) -> str:
    """The code with every name replaced that it defines itself, consistently."""
    names: dict[str, str] = {}
    fresh = (f"{word}{n or ''}" for n in itertools.count() for word in _NAMES)
    changes = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        old = token.string
        if token.type == tokenize.NAME and old not in _KEPT:
            if old not in names:
                word = next(fresh)
                names[old] = word.capitalize() if old[0].isupper() else word
            changes.append((token.start, token.end, names[old]))
    lines = code.splitlines(keepends=True)
    for (row, start), (_, end), new in reversed(changes):  # so that earlier columns stay valid
        lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
    return "".join(lines)


def edited(code: str) -> str:
    """The function without its docstring, and with a new line before every third statement."""
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    removed: set[int] = set()
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        removed = set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    starts = sorted(
        node.lineno
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node is not function and node.lineno not in removed
    )
    new = set(starts[2::3])
    written = []
    for number, line in enumerate(code.splitlines(), 1):
        if number in new:
            indent = line[: len(line) - len(line.lstrip())]
            written.append(f'{indent}log.debug("step %d", {number})')
        if number not in removed:
            written.append(line)
    return "\n".join(written) + "\n"
