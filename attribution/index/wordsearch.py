"""How a `WordQuery` matches a text, for every engine.

A word is a run of ASCII letters, digits, "_" and bytes of non-ASCII characters (as in
`attribution.sketching.words`), compared without regard to ASCII case. A phrase must be in the
document as written, and must not cut words: "port os" is not in "import os". A phrase that is
nowhere as written may differ in case. Any text is a valid query.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from attribution.errors import InputError
from attribution.index.interface import WordHit, WordQuery
from attribution.index.occurrences import by_count
from attribution.sketching.words import MAX_WORD_BYTES

__all__ = ["Facets", "TextQuery", "count_facets", "too_much_to_scan"]

_CLASS = rb"[A-Za-z0-9_\x80-\xff]"
_WORD = re.compile(_CLASS + rb"+")


class TextQuery:
    """A WordQuery compiled for matching."""

    __slots__ = ("_phrases", "_words", "terms")

    def __init__(self, query: WordQuery) -> None:
        words: list[bytes] = []
        phrases = [phrase.encode("utf-8", "replace") for phrase in query.phrases if phrase]
        for given in query.words:
            text = given.encode("utf-8", "replace")
            found = _WORD.findall(text)
            words.extend(found)
            if not found and text.strip():
                phrases.append(text.strip())  # "((" has no word, but can be a phrase
        if not words and not phrases:
            raise InputError("nothing to search for: give a word, or a phrase in quotes")
        words = list(dict.fromkeys(word.lower() for word in words))
        inside = [word.lower() for phrase in phrases for word in _WORD.findall(phrase)]
        # The words that an engine can look up; a text without one of them cannot match.
        self.terms = tuple(
            term.decode("utf-8", "replace")
            for term in dict.fromkeys(words + inside)
            if len(term) <= MAX_WORD_BYTES
        )
        self._words = [re.compile(_bounded(word), re.IGNORECASE) for word in words]
        self._phrases = [
            (re.compile(_bounded(phrase)), re.compile(_bounded(phrase), re.IGNORECASE))
            for phrase in dict.fromkeys(phrases)
        ]

    def lines(self, content: bytes) -> tuple[int, ...] | None:
        """1-based lines of all words and phrases in a text; None when one of them is missing."""
        spans: list[tuple[int, int]] = []
        for exact, loose in self._phrases:
            found = [m.span() for m in exact.finditer(content)]
            found = found or [m.span() for m in loose.finditer(content)]
            if not found:
                return None
            spans.extend(found)
        for word in self._words:
            found = [m.span() for m in word.finditer(content)]
            if not found:
                return None
            spans.extend(found)
        lines: set[int] = set()
        line, at = 1, 0
        for start, end in sorted(spans):
            line += content.count(b"\n", at, start)
            at = start
            lines.update(range(line, line + content.count(b"\n", start, end) + 1))
        return tuple(sorted(lines))


@dataclass(frozen=True, slots=True)
class Facets:
    """Hits per value, most frequent first; a document counts once for each of its values."""

    languages: dict[str, int]
    licenses: dict[str, int]  # per SPDX expression
    repositories: dict[str, int]
    of: int  # hits counted
    complete: bool  # whether these were all hits


def count_facets(hits: Iterable[WordHit], most: int) -> Facets:
    """Count up to `most` hits, best first; takes one more to learn whether there are more.

    Hits are verified on their texts, so counting all of them would read all those texts.
    """
    languages: Counter[str] = Counter()
    licenses: Counter[str] = Counter()
    repositories: Counter[str] = Counter()
    rest = iter(hits)
    of = 0
    for hit in islice(rest, most):
        of += 1
        languages[hit.document.language] += 1
        licenses.update({o.license.expression for o in hit.occurrences})
        repositories.update({o.repository for o in hit.occurrences})
    return Facets(
        by_count(languages),
        by_count(licenses),
        by_count(repositories),
        of,
        next(rest, None) is None,
    )


def too_much_to_scan(query: WordQuery, limit: int) -> InputError:
    """The error for a query such as "((", which would read more than `limit` bytes of texts."""
    return InputError(
        f"{' '.join((*query.words, *query.phrases))!r} has no word to look up, and only "
        f"{limit >> 20} MiB of texts were read for it; add a word"
    )


def _bounded(text: bytes) -> bytes:
    """A pattern for a text that does not cut words."""
    before = rb"(?<!" + _CLASS + rb")" if _WORD.match(text[:1]) else b""
    after = rb"(?!" + _CLASS + rb")" if _WORD.match(text[-1:]) else b""
    return before + re.escape(text) + after
