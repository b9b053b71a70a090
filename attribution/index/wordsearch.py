"""How a `WordQuery` matches a text, for every engine.

A word is a run of ASCII letters, digits, "_" and bytes of non-ASCII characters (as in
`attribution.sketching.words`), compared without regard to ASCII case. A phrase must be in the
document as written, and must not cut words: "port os" is not in "import os". A phrase that is
nowhere as written may differ in case.

A search has two passes. In the first, words must be in the text as they are. In the second, they
may also be parts of identifiers: "heap replace" finds heapreplace and my_heap(ReplaceAll), but not
cheap. Candidates of both come from the terms of the index; the texts decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from attribution.errors import InputError
from attribution.index.interface import WordQuery
from attribution.index.regular_expression import RegularExpression, TermPattern
from attribution.sketching.words import (
    MAX_PART_BYTES,
    MAX_WORD_BYTES,
    MIN_PART_BYTES,
    PART_MARK,
)

__all__ = [
    "Lookup",
    "TextQuery",
]

_CLASS = rb"[A-Za-z0-9_\x80-\xff]"
_WORD = re.compile(_CLASS + rb"+")
# Where a part of an identifier begins, as in `attribution.sketching.words`.
_PART = rb"(?:(?<!" + _CLASS + rb")|(?<=_)(?!_)|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))"

# Finds the offsets of all matches in a text; the second argument is the text in lower case.
_Finder = Callable[[bytes, bytes], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What an engine looks up: the documents with a term of every group."""

    required: tuple[tuple[TermPattern, ...], ...]
    preferred: tuple[str, ...] = ()  # terms that rank a document higher
    parts: bool = False  # whether words may be parts of identifiers


class TextQuery:
    """A WordQuery compiled for matching."""

    __slots__ = ("_finders", "lookups")

    def __init__(self, query: WordQuery) -> None:
        """Compile it.

        Raises:
            InputError: there is nothing to search for, or nothing that an index can look up.
        """
        words: list[bytes] = []
        phrases = [phrase.encode("utf-8", "replace") for phrase in query.phrases if phrase]
        for given in query.words:
            text = given.encode("utf-8", "replace")
            found = _WORD.findall(text)
            words.extend(word.lower() for word in found)
            if not found and text.strip():
                phrases.append(text.strip())  # "((" has no word, but can be a phrase
        words = list(dict.fromkeys(words))
        regexes = [RegularExpression(pattern) for pattern in query.regexes]
        if not (words or phrases or regexes):
            raise InputError("nothing to search for: give a word, or a phrase in quotes")
        others: list[_Finder] = [
            *(_phrase(phrase) for phrase in dict.fromkeys(phrases)),
            *(regex.spans for regex in regexes),
        ]
        whole = [_whole_word(word) for word in words]
        parts = [_part(word, words) if _can_be_part(word) else _whole_word(word) for word in words]
        self._finders = {False: [*whole, *others], True: [*parts, *others]}
        # First, words as they are; then, as parts of identifiers.
        self.lookups = tuple(_lookups(query, words, phrases, regexes))

    def lines(self, content: bytes, *, parts: bool = False) -> tuple[int, ...] | None:
        """1-based lines with words, phrases and matches, those with the rarest of them first.

        None when something is missing. A word is rare when few lines of this text have it.

        Args:
            content: the text.
            parts: whether words may be parts of identifiers.
        """
        lowered = content.lower()
        found: list[list[tuple[int, int]]] = []
        for finder in self._finders[parts]:
            spans = finder(content, lowered)
            if not spans:
                return None
            found.append(spans)
        weights: Counter[int] = Counter()
        for spans in found:
            lines = _lines_of(content, spans)
            weights.update(dict.fromkeys(lines, 1 / len(lines)))
        return tuple(sorted(weights, key=lambda line: (-weights[line], line)))


def _lookups(
    query: WordQuery,
    words: Sequence[bytes],
    phrases: Sequence[bytes],
    regexes: Sequence[RegularExpression],
) -> Iterator[Lookup]:
    """What to look up, in this order.

    Raises:
        InputError: nothing can be looked up.
    """
    fixed = [word.lower() for phrase in phrases for word in _WORD.findall(phrase)]
    groups = [(TermPattern(_text(word)),) for word in fixed if len(word) <= MAX_WORD_BYTES]
    terms = [term for regex in regexes for term in regex.terms if len(term.text) <= MAX_WORD_BYTES]
    groups += [(term,) for term in terms if not term.before]
    whole = [(TermPattern(_text(word)),) for word in words if len(word) <= MAX_WORD_BYTES]
    if not groups and not whole:
        # Every term of the index is compared with these, so the longest has to do.
        inside = sorted((term for term in terms if term.before), key=lambda t: -len(t.text))
        groups = [(term,) for term in inside[:1]]
    if not groups and not whole:
        shown = " ".join((*query.words, *query.phrases, *(f"/{r}/" for r in query.regexes)))
        raise InputError(
            f"{shown!r} has nothing that can be looked up. Add a word of letters or digits "
            f"(at most {MAX_WORD_BYTES} bytes) that the text has; a regular expression can also "
            "have such a word in all its matches"
        )
    yield Lookup(tuple(dict.fromkeys([*whole, *groups])))
    if any(map(_can_be_part, words)):
        joined = _joined(words)
        run_together = [term for word in joined for term in _part_terms(word)]
        parts = [
            (*_part_terms(word), *run_together)
            if _can_be_part(word)
            else (TermPattern(_text(word)),)
            for word in words
            if len(word) <= MAX_WORD_BYTES
        ]
        preferred = tuple(map(_text, joined))
        yield Lookup(tuple(dict.fromkeys([*parts, *groups])), preferred, parts=True)


def _can_be_part(word: bytes) -> bool:
    return MIN_PART_BYTES <= len(word) <= MAX_WORD_BYTES and not word[:1].isdigit()


def _joined(words: Sequence[bytes]) -> list[bytes]:
    """Identifiers that several words make when they are run together."""
    made = [separator.join(words) for separator in (b"", b"_")]
    return [word for word in made if len(words) > 1 and _can_be_part(word)]


def _part_terms(word: bytes) -> tuple[TermPattern, ...]:
    """The terms of the index that have a word at their beginning, or at that of a part."""
    part = word[:MAX_PART_BYTES].decode("utf-8", "ignore")
    return TermPattern(_text(word), after=True), TermPattern(PART_MARK + part, after=True)


def _text(word: bytes) -> str:
    return word.decode("utf-8", "replace")


def _whole_word(word: bytes) -> _Finder:
    pattern = re.compile(_bounded(word))

    def find(_: bytes, lowered: bytes) -> list[tuple[int, int]]:
        return _spans(pattern, lowered) if word in lowered else []

    return find


def _part(word: bytes, words: Sequence[bytes]) -> _Finder:
    """Finds a word as a part of identifiers, and all words run together as such a part."""
    texts = rb"|".join(map(_part_text, [*_joined(words), word]))
    pattern = re.compile(_PART + rb"(?i:" + texts + rb")")

    def find(content: bytes, lowered: bytes) -> list[tuple[int, int]]:
        return _spans(pattern, content) if word in lowered else []

    return find


def _part_text(word: bytes) -> bytes:
    """The pattern of a part; a number at its end is whole: sha2 is in sha2_sum, not in sha256."""
    return re.escape(word) + (rb"(?![0-9])" if word[-1:].isdigit() else b"")


def _phrase(phrase: bytes) -> _Finder:
    exact, loose = re.compile(_bounded(phrase)), re.compile(_bounded(phrase.lower()))

    def find(content: bytes, lowered: bytes) -> list[tuple[int, int]]:
        if phrase.lower() not in lowered:
            return []
        return _spans(exact, content) or _spans(loose, lowered)

    return find


def _spans(pattern: re.Pattern[bytes], text: bytes) -> list[tuple[int, int]]:
    return [m.span() for m in pattern.finditer(text)]


def _lines_of(content: bytes, spans: Iterable[tuple[int, int]]) -> set[int]:
    """1-based lines of spans that are in order."""
    lines: set[int] = set()
    line, at = 1, 0
    for start, end in spans:
        line += content.count(b"\n", at, start)
        at = start
        lines.update(range(line, line + content.count(b"\n", start, end) + 1))
    return lines


def _bounded(text: bytes) -> bytes:
    """A pattern for a text that does not cut words."""
    before = rb"(?<!" + _CLASS + rb")" if _WORD.match(text[:1]) else b""
    after = rb"(?!" + _CLASS + rb")" if _WORD.match(text[-1:]) else b""
    return before + re.escape(text) + after
