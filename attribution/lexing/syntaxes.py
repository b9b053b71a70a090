"""Syntax families: how languages write comments, strings and names. The table is syntaxes.toml.

The lexer is line-local, so a family describes what can be seen within one line. What one line
cannot show is lexed consistently rather than correctly: the lines of a heredoc are code. Two copies
of a text still give the same tokens, which is all that fingerprints need.

A family's number is its position in SYNTAXES; 0 is for unknown languages. An index does not store
these numbers: they may change from one version to the next.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SYNTAXES", "SYNTAX_NUMBERS", "Syntax"]


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a family of languages writes comments, strings and names."""

    name: str
    line_comments: tuple[str, ...] = ()  # at most 3, of 1-4 bytes each
    block_comment: tuple[str, str] | None = None  # opening and closing, 1-4 bytes each
    quotes: str = "\"'"  # characters that open and close a string
    triple_quotes: bool = False  # three of the same quote open a string over many lines
    char_literal: bool = False  # ' encloses one character or is an operator (Rust's lifetimes)
    backslash_escapes: bool = True  # else a doubled quote is an escaped quote
    raw_quotes: tuple[str, ...] = ()  # quotes between which nothing is escaped; "triple" too
    regex: str = ""  # /.../ by the "token" before it; "space": where a name comes first, by space
    quoting: str = (
        ""  # the language whose further literals there are: "perl" for q{...}, s/.../.../
    )
    primes: bool = False  # ' behind a name or a bracket is an operator (MATLAB's transpose)
    identifier_extra: str = ""  # ASCII characters beside [A-Za-z0-9_] that names may contain
    comment_needs_space: bool = False  # a line comment follows white space or starts the line
    comment_line_start: bool = False  # a line comment is the first thing on its line
    case_insensitive: bool = False  # keywords are compared in lower case
    keywords: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()  # first words of a line that only imports ("#include")


def _load() -> tuple[Syntax, ...]:
    tables = tomllib.loads(Path(__file__).with_name("syntaxes.toml").read_text("utf-8"))
    syntaxes = []
    for name, table in tables.items():
        words = tables[table.get("words_of", name)]
        fields = {key: value for key, value in table.items() if key != "words_of"}
        for key in {"line_comments", "block_comment", "raw_quotes"} & fields.keys():
            fields[key] = tuple(fields[key])
        for key in ("keywords", "imports"):
            fields[key] = frozenset(words.get(key, "").split())
        syntaxes.append(Syntax(name, **fields))
    return tuple(syntaxes)


SYNTAXES = _load()
SYNTAX_NUMBERS = {syntax.name: number for number, syntax in enumerate(SYNTAXES)}
