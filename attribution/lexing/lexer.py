"""Bytes to tokens, in one pass over the text and without a grammar.

The lexer is *line-local*: the tokens of a line depend on that line alone. A snippet that is cut out
anywhere therefore has the tokens that its file has, which a lexer with a memory (of docstrings, of
block comments) cannot promise: started in mid-file it takes code for string and string for code.

What follows from it:
  * a string is one token if it closes on its line, else its quote is punctuation;
  * a comment is dropped to the end of its line, or to its closing mark on the same line;
  * in languages with /* */ a line that starts with "* " or "*/" (or with more stars) is the inside
    of a comment;
  * the inside of other block comments and of docstrings is lexed as words.

Each token has a hash of its bytes and a kind; the two streams that are fingerprinted come from the
same tokens: *raw* takes the hash, *renamed* takes the kind of names, numbers and strings instead.
Trade-off not taken: tree-sitter (13 MB/s) and Pygments know more and are thirty times slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import boolean, kernel, types, uint8, uint32, uint64
from attribution.lexing.languages import SYNTAXES, Syntax, syntax_of

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

# Kinds of token, the low bits of Tokens.kinds.
PUNCTUATION, WORD, NAME, NUMBER, STRING = 0, 1, 2, 3, 4  # WORD is a keyword, NAME an identifier
KIND = 0x0F
IMPORT = 0x10  # flag: the line only imports

# Classes of byte. What goes on a name or a number is <= _DIGIT: one comparison in the hot loop.
_NAME, _DIGIT, _SPACE, _NEWLINE, _QUOTE, _MARK, _COMMENT = 0, 1, 2, 3, 4, 5, 6

# Row layout of _RULES, one row a syntax.
_LINE_COMMENTS, _BLOCK_OPEN, _BLOCK_CLOSE = (
    0,
    15,
    20,
)  # length byte + 4 bytes each (three, one, one)
_TRIPLE, _CHAR_LITERAL, _BACKSLASH, _NEEDS_SPACE, _LINE_START, _FOLD_CASE, _STARS = range(25, 32)
_WORD_COMMENT, _RULES_WIDTH = 32, 33
_TABLE = 1024  # slots of a word table; the largest keyword list has under 200 words

READONLY_BYTES = types.Array(uint8, 1, "C", readonly=True)
# A token's hash is a sum of its bytes times odd factors, 64 bytes at a time: unlike the chained
# multiplications of FNV, those of one token do not wait for each other.
_BLOCK = 64
FACTORS = np.random.RandomState(7).randint(0, 2**63, _BLOCK, dtype=np.uint64) * np.uint64(
    2
) + np.uint64(1)
_MIX = np.uint64(0x9E3779B97F4A7C15)


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


def hash_bytes(word: bytes) -> int:
    """The lexer's hash of a token, as in the kernels."""
    bits, value = 0xFFFFFFFFFFFFFFFF, 0
    for number, byte in enumerate(word):
        if number and number % _BLOCK == 0:
            value = ((value ^ (value >> 31)) * int(_MIX)) & bits
        value = (value + (byte + 1) * int(FACTORS[number % _BLOCK])) & bits
    value = ((value ^ (value >> 32)) * int(_MIX)) & bits
    return value ^ (value >> 29)


def _table(words: frozenset[str]) -> NDArray[np.uint64]:
    """An open-addressing set of word hashes; 0 is empty."""
    table = np.zeros(_TABLE, dtype=np.uint64)
    for word in sorted(words):
        value = hash_bytes(word.encode())
        slot = value % _TABLE
        while table[slot]:
            slot = (slot + 1) % _TABLE
        table[slot] = value
    return table


def _rules(syntax: Syntax) -> NDArray[np.uint8]:
    row = np.zeros(_RULES_WIDTH, dtype=np.uint8)

    def put(at: int, mark: str) -> None:
        data = mark.encode()
        row[at] = len(data)
        row[at + 1 : at + 1 + len(data)] = list(data)

    for number, mark in enumerate(syntax.line_comments[:3]):
        put(_LINE_COMMENTS + 5 * number, mark)
    if syntax.block_comment is not None:
        put(_BLOCK_OPEN, syntax.block_comment[0])
        put(_BLOCK_CLOSE, syntax.block_comment[1])
        row[_STARS] = syntax.block_comment[0] == "/*"
    row[_TRIPLE] = syntax.triple_quotes
    row[_CHAR_LITERAL] = syntax.char_literal
    row[_BACKSLASH] = syntax.backslash_escapes
    row[_NEEDS_SPACE] = syntax.comment_needs_space
    row[_LINE_START] = syntax.comment_line_start
    row[_FOLD_CASE] = syntax.case_insensitive
    row[_WORD_COMMENT] = any(mark[0].isalpha() for mark in syntax.line_comments)
    return row


def _classes(syntax: Syntax) -> NDArray[np.uint8]:
    row = np.full(256, _MARK, dtype=np.uint8)
    row[:33] = _SPACE
    row[127] = _SPACE
    row[10] = _NEWLINE
    row[128:] = _NAME
    for char in "abcdefghijklmnopqrstuvwxyz_":
        row[ord(char)] = row[ord(char.upper())] = _NAME
    row[48:58] = _DIGIT
    for mark in syntax.line_comments:
        if row[ord(mark[0])] == _MARK:
            row[ord(mark[0])] = _COMMENT
    if syntax.block_comment is not None:
        row[ord(syntax.block_comment[0][0])] = _COMMENT
    if syntax.block_comment is not None and syntax.block_comment[0] == "/*":
        row[ord("*")] = _COMMENT
    for char in syntax.identifier_extra:
        if row[ord(char)] == _MARK:
            row[ord(char)] = _NAME
    for char in syntax.quotes:
        if row[ord(char)] == _MARK:
            row[ord(char)] = _QUOTE
    return row


def _import_words(syntax: Syntax) -> frozenset[str]:
    """The import words as names of their family; a mark before one ("#include") is a token."""
    marks = "".join(chr(byte) for byte in np.flatnonzero(_classes(syntax)[:128] != _NAME))
    return frozenset(word.lstrip(marks) for word in syntax.imports)


RULES = np.stack([_rules(syntax) for syntax in SYNTAXES])  # shape (families, 33)
CLASSES = np.stack([_classes(syntax) for syntax in SYNTAXES])  # shape (families, 256)
KEYWORDS = np.stack([_table(syntax.keywords) for syntax in SYNTAXES])  # shape (families, 1024)
IMPORTS = np.stack([_table(_import_words(syntax)) for syntax in SYNTAXES])


@kernel(uint64(uint64), inline="always")
def finish(h):  # type: ignore[no-untyped-def]
    h = (h ^ (h >> uint64(32))) * _MIX
    return h ^ (h >> uint64(29))


@kernel(uint64(READONLY_BYTES, types.int64, types.int64, boolean))
def _hash(data, start, stop, fold):  # type: ignore[no-untyped-def]
    """The hash of data[start:stop], with ASCII capitals as small letters if `fold`."""
    h = uint64(0)
    number = uint64(0)
    for at in range(uint64(start), uint64(stop)):
        if number == uint64(_BLOCK):
            h = (h ^ (h >> uint64(31))) * _MIX
            number = uint64(0)
        byte = data[at]
        if fold and 65 <= byte <= 90:
            byte += 32
        h += (uint64(byte) + uint64(1)) * FACTORS[number]
        number += uint64(1)
    return finish(h)


@kernel(
    boolean(uint64[::1], uint64),
)
def _holds(table, value):  # type: ignore[no-untyped-def]
    slot = value & uint64(_TABLE - 1)
    while table[slot] != 0:
        if table[slot] == value:
            return True
        slot = (slot + uint64(1)) & uint64(_TABLE - 1)
    return False


@kernel(
    boolean(READONLY_BYTES, types.int64, types.int64, uint8[::1], types.int64),
)
def _starts(data, at, end, rules, mark):  # type: ignore[no-untyped-def]
    """Whether the mark stored at rules[mark] stands at data[at]."""
    length = rules[mark]
    if length == 0 or at + length > end:
        return False
    for offset in range(length):
        if data[at + offset] != rules[mark + 1 + offset]:
            return False
    return True


@kernel(
    types.int64(READONLY_BYTES, types.int64, types.int64, uint8[::1]),
)
def _after_block(data, at, end, rules):  # type: ignore[no-untyped-def]
    """The offset behind a block comment's closing mark on this line, or the line's end."""
    first = rules[_BLOCK_CLOSE + 1]
    while at < end and data[at] != 10:
        if data[at] == first and _starts(data, at, end, rules, _BLOCK_CLOSE):
            return at + rules[_BLOCK_CLOSE]
        at += 1
    return at


@kernel(
    types.int64(READONLY_BYTES, types.int64, types.int64, uint8[::1]),
)
def _after_string(data, at, end, rules):  # type: ignore[no-untyped-def]
    """The offset behind the string that opens at `at`, or -1 when it does not close on its line."""
    quote = data[at]
    if rules[_TRIPLE] and at + 2 < end and data[at + 1] == quote and data[at + 2] == quote:
        i = at + 3
        while i < end and data[i] != 10:
            if data[i] == 92 and rules[_BACKSLASH] and i + 1 < end and data[i + 1] != 10:
                i += 2
                continue
            if data[i] == quote and i + 2 < end and data[i + 1] == quote and data[i + 2] == quote:
                return i + 3
            i += 1
        return -1
    if quote == 39 and rules[_CHAR_LITERAL]:
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
    escapes = rules[_BACKSLASH] != 0
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


@kernel(
    types.int64(READONLY_BYTES, types.int64, types.int64),
)
def _mark_length(data, at, end):  # type: ignore[no-untyped-def]
    """3 where a byte order mark starts a line: it is no part of the first name. Else 0."""
    if at + 2 < end and data[at] == 0xEF and data[at + 1] == 0xBB and data[at + 2] == 0xBF:
        return 3
    return 0


@kernel(
    types.int64(
        READONLY_BYTES, types.int64, types.int64,
        uint8[::1], uint8[::1], uint64[::1], uint64[::1],
        uint64[::1], uint8[::1], uint32[::1], uint32[::1], uint32[::1],
    ),
)  # fmt: skip
def lex_into(  # type: ignore[no-untyped-def]
    data, begin, end, rules, classes, keywords, imports, hashes, kinds, starts, ends, lines
):
    """Lex data[begin:end] into the five arrays (each of length >= end - begin); returns n.

    Where a loop is hot its offsets are unsigned: numba tests signed ones for being negative.

    `starts` and `ends` are relative to `begin`. `rules`, `classes`, `keywords` and `imports` are
    one syntax's rows of the tables above.
    """
    n = uint64(0)
    i = begin
    line = 1
    i += _mark_length(data, i, end)
    fresh = True  # nothing but white space so far on this line
    importing = uint8(0)
    names_on_line = 0
    marks_on_line = 0
    dead_quotes = 0  # quotes that do not close on this line, a bit each
    while i < end:
        byte = data[uint64(i)]
        kind = classes[byte]
        if kind == _SPACE:
            at, stop_at = uint64(i) + uint64(1), uint64(end)
            while at < stop_at and data[at] == 32:
                at += uint64(1)
            i = types.int64(at)
            continue
        if kind == _NEWLINE:
            i += 1
            i += _mark_length(data, i, end)
            line += 1
            fresh = True
            importing = uint8(0)
            names_on_line = 0
            marks_on_line = 0
            dead_quotes = 0
            continue
        start = i
        if kind == _NAME:
            if fresh and rules[_WORD_COMMENT]:  # "rem ", at the start of a line only
                dropped = False
                for number in range(3):
                    if _starts(data, i, end, rules, _LINE_COMMENTS + 5 * number):
                        dropped = True
                if dropped:
                    while i < end and data[i] != 10:
                        i += 1
                    continue
            at, stop_at = uint64(i), uint64(min(end, i + _BLOCK))
            h, number = uint64(0), uint64(0)
            while at < stop_at and classes[data[at]] <= _DIGIT:
                h += (uint64(data[at]) + uint64(1)) * FACTORS[number]
                at += uint64(1)
                number += uint64(1)
            i = types.int64(at)
            if number == uint64(_BLOCK):
                while i < end and classes[data[i]] <= _DIGIT:
                    i += 1
                h = _hash(data, start, i, False)
            else:
                h = finish(h)
            word = _hash(data, start, i, True) if rules[_FOLD_CASE] else h
            kinds[n] = WORD if _holds(keywords, word) else NAME
            if names_on_line == 0 and marks_on_line <= 1 and _holds(imports, word):
                importing = uint8(IMPORT)
                if marks_on_line == 1:
                    kinds[n - uint64(1)] |= importing
            kinds[n] |= importing
            names_on_line += 1
            hashes[n] = h
        elif kind == _DIGIT:
            while i < end:
                # a point belongs to the number only between digits: 1.5 yes, 0..n no
                if classes[data[i]] > _DIGIT and (
                    data[i] != 46 or i + 1 >= end or classes[data[i + 1]] != _DIGIT
                ):
                    break
                i += 1
            hashes[n] = _hash(data, start, i, False)
            kinds[n] = NUMBER | importing
            names_on_line += 1
        else:
            if kind == _COMMENT:
                dropped = False
                if rules[_BLOCK_OPEN] and _starts(data, i, end, rules, _BLOCK_OPEN):
                    i = _after_block(data, i + rules[_BLOCK_OPEN], end, rules)
                    continue
                if byte == 42 and fresh and rules[_STARS]:
                    behind = i + 1
                    while behind < end and data[behind] == 42:  # "**/" ends many a doc comment
                        behind += 1
                    follows = data[behind] if behind < end else uint8(10)
                    if follows <= 32 or follows == 47:
                        i = _after_block(data, i, end, rules)
                        continue
                for number in range(3):
                    if _starts(data, i, end, rules, _LINE_COMMENTS + 5 * number) and (
                        fresh
                        or (
                            not rules[_LINE_START]
                            and (not rules[_NEEDS_SPACE] or data[i - 1] <= 32)
                        )
                    ):
                        dropped = True
                        break
                if dropped:
                    at, stop_at = uint64(i), uint64(end)
                    while at < stop_at and data[at] != 10:
                        at += uint64(1)
                    i = types.int64(at)
                    continue
            stop = -1
            quote = 1 if byte == 34 else 2 if byte == 39 else 4
            if kind == _QUOTE and not dead_quotes & quote:
                stop = _after_string(data, i, end, rules)
                if stop > end:
                    stop = -1
                if stop < 0 and not (byte == 39 and rules[_CHAR_LITERAL]):
                    # nothing closes it on this line: do not look again (keeps the lexer linear)
                    dead_quotes |= quote
            if stop > 0:
                hashes[n] = _hash(data, i, stop, False)
                i = stop
                kinds[n] = STRING | importing
                names_on_line += 1
            else:
                hashes[n] = finish((uint64(byte) + uint64(1)) * FACTORS[0])
                i += 1
                kinds[n] = PUNCTUATION | importing
                marks_on_line += 1
        fresh = False
        starts[n] = start - begin
        ends[n] = i - begin
        lines[n] = line
        n += uint64(1)
    return types.int64(n)


@lru_cache(maxsize=64)
def family_rows(
    family: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint64], NDArray[np.uint64]]:
    """The rows of RULES, CLASSES, KEYWORDS and IMPORTS for one family."""
    return RULES[family], CLASSES[family], KEYWORDS[family], IMPORTS[family]


class Lexer:
    """Lexes one text after the other into the same arrays, which spares their page faults."""

    def __init__(self) -> None:
        self._room(1 << 12)

    def _room(self, size: int) -> None:
        self._hashes, self._kinds = np.empty(size, np.uint64), np.empty(size, np.uint8)
        self._starts, self._ends, self._lines = np.empty((3, size), np.uint32)

    def lex(self, text: bytes, language: str | None = None) -> Tokens:
        """The tokens of a text; good until the next call."""
        if len(text) > len(self._hashes):
            self._room(2 * len(text))
        arrays = self._hashes, self._kinds, self._starts, self._ends, self._lines
        rows = family_rows(syntax_of(language))
        n = lex_into(np.frombuffer(text, np.uint8), 0, len(text), *rows, *arrays)
        hashes, kinds, starts, ends, lines = arrays
        return Tokens(hashes[:n], kinds[:n], starts[:n], ends[:n], lines[:n])


def lex(text: bytes, language: str | None = None) -> Tokens:
    """The tokens of a text under the syntax of a language (canonical name; None: generic)."""
    size = max(len(text), 1)
    hashes, kinds = np.empty(size, np.uint64), np.empty(size, np.uint8)
    starts, ends, lines = np.empty((3, size), np.uint32)
    n = lex_into(
        np.frombuffer(text, np.uint8), 0, len(text), *family_rows(syntax_of(language)),
        hashes, kinds, starts, ends, lines,
    )  # fmt: skip
    return Tokens(hashes[:n], kinds[:n], starts[:n], ends[:n], lines[:n])
