"""Where in a document a snippet is, found by its own lines, so that only that part is aligned.

Lexing and aligning a whole file is most of the cost of a look-up, and a copied function is a small
part of the file. Since the lexer is line-local, some lines have the same tokens with and without
the rest. A few long lines of the snippet are searched as bytes (at memory speed). If all of them
are close together and nowhere else, the lines around them are enough.

The caller checks that the match explains the snippet and does not touch the edges of the excerpt,
and takes the whole document otherwise, so the answer is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Excerpt", "Landmarks", "landmark_lines", "locate"]

_LANDMARK_BYTES = 16  # shorter lines are too common
_MARGIN = 2048  # bytes around the landmarks, beside the snippet's own length
_WORTH = 4  # a document must be this many times longer than its excerpt


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Whole lines of a document."""

    start: int  # bytes
    end: int  # bytes, exclusive
    first_line: int  # 1-based


class Landmarks:
    """Lines by which to find a snippet, chosen when a document is long enough for it."""

    __slots__ = ("_code", "_lines")

    def __init__(self, code: bytes) -> None:
        self._code = code
        self._lines: tuple[bytes, ...] | None = None

    def excerpt(self, content: bytes) -> Excerpt | None:
        """The excerpt of a document that contains all landmarks, if there is one."""
        if not _is_worth(content, len(self._code)):
            return None
        if self._lines is None:
            self._lines = landmark_lines(self._code)
        return locate(content, self._lines, len(self._code))


def landmark_lines(code: bytes) -> tuple[bytes, ...]:
    """The first, the last and the two longest lines of some length, without indentation."""
    lines = [line for line in map(bytes.strip, code.split(b"\n")) if len(line) >= _LANDMARK_BYTES]
    if not lines:
        return ()
    longest = sorted(lines, key=len)[-2:]
    return tuple(dict.fromkeys([longest[-1], lines[0], lines[-1], *longest]))


def _is_worth(content: bytes, length: int) -> bool:
    """Whether a document is much longer than the excerpt for a snippet of `length` bytes."""
    return len(content) >= _WORTH * (length + _MARGIN)


def locate(content: bytes, lines: tuple[bytes, ...], length: int) -> Excerpt | None:
    """The excerpt of a document that contains all landmarks of a snippet.

    Args:
        content: the document.
        lines: the landmarks of the snippet.
        length: bytes of the snippet.

    Returns:
        None if a landmark is missing, the first one occurs twice, they are far apart, or the
        document is short.
    """
    reach = length + _MARGIN
    if not lines or not _is_worth(content, length):
        return None
    low, high = len(content), 0
    for line in lines:
        at = content.find(line)
        if at < 0:
            return None
        low, high = min(low, at), max(high, at + len(line))
    if high - low > reach or content.find(lines[0], content.find(lines[0]) + 1) >= 0:
        return None
    start = content.rfind(b"\n", 0, max(low - reach, 0)) + 1
    end = content.find(b"\n", min(high + reach, len(content)))
    return Excerpt(start, len(content) if end < 0 else end + 1, content.count(b"\n", 0, start) + 1)
