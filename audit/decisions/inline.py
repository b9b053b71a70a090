"""Decisions in the code itself: `whence: ignore <reason>` in a comment.

On a line of a passage, or before it with only comment lines in between, it closes that passage.
`whence: ignore-file <reason>` in the first ten lines closes the whole file. The lexer decides what
is a comment, see `comments`. Such a decision is `accepted`: inventories still list the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from attribution.lexing.languages import SYNTAXES, syntax_of
from attribution.line_ends import with_line_feeds, with_lone_returns_ended
from attribution.types import Span
from audit.decisions.comments import is_comment
from audit.types import Decision, DecisionKind, Item

__all__ = ["HEAD_LINES", "InlineDecision", "inline_decisions"]

HEAD_LINES = 10  # of a file, in which `ignore-file` counts
_MARK = re.compile(rb"whence:[ \t]*ignore(-file)?(?![\w-])[ \t:]*([^\r\n]*)", re.IGNORECASE)
_CLOSING = re.compile(r"\s*(?:\*+/|-->|--%>|--\}\}|#\}|#>|\*\)|\|#|\]\]|\]#|=#|-\}|%\}|:\))\s*$")
_LONGEST_REASON = 400  # characters that are kept
_LONGEST_HEAD = 60  # lines; an Apache licence header has fifteen


@dataclass(frozen=True, slots=True)
class InlineDecision:
    """A comment with a decision."""

    line: int  # of the file on disk
    whole_file: bool
    reason: str  # "" if none is given
    last: int  # last line of the comment lines that start here; `line` itself if it has code
    at: int  # byte offset in the item

    def covers(self, span: Span) -> bool:
        """Whether it closes a passage with these lines."""
        return self.whole_file or (self.line <= span.end_line and span.start_line - 1 <= self.last)

    @property
    def what(self) -> str:
        """The comment as written."""
        return f"whence: ignore{'-file' if self.whole_file else ''} {self.reason}".rstrip()

    def as_decision(self) -> Decision:
        """As the decision on a finding."""
        return Decision(DecisionKind.ACCEPTED, self.reason, f"line {self.line}")


def inline_decisions(item: Item) -> tuple[InlineDecision, ...]:
    """The decisions in a text, in order, including those without a reason."""
    code = item.code
    if b"whence:" not in code and b"whence:" not in code.lower():
        return ()
    return tuple(_decisions(item))


def _decisions(item: Item) -> Iterator[InlineDecision]:
    code, lines = with_lone_returns_ended(item.code), with_line_feeds(item.code)
    line, counted = item.first_line, 0
    for mark in _MARK.finditer(code):
        start = code.rfind(b"\n", 0, mark.start()) + 1
        end = code.find(b"\n", mark.start())
        text = code[start : end if end >= 0 else len(code)]
        if not is_comment(text, mark.start() - start, item.language):
            continue
        line += lines.count(b"\n", counted, start)
        counted = start
        whole_file = mark[1] is not None
        if whole_file and line > HEAD_LINES:
            continue
        reason = _CLOSING.sub("", mark[2].decode("utf-8", "replace")).strip()
        block = SYNTAXES[syntax_of(item.language)].block_comment
        if block is not None:
            reason = reason.removesuffix(block[1]).rstrip()
        last = line
        if is_comment(text, len(text) - len(text.lstrip()), item.language):
            end = lines.find(b"\n", mark.start())
            last += _comments_after(lines[end + 1 :] if end >= 0 else b"", item.language)
        yield InlineDecision(line, whole_file, reason[:_LONGEST_REASON], last, mark.start())


def _comments_after(code: bytes, language: str | None) -> int:
    """Number of following comment lines, such as the header of a copied file."""
    lines = code.split(b"\n", _LONGEST_HEAD)[:_LONGEST_HEAD]
    return next((n for n, line in enumerate(lines) if not _is_comment(line, language)), len(lines))


def _is_comment(line: bytes, language: str | None) -> bool:
    ends = (len(line) - len(line.lstrip()), len(line.rstrip()) - 1)
    return bool(line.strip()) and all(is_comment(line, at, language) for at in ends)
