"""Where comments and strings end, as far as one line shows.

Bytes are compared as numbers: 10 is the end of a line, 39 a single quote, 42 a star, 92 a
backslash.
"""

from __future__ import annotations

from attribution.kernels import boolean, int64, kernel, readonly, uint8, uint64
from attribution.lexing.rules import (
    BACKSLASH,
    BACKTICK_BIT,
    BLOCK_CLOSE,
    BLOCK_OPEN,
    CHAR_LITERAL,
    DOUBLE_BIT,
    ERLANG,
    LINE_COMMENTS,
    LINE_START,
    MARK_WIDTH,
    NAME,
    NAME_BYTE,
    NEEDS_SPACE,
    NUMBER,
    OPENS,
    OPERATOR,
    PERL,
    PRIME,
    QUOTING,
    RUBY,
    SHELL,
    SINGLE_BIT,
    STARS,
    TRIPLE,
    TRIPLE_BIT,
)

__all__ = ["after_comment", "after_string", "opens_string"]


@kernel(boolean(readonly(uint8), int64, int64, uint8[::1], int64), borrows=True)
def _has_mark(data, at, end, rules, mark):  # type: ignore[no-untyped-def]
    """Whether a comment mark begins at an offset.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset, and where the text ends.
        rules: (RULES_WIDTH,) uint8, a row of RULES.
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


@kernel(int64(readonly(uint8), int64, int64, uint8[::1]), borrows=True)
def _after_block(data, at, end, rules):  # type: ignore[no-untyped-def]
    """Find the end of a block comment: behind its closing mark on this line, or the line's end.

    Args:
        data: (bytes,) uint8, the text.
        at, end: an offset inside the comment, and where the text ends.
        rules: (RULES_WIDTH,) uint8, a row of RULES.

    Returns:
        int64, an offset.
    """
    first = rules[BLOCK_CLOSE + 1]
    while at < end and data[at] != 10:
        if data[at] == first and _has_mark(data, at, end, rules, BLOCK_CLOSE):
            return at + rules[BLOCK_CLOSE]
        at += 1
    return at


@kernel(int64(readonly(uint8), int64, int64, uint8[::1], boolean), borrows=True)
def after_comment(data, at, end, rules, line_start):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a comment that may begin at `at`.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset, and where the text ends.
        rules: (RULES_WIDTH,) uint8, a row of RULES.
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


@kernel(boolean(readonly(uint8), int64, int64, int64, uint8, uint8[::1], uint8[::1]), borrows=True)
def opens_string(data, previous, at, end, kind, rules, classes):  # type: ignore[no-untyped-def]
    """Whether a quote may open a string, by the token directly before it.

    Args:
        data: (bytes,) uint8, the text.
        previous: the offset of the token before.
        at, end: the offset of the quote, and where the text ends.
        kind: uint8, the kind of the token before.
        rules: (RULES_WIDTH,) uint8, a row of RULES.
        classes: (256,) uint8, a row of CLASSES.

    Returns:
        bool.
    """
    before = data[at - 1]
    if before == 92 and rules[BACKSLASH]:  # \' of the shells, \" of Lisp
        return False
    quoting = rules[QUOTING]
    if before == 36 and quoting in (PERL, RUBY, ERLANG):
        return False  # a variable or a character
    if data[at] != 39:
        return True
    if rules[PRIME] == OPERATOR:
        if kind in (NAME, NUMBER):
            return before == 98 and at - previous == 1  # Rust's b'a'
        bracket = before in (41, 93, 125)
        return not (bracket or (not rules[CHAR_LITERAL] and before in (39, 46)))
    if rules[PRIME] == OPENS or kind != NAME or at + 1 >= end or classes[data[at + 1]] != NAME_BYTE:
        return True
    # An apostrophe, as in don't. Prefixes of strings have up to three letters, as L, br and u8R.
    letter = before | 32
    prefix = letter in (98, 102, 114) or before == 56
    return at - previous == 1 or (at - previous == 2 and prefix)


@kernel(int64(readonly(uint8), int64, int64, uint8[::1], boolean), borrows=True)
def after_string(data, at, end, rules, dollar):  # type: ignore[no-untyped-def]
    """Find the end, on this line, of a string.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset of the opening quote, and where the text ends.
        dollar: bool, whether a dollar precedes it: in the shells, $'...' has escapes.
        rules: (RULES_WIDTH,) uint8, a row of RULES.

    Returns:
        int64, the offset behind the closing quote, or -1 if there is none.
    """
    quote = data[at]
    if rules[TRIPLE] and at + 2 < end and data[at + 1] == quote and data[at + 2] == quote:
        i = at + 3
        while i < end and data[i] != 10:
            escaped = data[i] == 92 and rules[BACKSLASH] & TRIPLE_BIT
            if escaped and i + 1 < end and data[i + 1] != 10:
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
    bit = DOUBLE_BIT if quote == 34 else SINGLE_BIT if quote == 39 else BACKTICK_BIT
    escapes = rules[BACKSLASH] & bit != 0 or (dollar and rules[QUOTING] == SHELL)
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
