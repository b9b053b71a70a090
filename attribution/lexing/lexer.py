"""Bytes to tokens, in one pass over the text and without a grammar.

The lexer is *line-local*: the tokens of a line depend on that line alone. So a snippet that is cut
out anywhere has the tokens that its file has. A lexer that remembers docstrings and block comments
cannot promise that: if it starts in the middle of a file, it takes code for string and string for
code.

It follows that
  * a string is one token if it closes on its line, else its quote is punctuation; so is a regular
    expression between slashes; the token before it decides whether a slash divides;
  * a comment is dropped to the end of its line, or to its closing mark on the same line;
  * in languages with /* */, a line that starts with "* " or "*/" (or with more stars) is the inside
    of a comment;
  * the inside of other block comments and of docstrings is lexed as words.

Each token has a hash of its bytes and a kind. The two streams that are fingerprinted come from the
same tokens: *raw* takes the hash, *renamed* takes the kind of names, numbers and strings instead.
Trade-off not taken: tree-sitter (13 MB/s) and Pygments know more and are thirty times slower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import int64, kernel, readonly, uint8, uint32, uint64
from attribution.lexing.delimiters import after_comment, after_string, opens_string
from attribution.lexing.hashing import BLOCK, FACTORS, contains, finish, hash_range
from attribution.lexing.languages import syntax_of
from attribution.lexing.literals import after_marked, after_named, after_template
from attribution.lexing.rules import (
    CHAR_LITERAL,
    CLOSES_OR_JOINS,
    COMMENT,
    CPP,
    DIGIT,
    FOLD_CASE,
    LITERAL_MARKS,
    MARK,
    NAME,
    NAME_BYTE,
    NEWLINE,
    NUMBER,
    PERL,
    PRIME,
    PUNCTUATION,
    QUOTE,
    QUOTING,
    REGEX,
    RUST,
    SEPARATOR,
    SPACE,
    STRING,
    TABLE,
    TEMPLATE,
    WORD,
    WORD_COMMENT,
    family_rows,
)
from attribution.line_ends import with_lone_returns_ended
from attribution.types import Span
from attribution.windows import Window

__all__ = [
    "IMPORT",
    "KIND",
    "NAME",
    "NUMBER",
    "PUNCTUATION",
    "STRING",
    "WORD",
    "Lexer",
    "Tokens",
    "lex",
]

KIND = 0x0F  # mask of the kind of token in Tokens.kinds
IMPORT = 0x10  # flag: the line only imports
_LAST_SLOT = np.uint64(TABLE - 1)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text, in order. All arrays have shape (n,)."""

    hashes: NDArray[np.uint64]
    kinds: NDArray[np.uint8]  # kind | flags
    starts: NDArray[np.uint32]  # bytes
    ends: NDArray[np.uint32]  # bytes, exclusive
    lines: NDArray[np.uint32]  # 1-based

    def __len__(self) -> int:
        return len(self.hashes)

    def span(self, first: int, last: int, offset: int = 0, lines: int = 0) -> Span:
        """The span from one token to another, both included.

        Args:
            first, last: the numbers of the tokens.
            offset, lines: bytes and lines before the part of the text that was lexed.
        """
        return Span(
            int(self.starts[first]) + offset,
            int(self.ends[last]) + offset,
            int(self.lines[first]) + lines,
            int(self.lines[last]) + lines,
        )

    def part(self, window: Window) -> Tokens:
        """The tokens of whole lines of the text."""
        at = slice(*self.starts.searchsorted(np.array((window.start, window.end), np.uint32)))
        start, lines = np.uint32(window.start), np.uint32(window.lines)
        return Tokens(
            self.hashes[at],
            self.kinds[at],
            self.starts[at] - start,
            self.ends[at] - start,
            self.lines[at] - lines,
        )

    def copy(self) -> Tokens:
        """The same tokens in arrays of their own."""
        return Tokens(
            self.hashes.copy(),
            self.kinds.copy(),
            self.starts.copy(),
            self.ends.copy(),
            self.lines.copy(),
        )


@kernel(int64(readonly(uint8), int64, int64), borrows=True)
def _byte_order_mark(data, at, end):  # type: ignore[no-untyped-def]
    """The length of a byte order mark at the start of a line, which no name should contain.

    Args:
        data: (bytes,) uint8, the text.
        at, end: the offset of the line, and where the text ends.

    Returns:
        int64, 3 or 0.
    """
    if at + 2 < end and data[at] == 0xEF and data[at + 1] == 0xBB and data[at + 2] == 0xBF:
        return 3
    return 0


@kernel(
    int64(
        readonly(uint8), int64, int64,
        uint8[::1], uint8[::1], uint64[::1], uint64[::1],
        uint64[::1], uint8[::1], uint32[::1], uint32[::1], uint32[::1],
    ),
    borrows=True,
)  # fmt: skip
def lex_into(  # type: ignore[no-untyped-def]
    data, begin, end, rules, classes, keywords, imports, hashes, kinds, starts, ends, lines
):
    """Lex data[begin:end].

    In hot loops offsets are unsigned, because numba checks signed ones for being negative.

    Args:
        data: (bytes,) uint8, the text, perhaps with others around it.
        begin, end: the text's offsets in data.
        rules: (RULES_WIDTH,) uint8, the row of the text's syntax in RULES.
        classes: (256,) uint8, its row in CLASSES.
        keywords: (TABLE,) uint64, its row in KEYWORDS.
        imports: (TABLE,) uint64, its row in IMPORTS.
        hashes: (>= end - begin,) uint64, written: the hash of each token.
        kinds: the same shape, uint8, written: the kind and flags of each token.
        starts, ends: the same shape, uint32, written: its offsets from `begin`.
        lines: the same shape, uint32, written: its line, 1-based.

    Returns:
        int64, the number of tokens.
    """
    n = uint64(0)
    i = begin
    line = 1
    i += _byte_order_mark(data, i, end)
    previous = int64(-1)  # offset of the token before on this line
    importing = uint8(0)
    names_on_line = 0
    marks_on_line = 0
    dead_quotes = 0  # quotes that do not close on this line, a bit each
    quoting = rules[QUOTING]
    by_name = quoting in (PERL, CPP, RUST)
    by_mark = rules[REGEX] != 0 or LITERAL_MARKS[quoting] != 0
    while i < end:
        byte = data[uint64(i)]
        kind = classes[byte]
        if kind == SPACE:
            at, stop_at = uint64(i) + uint64(1), uint64(end)
            while at < stop_at and data[at] == 32:
                at += uint64(1)
            i = int64(at)
            continue
        if kind == NEWLINE:
            i += 1
            i += _byte_order_mark(data, i, end)
            line += 1
            previous = -1
            importing = uint8(0)
            names_on_line = 0
            marks_on_line = 0
            dead_quotes = 0
            continue
        start = i
        # A comment mark of letters ("rem ") counts at the start of a line only.
        if kind == COMMENT or (kind == NAME_BYTE and previous < 0 and rules[WORD_COMMENT]):
            i = after_comment(data, start, end, rules, previous < 0)
            if i > start:
                continue
        if kind == NAME_BYTE:
            at, stop_at = uint64(i), uint64(min(end, i + BLOCK))
            h, number = uint64(0), uint64(0)
            while at < stop_at and classes[data[at]] <= DIGIT:
                h += (uint64(data[at]) + uint64(1)) * FACTORS[number]
                at += uint64(1)
                number += uint64(1)
            i = int64(at)
            if number == uint64(BLOCK):
                while i < end and classes[data[i]] <= DIGIT:
                    i += 1
                h = hash_range(data, start, i, False)
            else:
                h = finish(h)
            word = hash_range(data, start, i, True) if rules[FOLD_CASE] else h
            literal = int64(-1)
            if by_name and number <= uint64(3) and i < end and data[uint64(i)] > 32:
                literal = after_named(data, start, i, end, rules, previous < 0)
            if literal > 0:
                h = hash_range(data, start, literal, False)
                i = literal
                kinds[n] = STRING
            else:
                kinds[n] = WORD if contains(keywords, _LAST_SLOT, word) else NAME
            if names_on_line == 0 and marks_on_line <= 1 and contains(imports, _LAST_SLOT, word):
                importing = uint8(IMPORT)
                if marks_on_line == 1:
                    kinds[n - uint64(1)] |= importing
            kinds[n] |= importing
            names_on_line += 1
            hashes[n] = h
        elif kind == DIGIT:
            while i < end:
                # a point belongs to the number only between digits: 1.5 yes, 0..n no
                if classes[data[i]] > DIGIT and (
                    i + 1 >= end
                    or (
                        (data[i] != 46 or classes[data[i + 1]] != DIGIT)
                        and (
                            data[i] != 39
                            or rules[PRIME] != SEPARATOR
                            or classes[data[i + 1]] > DIGIT
                        )
                    )
                ):
                    break
                i += 1
            hashes[n] = hash_range(data, start, i, False)
            kinds[n] = NUMBER | importing
            names_on_line += 1
        else:
            stop = int64(-1)
            if kind == QUOTE:
                quote = 1 if byte == 34 else 2 if byte == 39 else 4
                before = data[uint64(i - 1)] if previous >= 0 else uint8(32)
                opens = not dead_quotes & quote
                if opens and CLOSES_OR_JOINS[before]:  # a call costs more than the rest
                    token = kinds[n - uint64(1)] & uint8(KIND)
                    opens = opens_string(data, previous, i, end, token, rules, classes)
                if opens:
                    if byte == 96 and quoting == TEMPLATE:
                        stop = after_template(data, i, end)
                    if stop < 0:
                        stop = after_string(data, i, end, rules, before == 36)
                    if stop > end:
                        stop = -1
                    if stop < 0 and not (byte == 39 and rules[CHAR_LITERAL]):
                        # nothing closes it on this line: looking again would be quadratic
                        dead_quotes |= quote
            elif by_mark and kind > MARK:
                token = kinds[n - uint64(1)] & uint8(KIND) if previous >= 0 else uint8(PUNCTUATION)
                word = hashes[n - uint64(1)] if previous >= 0 else uint64(0)
                stop = after_marked(data, begin, previous, token, word, i, end, rules)
            if stop > 0:
                hashes[n] = hash_range(data, i, stop, False)
                i = stop
                kinds[n] = STRING | importing
                names_on_line += 1
            else:
                hashes[n] = finish((uint64(byte) + uint64(1)) * FACTORS[0])
                i += 1
                kinds[n] = PUNCTUATION | importing
                marks_on_line += 1
        previous = start
        starts[n] = start - begin
        ends[n] = i - begin
        lines[n] = line
        n += uint64(1)
    return int64(n)


class Lexer:
    """Lexes texts into the same arrays again and again, which saves page faults."""

    def __init__(self, size: int = 1 << 12) -> None:
        """
        Args:
            size: bytes of the longest text to expect; for a longer one, arrays are made again.
        """
        self._allocate(max(size, 1))

    def _allocate(self, size: int) -> None:
        self._hashes, self._kinds = np.empty(size, np.uint64), np.empty(size, np.uint8)
        self._starts, self._ends, self._lines = np.empty((3, size), np.uint32)

    def lex(self, text: bytes, language: str | None = None) -> Tokens:
        """The tokens of a text, valid until the next call."""
        if len(text) > len(self._hashes):
            self._allocate(2 * len(text))
        arrays = self._hashes, self._kinds, self._starts, self._ends, self._lines
        rows = family_rows(syntax_of(language))
        ended = with_lone_returns_ended(text)
        n = lex_into(np.frombuffer(ended, np.uint8), 0, len(text), *rows, *arrays)
        hashes, kinds, starts, ends, lines = arrays
        if ended is not text and b"\n" in text:  # a lone carriage return is not counted there
            feeds = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
            lines[:n] = np.searchsorted(feeds, starts[:n]) + 1
        return Tokens(hashes[:n], kinds[:n], starts[:n], ends[:n], lines[:n])


def lex(text: bytes, language: str | None = None) -> Tokens:
    """The tokens of a text under the syntax of a language (canonical name; None: generic)."""
    return Lexer(len(text)).lex(text, language)
