"""Redacted personal data: a placeholder matches the text that it stands for.

Before training, BigCode replaced addresses, keys, names and passwords by placeholders (Li and
others, "StarCoder: may the source be with you!", 2023, section 4). So a model writes `<EMAIL>`
where the source has an address, or the index has it where a snippet has the address. To a reader
the line is still a copy.

Where a line with placeholders is a line of the other text, but for white space and what the
placeholders stand for, they are replaced by the originals before both texts are aligned. Nothing
else of either text matches more loosely, and what was replaced is no evidence for a match.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from attribution.types import Span

__all__ = ["Restored", "is_redacted", "restored"]

# What each stands for, within a line.
_ORIGINALS = {
    b"<EMAIL>": rb"""[^\s@<>()"'`,;]+@[^\s@<>()"'`,;]+""",
    b"<IP_ADDRESS>": rb"[0-9A-Fa-f:.]*[0-9A-Fa-f][:.][0-9A-Fa-f:.]*",
    b"<KEY>": rb"""[^\s"'`<>]+""",
    b"<PASSWORD>": rb"""[^\s"'`<>]+""",
    b"<NAME>": rb"""[^\s"`<>=;:(){}\[\]](?:[^\n"`<>=;:(){}\[\]]*[^\s"`<>=;:(){}\[\]])?""",
}
_PLACEHOLDER = re.compile(b"|".join(_ORIGINALS))
_WORD_ENDS = re.compile(rb"\s+|" + _PLACEHOLDER.pattern)
# Bounds for texts that were made to be slow: lines that are sought in another text, positions tried
# for each, and bytes around each of these.
_MOST, _TRIES, _NEAR = 128, 32, 1024
_LEAST = 4  # characters beside the placeholders that a place is found by
_LINE_END = rb"[ \t\r]*\n\s*"

_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1  # a character is a byte
_options.log_errors = False
_REDACTED = re2.compile(_PLACEHOLDER.pattern, _options)  # three times as fast as `re`


@dataclass(frozen=True, slots=True)
class _Change:
    """A placeholder and its original. Offsets are bytes, half-open."""

    start: int  # of the placeholder
    end: int
    restored_start: int  # of the original, in the restored text
    restored_end: int
    other_start: int  # of the original, in the other text
    other_end: int


@dataclass(frozen=True, slots=True)
class Restored:
    """A text whose placeholders were replaced by their originals in another text."""

    text: bytes
    changes: tuple[_Change, ...]  # in order, disjoint

    @property
    def originals(self) -> list[tuple[int, int]]:
        """Where they are in the restored text, as bytes."""
        return [(change.restored_start, change.restored_end) for change in self.changes]

    @property
    def other_originals(self) -> list[tuple[int, int]]:
        """Where they are in the other text."""
        return [(change.other_start, change.other_end) for change in self.changes]

    def span_before(self, span: Span) -> Span:
        """The same range in the text with placeholders."""
        start, end = self._before(span.start, at_end=False), self._before(span.end, at_end=True)
        return Span(start, end, span.start_line, span.end_line)

    def _before(self, offset: int, *, at_end: bool) -> int:
        number = bisect_left(self.changes, offset, key=lambda change: change.restored_start) - 1
        if number < 0:
            return offset
        change = self.changes[number]
        if offset < change.restored_end:  # within an original
            return change.end if at_end else change.start
        return offset - change.restored_end + change.end


def is_redacted(text: bytes) -> bool:
    """Whether a text has placeholders."""
    return _REDACTED.search(text) is not None


def restored(text: bytes, other: bytes) -> Restored | None:
    """A text with the originals that another text has for its placeholders; None without any."""
    if not is_redacted(text):
        return None
    pieces: list[bytes] = []
    changes: list[_Change] = []
    copied = length = 0
    for start, end, other_start, other_end in _originals(text, other):
        pieces += (text[copied:start], other[other_start:other_end])
        begin = length + start - copied
        length = begin + other_end - other_start
        changes.append(_Change(start, end, begin, length, other_start, other_end))
        copied = end
    if not changes:
        return None
    return Restored(b"".join((*pieces, text[copied:])), tuple(changes))


def _originals(text: bytes, other: bytes) -> Iterator[tuple[int, int, int, int]]:
    """The ranges of placeholders in the text, and of their originals in the other one."""
    lines = [(m.start(), m[0].rstrip()) for m in re.finditer(rb"\S[^\n]*", text)]
    marked = [n for n, (_, line) in enumerate(lines) if _PLACEHOLDER.search(line)]
    passed = 0
    for number in marked[:_MOST]:
        start, line = lines[number]
        landmark = max(_WORD_ENDS.split(line), key=len)
        if landmark not in other:
            continue
        before = lines[number - 1][1] if number else b""
        after = lines[number + 1][1] if number + 1 < len(lines) else b""
        for pattern in (_pattern(before, line, after), _pattern(b"", line, b"")):
            found = pattern and _search(pattern, landmark, other, passed)
            if found:
                passed = found.end(len(found.groups()))
                for group, placeholder in enumerate(_PLACEHOLDER.finditer(line), 1):
                    begin, end = placeholder.span()
                    yield start + begin, start + end, *found.span(group)
                break


def _search(pattern: Any, landmark: bytes, text: bytes, passed: int) -> Any:
    """The next match of a pattern around a word of it, first of those behind what was passed."""
    for first, stop in ((passed, len(text)), (0, passed)):
        at = text.find(landmark, first, stop)
        for _ in range(_TRIES):
            if at < 0:
                break
            found = pattern.search(text, max(at - _NEAR, 0), at + _NEAR)
            if found:
                return found
            at = text.find(landmark, at + 1, stop)
    return None


@lru_cache(maxsize=1024)
def _pattern(before: bytes, line: bytes, after: bytes) -> Any:
    """What finds a line between two others, each original a group; None if it might be anything."""
    literal = b"".join(_PLACEHOLDER.sub(b"", part) for part in (before, line, after))
    if len(b"".join(literal.split())) < _LEAST:
        return None
    parts = [_line(before, b"(?:%b)"), _line(line, b"(%b)"), _line(after, b"(?:%b)")]
    try:
        return re2.compile(
            rb"(?m)^[ \t]*" + _LINE_END.join(filter(None, parts)) + rb"[ \t\r]*$", _options
        )
    except re2.error:  # longer than RE2 allows
        return None


def _line(line: bytes, group: bytes) -> bytes:
    """The expression of a line: any white space for white space, and originals in groups."""
    parts: list[bytes] = []
    end = 0
    for placeholder in _PLACEHOLDER.finditer(line):
        parts += (_literal(line[end : placeholder.start()]), group % _ORIGINALS[placeholder[0]])
        end = placeholder.end()
    return b"".join((*parts, _literal(line[end:])))


def _literal(text: bytes) -> bytes:
    return re.sub(rb"(?:\\[ \t])+", rb"[ \\t]+", re.escape(text))
