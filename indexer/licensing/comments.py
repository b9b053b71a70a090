"""The comments at the top of a file, without their markers: where notices are.

A comment is what the language's syntax says it is, so a licence that a program prints, or writes
into other files, is not read as its own. A docstring at the top counts as a comment.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from attribution.lexing.languages import SYNTAXES, Syntax, syntax_of
from attribution.licensing.recognition import undecorated
from attribution.line_ends import with_line_feeds

__all__ = [
    "HEAD_BYTES",
    "CommentText",
    "Paragraph",
    "decode_text",
    "has_any",
    "later_comments",
    "leading_comments",
    "plain_text",
]

HEAD_BYTES = 10 << 10  # long enough for a file that begins with several whole licences
_CODE_LINES = 40  # lines of code after which comments are about that code
_CODE_BEHIND = 3  # the same where a comment before them speaks of a licence
_NOTICE_WORDS = (
    "licens", "licenc", "spdx", "redistribut", "warrant", "public domain", "public-domain",
    "free software",
)  # fmt: skip
# Elements of XML that speak of the file that they are in: Wayland's protocols, AppStream, DocBook.
_ELEMENT = re.compile(r"<(copyright|legalnotice|metadata_license)>", re.IGNORECASE)
# The letters come first: a pattern finds those several times as fast as `[ *]`, or as `in` does.
_LICENSE_TAG = re.compile(rb"@licen(?<=[ *]@licen)[cs]e\b")
_MOST_BLOCKS = 50  # of a bundle of many packages
_POD_LEGAL = re.compile(r"=head\d .*(?:licen[cs]e|copying|copyright|terms|legal)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CommentText:
    """Lines of text and where they are."""

    lines: tuple[str, ...]  # without comment markers; "" separates comments
    numbers: tuple[int, ...]  # 1-based line in the file, for each of `lines`
    paragraphs: tuple[Paragraph, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "paragraphs", tuple(_paragraphs(self.lines)))


class Paragraph(NamedTuple):
    """A run of lines that are not blank."""

    start: int  # in the lines of a text, from 0
    stop: int
    text: str  # "\n" between lines


def leading_comments(content: bytes, language: str | None) -> CommentText | None:
    """The comments among the first lines of a file; None when they have no legal word.

    Args:
        content: the file, or at least its first HEAD_BYTES.
        language: canonical name; of an unknown one, every line counts as a comment.
    """
    head = _legal_head(content)
    syntax = SYNTAXES[syntax_of(language)]
    if syntax.name == "perl" and b"\n=head" in content:
        documentation = _documentation(content)
    else:
        documentation = None
    if head is None:
        return documentation
    text = decode_text(head)
    if not syntax.line_comments and syntax.block_comment is None:
        return plain_text(text)
    comments = _comments(text, syntax)
    if documentation is None:
        return comments
    return CommentText(
        comments.lines + documentation.lines, comments.numbers + documentation.numbers
    )


def later_comments(content: bytes, language: str | None) -> CommentText | None:
    """Comments further down that speak of a licence: the last thing in a file, or `@license`.

    Args:
        content: the file.
        language: canonical name.
    """
    opening, closing = SYNTAXES[syntax_of(language)].block_comment or ("", "")
    if not opening:
        return None
    content = with_line_feeds(content)
    starts, ends = opening.encode(), closing.encode()
    at = [m.start() - 1 for m in _LICENSE_TAG.finditer(content)]
    if content[-64:].rstrip().endswith(ends):
        at.append(content.rfind(ends))
    lines: list[str] = []
    numbers: list[int] = []
    for inside in at[:_MOST_BLOCKS]:
        start = content.rfind(starts, max(0, inside - HEAD_BYTES), inside)
        end = content.find(ends, max(start, 0))
        if start < 0 or end < inside:
            continue
        number = content.count(b"\n", 0, start) + 1
        if number in numbers or _legal_head(content[start:end]) is None:
            continue
        body = decode_text(content[start + len(starts) : end]).split("\n")
        lines += (*map(undecorated, body), "")
        numbers += range(number, number + len(body) + 1)
    return CommentText(tuple(lines), tuple(numbers)) if lines else None


def _legal_head(content: bytes) -> bytes | None:
    """The first bytes of a file; None when they have no legal word."""
    # Loads numba, which listing the sources need not wait for.
    from attribution.licensing.legal_words import has_legal_word

    head = content[:HEAD_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or has_legal_word(head):
        return head
    return None


def _comments(text: str, syntax: Syntax) -> CommentText:
    markers = syntax.line_comments
    stripped = tuple(m.strip() for m in markers)
    opening, closing = syntax.block_comment or ("", "")
    docstrings = ('"""', "'''") if syntax.triple_quotes else ()
    lines: list[str] = []
    numbers: list[int] = []
    until = ""  # what closes the comment that the line is in
    code = searched = 0
    noticed = False
    for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
        bare = line.strip()
        ends = False
        if until:
            body, found, _ = bare.partition(until)
            ends = bool(found)
            until = "" if found else until
        elif not bare:
            body = ""
        elif opening and bare.startswith(opening) and not _longer(bare, stripped, opening):
            body, found, _ = bare[len(opening) :].partition(closing)
            until, ends = ("", True) if found else (closing, False)
        elif opening == "<!--" and (element := _ELEMENT.match(bare)):
            until = f"</{element[1]}>"
            body, found, _ = bare[element.end() :].partition(until)
            until, ends = ("", True) if found else (until, False)
            if element[1] == "metadata_license":
                body = f"SPDX-License-Identifier: {body}"
        elif stripped and bare.startswith(stripped):
            body = bare.lstrip(bare[0])
        elif docstrings and not code and (quote := _docstring(bare, docstrings)) is not None:
            body, found, _ = bare.partition(quote)[2].partition(quote)
            until, ends = ("", True) if found else (quote, False)
        else:
            code += 1
            # Behind a notice and some code, comments are about the code.
            if code > _CODE_BEHIND:
                if searched < len(lines):
                    noticed = noticed or _has_notice(lines[searched:])
                    searched = len(lines)
                if noticed or code > _CODE_LINES:
                    break
            body = ""
        if body:
            body = undecorated(body)
        if body or (lines and lines[-1]):
            lines.append(body)
            numbers.append(number)
        if ends and lines and lines[-1]:
            lines.append("")
            numbers.append(number)
    return CommentText(tuple(lines), tuple(numbers))


def _has_notice(lines: list[str]) -> bool:
    return has_any("\n".join(lines).lower(), _NOTICE_WORDS)


def has_any(text: str, words: Iterable[str]) -> bool:
    """Whether a text has one of some words; much faster than `any` or a pattern."""
    for word in words:  # noqa: SIM110
        if word in text:
            return True
    return False


def _longer(bare: str, markers: tuple[str, ...], opening: str) -> bool:
    """Whether a line comment starts here whose marker is longer than the block's."""
    return any(len(m) > len(opening) and bare.startswith(m) for m in markers)


def _documentation(content: bytes) -> CommentText | None:
    """The sections on licence and copyright of Perl's POD, which may be anywhere in a file."""
    lines: list[str] = []
    numbers: list[int] = []
    inside = False
    for number, line in enumerate(decode_text(content).split("\n"), 1):
        if line.startswith(("=head", "=cut")):
            inside = bool(_POD_LEGAL.match(line))
        if inside:
            lines.append(undecorated(line))
            numbers.append(number)
    return CommentText(tuple(lines), tuple(numbers)) if lines else None


def _paragraphs(lines: tuple[str, ...]) -> Iterator[Paragraph]:
    start = 0
    for filled, run in groupby(lines, bool):
        part = list(run)
        stop = start + len(part)
        if filled:
            yield Paragraph(start, stop, "\n".join(part))
        start = stop


def plain_text(text: str) -> CommentText:
    """All lines of a text, without decoration."""
    lines = tuple(undecorated(line) for line in text.split("\n"))
    return CommentText(lines, tuple(range(1, len(lines) + 1)))


def _docstring(line: str, quotes: tuple[str, ...]) -> str | None:
    """The quotes that a docstring opens with."""
    start = 1 if line[:1] in "rRuUbB" else 0
    return next((quote for quote in quotes if line.startswith(quote, start)), None)


def decode_text(head: bytes) -> str:
    """UTF-8, UTF-16 with a byte order mark, or else Latin-1."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    head = with_line_feeds(head)
    try:
        return head.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 4:  # cut in the middle of a character
            return head[: error.start].decode().removeprefix("\ufeff")
        return head.decode("latin-1")
