"""The syntax families as arrays, one row each, for the lexer's kernels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.hashing import hash_bytes
from attribution.lexing.syntaxes import SYNTAXES, Syntax

__all__ = ["CLASSES", "IMPORTS", "KEYWORDS", "OPERAND_WORDS", "RULES", "family_rows"]

# Kinds of token, the low bits of Tokens.kinds.
PUNCTUATION, WORD, NAME, NUMBER, STRING = 0, 1, 2, 3, 4  # WORD is a keyword, NAME an identifier

# Classes of byte. What continues a name or a number is <= DIGIT: one comparison in the hot loop.
NAME_BYTE, DIGIT, SPACE, NEWLINE, QUOTE, MARK, COMMENT, LITERAL = range(8)

# Columns of RULES. A comment mark is its length and four bytes; there is room for three marks of
# line comments.
LINE_COMMENTS, BLOCK_OPEN, BLOCK_CLOSE = 0, 15, 20
TRIPLE, CHAR_LITERAL, BACKSLASH, NEEDS_SPACE, LINE_START, FOLD_CASE, STARS = range(25, 32)
WORD_COMMENT, REGEX, QUOTING, PRIME, RULES_WIDTH = range(32, 37)
MARK_WIDTH = 5

# Bits of BACKSLASH: the quotes between which a backslash escapes.
DOUBLE_BIT, SINGLE_BIT, BACKTICK_BIT, TRIPLE_BIT = 1, 2, 4, 8
_QUOTE_BITS = {'"': DOUBLE_BIT, "'": SINGLE_BIT, "`": BACKTICK_BIT, "triple": TRIPLE_BIT}

# Values of the columns with the same names.
BY_TOKEN, BY_SPACE = 1, 2
_REGEX = ("", "token", "space")
CSHARP, RUST, CPP, SWIFT, PERL, RUBY, ELIXIR, ERLANG, SHELL, TEMPLATE = range(1, 11)
_QUOTING = (
    "", "c#", "rust", "c++", "swift", "perl", "ruby", "elixir", "erlang", "shell", "template",
)  # fmt: skip
# What ' is behind a name or a number: part of a word (don't), an operator (Rust's lifetimes), a
# separator of digits (1'000), or the start of a string as elsewhere.
APOSTROPHE, OPERATOR, SEPARATOR, OPENS = range(4)
_PRIMES = {"shell": OPENS, "c++": SEPARATOR}

# The byte with which a literal of each quoting begins, if that is a mark; 0 is none.
LITERAL_MARKS = np.zeros(len(_QUOTING), np.uint8)
for _quoting, _mark in ((CSHARP, "@"), (SWIFT, "#"), (RUBY, "%"), (ELIXIR, "~")):
    LITERAL_MARKS[_quoting] = ord(_mark)

LONGEST_LITERAL = 512  # bytes of a literal that is none of the strings; bounds a futile search


def _among(chars: str) -> NDArray[np.bool_]:
    """Which bytes are among some ASCII characters, (256,) bool."""
    table = np.zeros(256, np.bool_)
    table[list(chars.encode())] = True
    return table


QUOTES = _among("\"'")
CLOSES_OR_JOINS = _among("\\$)]}.'_")  # what may keep a quote behind it from opening a string
for _byte in range(256):
    CLOSES_OR_JOINS[_byte] |= _byte >= 128 or chr(_byte).isalnum()
OPENS_BRACKET = _among("[{<")  # the closing bracket is two bytes further
OPENS_OPERAND = _among("(,=:[!&|?{;~+")  # marks before which an operand begins
# Perl's quote-like operators, each with whether it has two parts; what may be before one, and what
# cannot be its delimiter: `$s`, `->s` and `{s}` are names, `s = 1` and `y => 1` too.
PERL_OPERATORS = np.array(
    [
        [*name.ljust(2, "\0").encode(), name in {"s", "y", "tr"}]
        for name in ("m", "s", "y", "q", "qq", "qw", "qr", "tr")
    ],
    np.uint8,
)
BEFORE_OPERATOR = _among(" \t\r(,=~!{;[?|")
NO_DELIMITER = _among(",;=)>]}")

# Words before which an operand begins, in any language with regular expressions between slashes.
_OPERAND_WORDS = """
return typeof case in of do else void delete throw new instanceof yield await default extends if
elsif unless while until when and or not then assert split grep
"""

TABLE = 1024  # slots of a word table; the longest keyword list has fewer than 200 words


def _rules(syntax: Syntax) -> NDArray[np.uint8]:
    row = np.zeros(RULES_WIDTH, dtype=np.uint8)

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
    if syntax.backslash_escapes:
        raw = syntax.raw_quotes or ("'",) * (syntax.quoting == "shell")
        row[BACKSLASH] = sum(bit for quote, bit in _QUOTE_BITS.items() if quote not in raw)
    row[REGEX] = _REGEX.index(syntax.regex)
    row[QUOTING] = _QUOTING.index(syntax.quoting)
    operator = syntax.char_literal or syntax.primes
    row[PRIME] = OPERATOR if operator else _PRIMES.get(syntax.quoting, APOSTROPHE)
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
    put("/" if syntax.regex else "", LITERAL)
    put(chr(LITERAL_MARKS[_QUOTING.index(syntax.quoting)]).strip("\0"), LITERAL)
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


RULES = np.stack([_rules(syntax) for syntax in SYNTAXES])  # (families, RULES_WIDTH) uint8
CLASSES = np.stack([_classes(syntax) for syntax in SYNTAXES])  # (families, 256) uint8
KEYWORDS = np.stack([_word_table(syntax.keywords) for syntax in SYNTAXES])  # (families, TABLE)
IMPORTS = np.stack([_word_table(_import_words(syntax)) for syntax in SYNTAXES])
OPERAND_WORDS = _word_table(frozenset(_OPERAND_WORDS.split()))  # (TABLE,)


@lru_cache(maxsize=64)
def family_rows(
    family: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint64], NDArray[np.uint64]]:
    """The rows of RULES, CLASSES, KEYWORDS and IMPORTS for one family."""
    return RULES[family], CLASSES[family], KEYWORDS[family], IMPORTS[family]
