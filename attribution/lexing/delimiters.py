"""Where comments and strings end, as far as one line shows.

Bytes are compared as numbers: 10 is the end of a line, 39 a single quote, 42 a star, 92 a
backslash.
"""

from __future__ import annotations

from attribution.kernels import boolean, int64, kernel, readonly, uint8, uint64
from attribution.lexing.rules import (
    BACKSLASH,
    BLOCK_CLOSE,
    BLOCK_OPEN,
    CHAR_LITERAL,
    LINE_COMMENTS,
    LINE_START,
    MARK_WIDTH,
    NEEDS_SPACE,
    STARS,
    TRIPLE,
)

__all__ = ["after_comment", "after_string"]


@kernel(boolean(readonly(uint8), int64, int64, uint8[::1], int64))
def _has_mark(data, at, end, rules, mark):  # type: ignore[no-untyped-def]
    """Whether a comment mark begins at an offset.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset, and where the text ends.
        rules: (33,) uint8, a row of RULES.
        mark: the mark's column in rules.

    Returns:
        bool.
    """
    length = rules[mark]
    if length == 0 or at + length > end:
        return False
    for offset in range(length):
        if data[at + offset] != rules[mark + 1 + offset]:
            return False
    return True


@kernel(int64(readonly(uint8), int64, int64, uint8[::1]))
def _after_block(data, at, end, rules):  # type: ignore[no-untyped-def]
    """Find the end of a block comment: behind its closing mark on this line, or the line's end.

    Args:
        data: (bytes,) uint8, the text.
        at, end: an offset inside the comment, and where the text ends.
        rules: (33,) uint8, a row of RULES.

    Returns:
        int64, an offset.
    """
    first = rules[BLOCK_CLOSE + 1]
    while at < end and data[at] != 10:
        if data[at] == first and _has_mark(data, at, end, rules, BLOCK_CLOSE):
            return at + rules[BLOCK_CLOSE]
        at += 1
    return at


@kernel(int64(readonly(uint8), int64, int64, uint8[::1], boolean))
def after_comment(data, at, end, rules, line_start):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a comment that may begin at `at`.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset, and where the text ends.
        rules: (33,) uint8, a row of RULES.
        line_start: bool, whether only white space precedes `at` on its line.

    Returns:
        int64, the offset behind the comment, or `at` if there is none.
    """
    if rules[BLOCK_OPEN] and _has_mark(data, at, end, rules, BLOCK_OPEN):
        return _after_block(data, at + rules[BLOCK_OPEN], end, rules)
    if data[at] == 42 and line_start and rules[STARS]:
        behind = at + 1
        while behind < end and data[behind] == 42:  # doc comments often end in "**/"
            behind += 1
        follows = data[behind] if behind < end else uint8(10)
        if follows <= 32 or follows == 47:
            return _after_block(data, at, end, rules)
    for number in range(3):
        if _has_mark(data, at, end, rules, LINE_COMMENTS + MARK_WIDTH * number) and (
            line_start or (not rules[LINE_START] and (not rules[NEEDS_SPACE] or data[at - 1] <= 32))
        ):
            i, stop = uint64(at), uint64(end)
            while i < stop and data[i] != 10:
                i += uint64(1)
            return int64(i)
    return at


@kernel(int64(readonly(uint8), int64, int64, uint8[::1]))
def after_string(data, at, end, rules):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a string.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset of the opening quote, and where the text ends.
        rules: (33,) uint8, a row of RULES.

    Returns:
        int64, the offset behind the closing quote, or -1 if there is none.
    """
    quote = data[at]
    if rules[TRIPLE] and at + 2 < end and data[at + 1] == quote and data[at + 2] == quote:
        i = at + 3
        while i < end and data[i] != 10:
            if data[i] == 92 and rules[BACKSLASH] and i + 1 < end and data[i + 1] != 10:
                i += 2
                continue
            if data[i] == quote and i + 2 < end and data[i + 1] == quote and data[i + 2] == quote:
                return i + 3
            i += 1
        return -1
    if quote == 39 and rules[CHAR_LITERAL]:
        limit = min(end, at + 14)  # '\u{10FFFF}' is the longest
        i = at + 1
        if i < end and data[i] == 92:
            i += 2
            while i < limit and data[i] != 10:
                if data[i] == 39:
                    return i + 1
                i += 1
            return -1
        if i < end and data[i] < 128:
            i += 1
        else:
            while i < limit and data[i] >= 128:
                i += 1
        if i < end and data[i] == 39 and i > at + 1 and data[at + 1] != 10:
            return i + 1
        return -1
    i = at + 1
    escapes = rules[BACKSLASH] != 0
    while i < end:
        byte = data[uint64(i)]
        if byte == quote:
            if not escapes and i + 1 < end and data[i + 1] == quote:
                i += 2
                continue
            return i + 1
        if byte == 10:
            return -1
        if byte == 92 and escapes:
            if i + 1 < end and data[i + 1] == 10:
                return -1
            i += 2
            continue
        i += 1
    return -1
