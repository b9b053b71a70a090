"""Documents of an editor: their versions, positions in them, and the result of a check.

The protocol counts lines by LF, CRLF and CR alone, and characters in the unit that client and
server agreed on: bytes of UTF-8, units of UTF-16 (an astral character has two), or code points. A
tab is one character. Lines of Whence's spans end at LF only, so positions are converted to byte
offsets and back.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

from lsprotocol.types import Position, Range

from attribution.types import IndexSummary
from audit.types import FileReport

__all__ = ["CheckedDocument", "DocumentText", "Snapshot"]

_ENDS = re.compile(rb"\r\n|\r|\n")
_CODEC = {"utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}  # and bytes of a unit


class DocumentText:
    """The text of a document, with conversion between byte offsets and positions."""

    def __init__(self, text: str, encoding: str) -> None:
        """Split it into lines.

        Args:
            text: as the editor has it; lone surrogates are kept.
            encoding: "utf-8", "utf-16" or "utf-32": the unit in which positions count characters.
        """
        self.code = text.encode("utf-8", "surrogatepass")
        self._encoding = encoding
        self._starts = [0, *(match.end() for match in _ENDS.finditer(self.code))]
        first_end = _ENDS.search(self.code)
        self.line_end = "\n" if first_end is None else first_end[0].decode()

    def line_of(self, offset: int) -> int:
        """The 0-based line of a byte."""
        return bisect.bisect_right(self._starts, min(offset, len(self.code))) - 1

    def line(self, number: int) -> bytes:
        """The 0-based line, without its end."""
        begin = self._starts[number]
        last = number + 1 == len(self._starts)
        return self.code[begin : None if last else self._starts[number + 1]].rstrip(b"\r\n")

    def start_of(self, number: int) -> int:
        """The first byte of a 0-based line."""
        return self._starts[number]

    def position(self, offset: int) -> Position:
        """The position of a byte; inside a character, the position of that character."""
        offset = max(0, min(offset, len(self.code)))
        while 0 < offset < len(self.code) and self.code[offset] & 0xC0 == 0x80:
            offset -= 1
        line = self.line_of(offset)
        return Position(line, self._units(self.code[self._starts[line] : offset]))

    def range(self, start: int, end: int) -> Range:
        """The range of half-open byte offsets."""
        return Range(self.position(start), self.position(end))

    def offset(self, position: Position) -> int:
        """The byte at a position; the end of the line if it has no such character."""
        if position.line >= len(self._starts):
            return len(self.code)
        line = self.line(position.line)
        begin = self._starts[position.line]
        if self._encoding == "utf-8":
            return begin + min(position.character, len(line))
        left = position.character
        for at, character in enumerate(text := line.decode("utf-8", "surrogatepass")):
            left -= 2 if self._encoding == "utf-16" and character > "\uffff" else 1
            if left < 0:
                return begin + len(text[:at].encode("utf-8", "surrogatepass"))
        return begin + len(line)

    def _units(self, part: bytes) -> int:
        if self._encoding == "utf-8":
            return len(part)
        codec, size = _CODEC[self._encoding]
        return len(part.decode("utf-8", "surrogatepass").encode(codec, "surrogatepass")) // size


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One version of an open document."""

    uri: str
    version: int
    text: str
    language: str  # the editor's name for it


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """The result of checking a version."""

    snapshot: Snapshot
    text: DocumentText  # of the snapshot
    report: FileReport
    index: IndexSummary | None = None  # what it was checked against
    problem: str | None = None  # why no document at all can be checked, for the user
