"""Languages: names, file extensions, and the syntax that the lexer needs of each."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Syntax"]


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a family of languages writes comments, strings and names."""

    name: str
    line_comments: tuple[str, ...] = ()  # at most 3, of 1-4 bytes each
    block_comment: tuple[str, str] | None = None  # opening and closing, 1-4 bytes each
    quotes: str = "\"'"  # characters that open and close a string
    triple_quotes: bool = False  # three of the same quote open a string over many lines
    char_literal: bool = False  # ' holds one character, else it is an operator (Rust lifetimes, primes)
    backslash_escapes: bool = True  # else a doubled quote stands for the quote
    identifier_extra: str = ""  # ASCII characters beside [A-Za-z0-9_] that names may hold
    comment_needs_space: bool = False  # a line comment starts only after white space or at line start
    comment_line_start: bool = False  # a line comment starts only as the first thing of a line
    case_insensitive: bool = False  # keywords are compared in lower case
    keywords: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()  # first words of a line that only imports, "#include" too
