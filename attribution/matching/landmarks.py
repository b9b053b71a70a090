"""Where in a document a snippet stands, found by its own lines, so that only there it is aligned.

Lexing and aligning a whole file costs most of a look-up, and a copied function is a small part of
it. Since the lexer is line-local, the tokens of some lines are the same with or without the rest.
A few long lines of the snippet are looked for as bytes (at memory speed); if all of them stand
close together and nowhere else, the lines around them are enough. Whoever uses a window checks
that the match explains the snippet and does not touch the window's edge, and else takes the whole
document: the answer is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Landmarks", "Window", "anchors_of", "window_of"]

_ANCHOR_BYTES = 16  # shorter lines stand everywhere
_MARGIN = 2048  # bytes around the anchors, beside the snippet's own length
_WORTH = 4  # a document must be that many times longer than its window


@dataclass(frozen=True, slots=True)
class Window:
    """Whole lines of a document."""

    start: int  # bytes
    end: int  # bytes, exclusive
    first_line: int  # 1-based


class Landmarks:
    """A snippet's lines by which to find it, sought out when a document is long enough."""

    __slots__ = ("_anchors", "_code")

    def __init__(self, code: bytes) -> None:
        self._code = code
        self._anchors: tuple[bytes, ...] | None = None

    def window(self, content: bytes) -> Window | None:
        """The window of a document that holds all of them, if there is one."""
        if not _is_worth(content, len(self._code)):
            return None
        if self._anchors is None:
            self._anchors = anchors_of(self._code)
        return window_of(content, self._anchors, len(self._code))


def anchors_of(code: bytes) -> tuple[bytes, ...]:
    """The first, the last and the two longest lines worth looking for, without indentation."""
    lines = [line for line in map(bytes.strip, code.split(b"\n")) if len(line) >= _ANCHOR_BYTES]
    if not lines:
        return ()
    longest = sorted(lines, key=len)[-2:]
    return tuple(dict.fromkeys([longest[-1], lines[0], lines[-1], *longest]))


def _is_worth(content: bytes, length: int) -> bool:
    """Whether a document is long enough for the window of a snippet of so many bytes."""
    return len(content) >= _WORTH * (length + _MARGIN)


def window_of(content: bytes, anchors: tuple[bytes, ...], length: int) -> Window | None:
    """The window of a document that holds all anchors of a snippet of so many bytes.

    None when the anchors are not all there, stand far apart or twice, or when the document is
    short.
    """
    reach = length + _MARGIN
    if not anchors or not _is_worth(content, length):
        return None
    low, high = len(content), 0
    for anchor in anchors:
        at = content.find(anchor)
        if at < 0:
            return None
        low, high = min(low, at), max(high, at + len(anchor))
    if high - low > reach or content.find(anchors[0], content.find(anchors[0]) + 1) >= 0:
        return None
    start = content.rfind(b"\n", 0, max(low - reach, 0)) + 1
    end = content.find(b"\n", min(high + reach, len(content)))
    return Window(start, len(content) if end < 0 else end + 1, content.count(b"\n", 0, start) + 1)
