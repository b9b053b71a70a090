"""The syntax families as arrays, one row each, for the lexer's kernels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.hashing import hash_bytes
from attribution.lexing.syntaxes import SYNTAXES, Syntax

__all__ = ["CLASSES", "IMPORTS", "KEYWORDS", "RULES", "family_rows"]

# Classes of byte. What continues a name or a number is <= DIGIT: one comparison in the hot loop.
NAME_BYTE, DIGIT, SPACE, NEWLINE, QUOTE, MARK, COMMENT = 0, 1, 2, 3, 4, 5, 6

# Columns of RULES. A comment mark is its length and four bytes; there is room for three marks of
# line comments.
LINE_COMMENTS, BLOCK_OPEN, BLOCK_CLOSE = 0, 15, 20
TRIPLE, CHAR_LITERAL, BACKSLASH, NEEDS_SPACE, LINE_START, FOLD_CASE, STARS = range(25, 32)
WORD_COMMENT, _RULES_WIDTH = 32, 33
MARK_WIDTH = 5

TABLE = 1024  # slots of a word table; the longest keyword list has fewer than 200 words


def _rules(syntax: Syntax) -> NDArray[np.uint8]:
    row = np.zeros(_RULES_WIDTH, dtype=np.uint8)

    def put(at: int, mark: str) -> None:
        row[at : at + len(mark) + 1] = [len(mark), *mark.encode()]

    for number, mark in enumerate(syntax.line_comments[:3]):
        put(LINE_COMMENTS + MARK_WIDTH * number, mark)
    if syntax.block_comment is not None:
        put(BLOCK_OPEN, syntax.block_comment[0])
        put(BLOCK_CLOSE, syntax.block_comment[1])
        row[STARS] = syntax.block_comment[0] == "/*"
    row[TRIPLE] = syntax.triple_quotes
    row[CHAR_LITERAL] = syntax.char_literal
    row[BACKSLASH] = syntax.backslash_escapes
    row[NEEDS_SPACE] = syntax.comment_needs_space
    row[LINE_START] = syntax.comment_line_start
    row[FOLD_CASE] = syntax.case_insensitive
    row[WORD_COMMENT] = any(mark[0].isalpha() for mark in syntax.line_comments)
    return row


def _classes(syntax: Syntax) -> NDArray[np.uint8]:
    row = np.full(256, MARK, dtype=np.uint8)
    row[:33] = SPACE
    row[127] = SPACE
    row[10] = NEWLINE
    row[128:] = NAME_BYTE
    for char in "abcdefghijklmnopqrstuvwxyz_":
        row[ord(char)] = row[ord(char.upper())] = NAME_BYTE
    row[48:58] = DIGIT

    def put(chars: str, kind: int) -> None:
        for char in chars:
            if row[ord(char)] == MARK:
                row[ord(char)] = kind

    put("".join(mark[0] for mark in syntax.line_comments), COMMENT)
    if syntax.block_comment is not None:
        row[ord(syntax.block_comment[0][0])] = COMMENT
        if syntax.block_comment[0] == "/*":
            row[ord("*")] = COMMENT
    put(syntax.identifier_extra, NAME_BYTE)
    put(syntax.quotes, QUOTE)
    return row


def _word_table(words: frozenset[str]) -> NDArray[np.uint64]:
    """An open-addressing set of the hashes of words; 0 is empty."""
    table = np.zeros(TABLE, dtype=np.uint64)
    for word in sorted(words):
        value = hash_bytes(word.encode())
        slot = value % TABLE
        while table[slot]:
            slot = (slot + 1) % TABLE
        table[slot] = value
    return table


def _import_words(syntax: Syntax) -> frozenset[str]:
    """The import words without the marks before them: "#include" is two tokens."""
    marks = "".join(chr(byte) for byte in np.flatnonzero(_classes(syntax)[:128] != NAME_BYTE))
    return frozenset(word.lstrip(marks) for word in syntax.imports)


RULES = np.stack([_rules(syntax) for syntax in SYNTAXES])  # (families, 33) uint8
CLASSES = np.stack([_classes(syntax) for syntax in SYNTAXES])  # (families, 256) uint8
KEYWORDS = np.stack([_word_table(syntax.keywords) for syntax in SYNTAXES])  # (families, TABLE)
IMPORTS = np.stack([_word_table(_import_words(syntax)) for syntax in SYNTAXES])


@lru_cache(maxsize=64)
def family_rows(
    family: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint64], NDArray[np.uint64]]:
    """The rows of RULES, CLASSES, KEYWORDS and IMPORTS for one family."""
    return RULES[family], CLASSES[family], KEYWORDS[family], IMPORTS[family]
