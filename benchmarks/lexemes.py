"""A lexer for the benchmark's changes of code, independent of `attribution.lexing.lexer`.

Python is read by the standard library's `tokenize`; other languages, and fragments that `tokenize`
rejects, by one regular expression per language family. Speed does not matter here.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

__all__ = ["KEYWORDS", "Lexeme", "lexemes", "lexemes_lazily"]

C_WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while _Bool _Complex _Static_assert NULL
"""
CPP_WORDS = """
alignas alignof asm bool catch class concept const_cast consteval constexpr constinit decltype
delete dynamic_cast explicit export false friend mutable namespace new noexcept nullptr operator
override final private protected public reinterpret_cast requires static_assert static_cast
template this thread_local throw true try typeid typename using virtual wchar_t
"""
# Includes the predeclared constants and types: code in which they are renamed does not compile.
GO_WORDS = """
break case chan const continue default defer else fallthrough for func go goto if import interface
map package range return select struct switch type var true false nil iota any bool byte comparable
complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16
uint32 uint64 uintptr
"""
KEYWORDS: dict[str, frozenset[str]] = {
    "Python": frozenset(keyword.kwlist),
    "Go": frozenset(GO_WORDS.split()),
    "C": frozenset(C_WORDS.split()),
    "C++": frozenset((C_WORDS + CPP_WORDS).split()),
}

NAME_NUMBER_REST = r"(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<space>\s+)|(?P<op>.)"
SLASH_COMMENTS = r"(?P<comment>//[^\n]*|/\*.*?\*/)"
QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
FAMILIES = {
    "Python": re.compile(
        r"(?P<comment>\#[^\n]*)|(?P<string>\b[rbufRBUF]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|"
        rf"{QUOTED})|\"\"\".*?\"\"\"|'''.*?'''|{QUOTED})|{NAME_NUMBER_REST}",
        re.DOTALL,
    ),
    "Go": re.compile(
        rf"{SLASH_COMMENTS}|(?P<string>`[^`]*`|{QUOTED})|{NAME_NUMBER_REST}", re.DOTALL
    ),
    "C": re.compile(rf"{SLASH_COMMENTS}|(?P<string>{QUOTED})|{NAME_NUMBER_REST}", re.DOTALL),
}
TOKENIZE_KINDS = {
    tokenize.NAME: "name",
    tokenize.NUMBER: "number",
    tokenize.STRING: "string",
    tokenize.COMMENT: "comment",
    tokenize.OP: "op",
}


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of a text."""

    kind: str  # "name" (keywords too), "number", "string", "comment", "op" or "space"
    text: str


def lexemes(text: str, language: str) -> list[Lexeme]:
    """The text in pieces; their concatenation is the text."""
    if language == "Python":
        try:
            return by_tokenize(text)
        except (tokenize.TokenError, SyntaxError):
            pass  # a fragment
    return list(lexemes_lazily(text, language))


def lexemes_lazily(text: str, language: str) -> Iterator[Lexeme]:
    """The same by the regular expression of the family, lazily."""
    family = FAMILIES.get(language, FAMILIES["C"])
    for found in family.finditer(text):
        yield Lexeme(found.lastgroup or "op", found[0])


def by_tokenize(text: str) -> list[Lexeme]:
    """Python lexemes by the standard library.

    Raises:
        tokenize.TokenError, SyntaxError: the text is incomplete.
    """
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    starts.append(len(text))
    pieces: list[Lexeme] = []
    at = 0
    # Python 3.12 and later split an f-string into parts; join them.
    opened = getattr(tokenize, "FSTRING_START", -1)
    closed = getattr(tokenize, "FSTRING_END", -1)
    depth, opened_at = 0, 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        begin = min(starts[token.start[0] - 1] + token.start[1], len(text))
        end = min(starts[token.end[0] - 1] + token.end[1], len(text))
        kind = TOKENIZE_KINDS.get(token.type)
        if token.type == opened:
            depth += 1
            opened_at = begin if depth == 1 else opened_at
        elif token.type == closed:
            depth -= 1
            begin, kind = opened_at, "string"
        if depth or kind is None or end <= begin:
            continue
        if begin > at:
            pieces.append(Lexeme("space", text[at:begin]))
        pieces.append(Lexeme(kind, text[begin:end]))
        at = end
    if at < len(text):
        pieces.append(Lexeme("space", text[at:]))
    return pieces
