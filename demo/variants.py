"""One function in four disguises: as it is, re-indented, renamed, edited.

What a code generator does to code that it has learnt by heart, done here by rule so that each run
shows the same.
"""

from __future__ import annotations

import ast
import builtins
import io
import itertools
import keyword
import tokenize

__all__ = ["cut_function", "edited", "reindented", "renamed"]

_KEPT = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self"}


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


def reindented(code: str) -> str:
    """Two columns a level instead of four, and no blank lines."""
    lines = [line for line in code.splitlines() if line.strip()]
    shifted = (line[(len(line) - len(line.lstrip())) // 2 :] for line in lines)
    return "\n".join(shifted) + "\n"


def renamed(code: str) -> str:
    """Every name that the code itself chose is another, the same one everywhere."""
    names: dict[str, str] = {}
    fresh = (f"{word}{n or ''}" for n in itertools.count() for word in _WORDS)
    changes = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        old = token.string
        if token.type == tokenize.NAME and old not in _KEPT:
            if old not in names:
                word = next(fresh)
                names[old] = word.capitalize() if old[0].isupper() else word
            changes.append((token.start, token.end, names[old]))
    lines = code.splitlines(keepends=True)
    for (row, start), (_, end), new in reversed(changes):  # so that columns before stay true
        lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
    return "".join(lines)


def edited(code: str) -> str:
    """The docstring is gone, and a new line stands before every third statement."""
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    lines = code.splitlines()
    statements = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
    inside = sorted(node.lineno for node in statements if node is not function)
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    gone: set[int] = set()
    if docstring is not None and docstring.end_lineno is not None:
        gone = set(range(docstring.lineno, docstring.end_lineno + 1))
    new = set([line for line in inside if line not in gone][2::3])
    written = []
    for number, line in enumerate(lines, 1):
        if number in new:
            indent = line[: len(line) - len(line.lstrip())]
            written.append(f'{indent}log.debug("step %d", {number})')
        if number not in gone:
            written.append(line)
    return "\n".join(written) + "\n"


# Names as a person, or a model, might choose them.
_WORDS = (
    "check", "env", "scope", "words", "item", "field", "leaf", "kind", "choice", "mode",
    "total", "seen", "at", "word", "size", "begins", "limit", "group", "found", "names",
)  # fmt: skip
