"""The comments at the top of a file, without their markers: where notices are.

A comment is what the language's syntax says it is, so a licence that a program prints, or writes
into other files, is not read as its own. A docstring at the top counts as a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attribution.lexing.languages import SYNTAXES, syntax_of

__all__ = ["HEAD_BYTES", "CommentText", "decode_text", "leading_comments", "plain_text"]

HEAD_BYTES = 12 << 10  # long enough for a file that begins with several whole licences
_CODE_LINES = 40  # lines of code after which comments are about that code

_IGNORE = re.compile(r"REUSE-IgnoreStart.*?(?:REUSE-IgnoreEnd|\Z)", re.DOTALL)
_DECORATION = re.compile(r"^[\s*#/;%!|+~=\"'<>{}\\.:,_-]+|[\s*#/|+~={}\\_-]+$")
_POD_LEGAL = re.compile(r"=head\d .*(?:licen[cs]e|copying|copyright|terms|legal)", re.IGNORECASE)
# Markers that are common beyond the languages that the syntax table gives them to.
_LINE_MARKERS = ("//", "#", ";;", "--", "%", "dnl ", ".\\\"", "'\\\"", "REM ", "rem ", "::", "! ")


@dataclass(frozen=True, slots=True)
class CommentText:
    """Lines of text and where they are."""

    lines: tuple[str, ...]  # without comment markers; "" separates comments
    numbers: tuple[int, ...]  # 1-based line in the file, for each of `lines`


def leading_comments(content: bytes, language: str | None) -> CommentText:
    """The comments among the first lines of a file.

    Args:
        content: the file, or at least its first HEAD_BYTES.
        language: canonical name; of an unknown one, every line counts as a comment.
    """
    text = decode_text(content[:HEAD_BYTES])
    syntax = SYNTAXES[syntax_of(language)]
    if not syntax.line_comments and syntax.block_comment is None:
        return plain_text(text)
    markers = syntax.line_comments
    blocks = dict([syntax.block_comment]) if syntax.block_comment else {}
    docstrings = ('"""', "'''") if syntax.triple_quotes else ()
    lines: list[str] = []
    numbers: list[int] = []
    closing = ""  # of the comment that the line is in
    code = 0
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if closing:
            body, found, rest = bare.partition(closing)
            lines.append(_undecorated(body))
            numbers.append(number)
            if found:
                closing = ""
                lines.append("")
                numbers.append(number)
            continue
        if not bare:
            lines.append("")
            numbers.append(number)
            continue
        marker = next((m for m in markers if bare.startswith(m.strip())), None)
        opening = next((b for b in blocks if bare.startswith(b)), None)
        doc = _docstring(bare, docstrings) if docstrings and not code else None
        if opening is not None and (marker is None or len(opening) >= len(marker)):
            body, found, _ = bare[len(opening) :].partition(blocks[opening])
            closing = "" if found else blocks[opening]
        elif marker is not None:
            body = bare[len(marker) :]
        elif doc is not None:
            quotes, start = doc
            body, found, _ = bare[start:].partition(quotes)
            closing = "" if found else quotes
        else:
            code += 1
            if code > _CODE_LINES:
                break
            if lines and lines[-1]:
                lines.append("")
                numbers.append(number)
            continue
        lines.append(_undecorated(body))
        numbers.append(number)
    if syntax.name == "perl":
        _documentation(content, lines, numbers)
    return CommentText(tuple(lines), tuple(numbers))


def _documentation(content: bytes, lines: list[str], numbers: list[int]) -> None:
    """The sections on licence and copyright of Perl's POD, which may be at the end of a file."""
    inside = False
    for number, line in enumerate(decode_text(content).split("\n"), 1):
        if line.startswith("=head") or line.startswith("=cut"):
            inside = bool(_POD_LEGAL.match(line))
        if inside and number not in numbers:
            lines.append(_undecorated(line))
            numbers.append(number)


def plain_text(text: str) -> CommentText:
    """All lines of a text, without decoration."""
    lines = tuple(_undecorated(line) for line in text.split("\n"))
    return CommentText(lines, tuple(range(1, len(lines) + 1)))


def _docstring(line: str, quotes: tuple[str, ...]) -> tuple[str, int] | None:
    """The quotes that open a docstring, and where its text starts."""
    start = 1 if line[:1] in "rRuUbB" else 0
    for quote in quotes:
        if line.startswith(quote, start):
            return quote, start + len(quote)
    return None


def _undecorated(line: str) -> str:
    return _DECORATION.sub("", line)


def decode_text(head: bytes) -> str:
    """UTF-8, UTF-16 with a byte order mark, or else Latin-1."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 4:  # cut in the middle of a character
            return head[: error.start].decode("utf-8-sig", "replace")
        return head.decode("latin-1")
