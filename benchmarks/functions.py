"""Functions of a source file: Python by `ast`, Go and C by matching braces after a header line.

In other languages a function ends with the first line that closes it at the indentation of its
header. Code that is not laid out in this way gives no functions, which a sample can afford.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.lexemes import lexemes_lazily

__all__ = ["Function", "functions"]

# A header begins a line in Go; in C++ methods are indented. A statement ends in ";", and no brace
# follows the call of a macro.
HEADERS = {
    "Go": re.compile(r"^func\b[^\n]*\(", re.MULTILINE),
    "C": re.compile(
        r"^[ \t]*(?!\#)[A-Za-z_][\w:<>,*&~ \t]*[\s*&][\w:~]+[ \t]*\((?!\*)", re.MULTILINE
    ),
}
MODIFIERS = (
    "public private protected internal static final abstract synchronized virtual override async "
    "sealed unsafe open inline suspend operator export default readonly get set const extern"
)
MODIFIED = rf"(?:(?:{'|'.join(MODIFIERS.split())})\s+)"
JAVA = rf"^[ \t]+{MODIFIED}+[\w<>\[\],.? ]+\("
JAVASCRIPT = (
    rf"^[ \t]*{MODIFIED}*(?:function\b|(?:const|let|var) [\w$]+ = (?:async )?\([^\n]*=> \{{$|"
    r"[\w$.]+ [=:] (?:async )?function\b|[\w$#]+\([^\n;]*\{$)"
)
INDENTED = {
    "JavaScript": re.compile(JAVASCRIPT, re.MULTILINE),
    "TypeScript": re.compile(JAVASCRIPT, re.MULTILINE),
    "Java": re.compile(JAVA, re.MULTILINE),
    "C#": re.compile(JAVA, re.MULTILINE),
    "Kotlin": re.compile(rf"^[ \t]*{MODIFIED}*fun\b", re.MULTILINE),
    "Scala": re.compile(rf"^[ \t]*{MODIFIED}*def\b[^\n]*\{{$", re.MULTILINE),
    "Swift": re.compile(rf"^[ \t]*{MODIFIED}*(?:func\b|init\()", re.MULTILINE),
    "PHP": re.compile(rf"^[ \t]*{MODIFIED}*function\b", re.MULTILINE),
    "Rust": re.compile(r"^[ \t]*(?:pub(?:\(\w+\))? )?(?:const |async |unsafe )*fn\b", re.MULTILINE),
    "Ruby": re.compile(r"^[ \t]*def\b", re.MULTILINE),
    "Shell": re.compile(r"^[ \t]*(?:function [\w:.-]+|[\w:.-]+ ?\(\))", re.MULTILINE),
}
CLOSES = re.compile(r"\}|end\b")
BETWEEN = re.compile(r"[{)]|where\b")  # lines of a header, at its indentation
STATEMENTS = {
    "if",
    "for",
    "while",
    "switch",
    "return",
    "else",
    "do",
    "case",
    "goto",
    "new",
    "throw",
}


@dataclass(frozen=True, slots=True)
class Function:
    """A function and its lines."""

    text: str  # whole lines, the last one with its line end
    start_line: int  # 1-based


def functions(text: str, language: str, minimum: int = 8, maximum: int = 40) -> list[Function]:
    """The functions of `minimum` to `maximum` lines, in order, without nested ones."""
    if language == "Python":
        found = in_python(text)
    else:
        found = in_indented(text, language) if language in INDENTED else in_braces(text, language)
    lines = text.splitlines(keepends=True)
    kept: list[Function] = []
    free = 0  # first line after the last function kept, 0-based
    for first, last in sorted(found):
        if first >= free and minimum <= last - first + 1 <= maximum:
            kept.append(Function("".join(lines[first : last + 1]), first + 1))
            free = last + 1
    return kept


def in_python(text: str) -> Iterator[tuple[int, int]]:
    """First and last line, 0-based, of each function; nothing if the text does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    if text.count("\n") + 1 < len(text.splitlines()):
        return  # only `splitlines` counts form feeds and the like as line ends
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno - 1, (node.end_lineno or node.lineno) - 1


def in_indented(text: str, language: str) -> Iterator[tuple[int, int]]:
    """The same for languages that are laid out by indentation."""
    lines = text.splitlines()
    if text.count("\n") + 1 < len(lines):
        return
    for found in INDENTED[language].finditer(text):
        if STATEMENTS & set(re.findall(r"\w+", found[0])):
            continue
        first = text.count("\n", 0, found.start())
        indent = len(lines[first]) - len(lines[first].lstrip())
        for last in range(first + 1, len(lines)):
            body = lines[last].lstrip()
            if body and len(lines[last]) - len(body) <= indent:
                if CLOSES.match(body):
                    yield first, last
                if not BETWEEN.match(body):
                    break


def in_braces(text: str, language: str) -> Iterator[tuple[int, int]]:
    """The same for languages with braces."""
    header = HEADERS["Go" if language == "Go" else "C"]
    if text.count("\n") + 1 < len(text.splitlines()):
        return
    end = 0
    for found in header.finditer(text):
        # A line of a body or a comment that looks like a header is skipped.
        words = set(re.findall(r"\w+", found[0]))
        if found.start() < end or (language != "Go" and words & STATEMENTS):
            continue
        if text.rfind("/*", 0, found.start()) > text.rfind("*/", 0, found.start()):
            continue
        # More than enough for forty lines; longer functions are not used.
        size = body_size(text[found.start() : found.start() + 6000], language)
        if size:
            end = found.start() + size
            yield text.count("\n", 0, found.start()), text.count("\n", 0, end)


def body_size(text: str, language: str) -> int:
    """Characters from the start of the header to the closing brace; 0 if it is no function."""
    at = parentheses = braces = 0
    for piece in lexemes_lazily(text, language):
        at += len(piece.text)
        if piece.kind == "op":
            if piece.text in "()":
                parentheses += 1 if piece.text == "(" else -1
            elif piece.text == "{":
                braces += 1
            elif piece.text == "}":
                braces -= 1
                if braces <= 0:
                    # `interface{}` and `struct{}` in a Go header do not open a body.
                    rest = text[at : at + 200].split("\n", 1)[0]
                    if language == "Go" and "{" in rest:
                        continue
                    return at if braces == 0 and not parentheses else 0
            elif piece.text in ";=" and not braces and not parentheses and language != "Go":
                return 0  # a declaration or an initialiser
        elif piece.kind == "name" and not braces and not parentheses and at > 400:
            return 0
    return 0
