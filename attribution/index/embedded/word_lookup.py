"""BM25 and word search over the segments of a snapshot (Robertson, Zaragoza 2009).

A document has each of its words once, so only its length and the rarity of the words count. Dead
documents count in document frequencies until a compaction, but are never found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.reading_ahead import Step, expect_parts
from attribution.index.embedded.segment import Segment
from attribution.index.embedded.storage import pieces
from attribution.index.embedded.word_frequencies import KnownFrequencies
from attribution.index.embedded.word_postings import score
from attribution.index.embedded.words import NO_KEY, WordArrays, WordPostings, find, key_of, scan
from attribution.index.regular_expression import TermPattern
from attribution.index.scoring import bm25_weight, rarest
from attribution.index.wordsearch import Lookup

__all__ = ["Hits", "WordIndex"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

_KNOWN_WORDS = 1 << 18  # words whose frequency is cached, 6 MB when full
_READ = 1024  # bytes of a block that are read to find a word in it, at most in 99 of 100
_PAGE = 256  # hits that are sorted first


@dataclass(frozen=True, slots=True)
class Hits:
    """Documents found, as columns of shape (n,)."""

    segments: I64  # numbers of views
    documents: I64  # numbers in their segments
    scores: F64  # BM25

    def best(self, limit: int) -> Hits:
        """The best `limit` and those equal to the last of them, in no order."""
        if self.scores.size <= limit:
            return self
        least = np.partition(self.scores, -limit)[-limit]
        return self.at(np.flatnonzero(self.scores >= least))

    def at(self, rows: I64) -> Hits:
        """Some of the rows."""
        return Hits(self.segments[rows], self.documents[rows], self.scores[rows])


class WordIndex:
    """The words of all segments."""

    __slots__ = ("_dead", "_documents", "_finding", "_known", "_mean", "_segments")

    def __init__(self, segments: Sequence[Segment], dead: Sequence[U8]) -> None:
        """
        Args:
            dead: for each segment, 1 for a dead document, shape (documents,); (0,) if none is dead.
        """
        self._segments, self._dead = segments, dead
        self._documents = sum(segment.documents for segment in segments)
        words = sum(segment.arrays.meta["words"] for segment in segments)
        self._mean = max(words / max(self._documents, 1), 1.0)
        self._known = KnownFrequencies(_KNOWN_WORDS)
        self._finding = Step()

    def frequencies(self, words: Sequence[str]) -> U32:
        """Documents per word."""
        return self._known.of(words, self._frequencies)

    def _frequencies(self, words: Sequence[str]) -> U32:
        counts = [part.counts for part in self._find(words)]
        return (
            np.sum(counts, axis=0, dtype=np.uint32) if counts else np.zeros(len(words), np.uint32)
        )

    def propose(self, words: Sequence[str], postings: int, limit: int) -> Hits:
        """The best `limit` documents for the rarest of the words, and their equals, in no order.

        Args:
            postings: how many to visit, as in Limits.
        """
        df = dict(zip(words, self.frequencies(words).tolist(), strict=True))
        terms = rarest(words, df, postings)
        weights = [bm25_weight(df[term], self._documents) for term in terms]
        groups = np.zeros(len(terms), np.int64)
        hits = [
            self._score(s, found, np.array(weights), groups, 1).best(limit)
            for s, found in enumerate(self._find(terms) if terms else ())
        ]
        return _joined(hits).best(limit)

    def search(self, lookup: Lookup) -> Iterator[tuple[int, int, float]]:
        """View, number and score of the live documents with a term of each group, best first."""
        exact = [p.text for group in lookup.required for p in group if not (p.before or p.after)]
        df = self.frequencies([*exact, *lookup.preferred])
        named = zip([*exact, *lookup.preferred], df.tolist(), strict=True)
        weights = {word: bm25_weight(count, self._documents) for word, count in named}
        groups = [*lookup.required, *((TermPattern(word),) for word in lookup.preferred)]
        required = len(lookup.required)
        hits = []
        for s, segment in enumerate(self._segments):
            found, worth, numbers = [], [], []
            for number, group in enumerate(groups):
                for pattern in group:
                    words = _matching(segment, pattern)
                    weight = 0.0 if pattern.before or pattern.after else weights[pattern.text]
                    found.append(words)
                    worth.append(np.full(words.counts.size, weight))
                    numbers.append(np.full(words.counts.size, number if number < required else -1))
            joined = WordPostings(*map(np.concatenate, zip(*found, strict=True)))
            hits.append(
                self._score(s, joined, np.concatenate(worth), np.concatenate(numbers), required)
            )
        return _in_order(_joined(hits), [segment.heads for segment in self._segments])

    def _find(self, words: Sequence[str]) -> list[WordPostings]:
        """Words in each segment."""
        text, offsets = _encoded(words)

        def ask(numbers: range) -> None:
            keys = np.array([key_of(text, *ends) for ends in pairwise(offsets)], np.uint64)
            for segment in self._segments[numbers.start : numbers.stop]:
                arrays = segment.words
                behind = arrays.firsts.searchsorted(keys, "right")
                starts = arrays.starts[np.maximum(behind - 1, 0)].astype(np.int64)
                ends = arrays.starts[behind].astype(np.int64)
                expect_parts(arrays.blocks, starts, np.clip(ends - starts, 0, _READ))

        def search(s: int, n: int) -> WordPostings:
            segment = self._segments[s]
            found = find(segment.words, segment.documents, text, offsets[: n + 1])
            if found is None:
                raise segment.words_damaged()
            return found

        return self._finding.run(len(self._segments), len(words), ask, search)

    def _score(self, s: int, found: WordPostings, weights: F64, groups: I64, required: int) -> Hits:
        """The live documents of a segment that have a word of each required group."""
        segment = self._segments[s]
        if self._finding.cold:
            expect_parts(segment.words.blocks, found.starts, found.sizes)
        marks = np.zeros(segment.documents, np.uint16)
        scores = np.zeros(segment.documents, np.float32)
        if score(
            segment.words.blocks, *found, weights, groups, segment.lengths, self._mean,
            self._dead[s], marks, scores,
        ):  # fmt: skip
            raise segment.words_damaged()
        documents = np.flatnonzero(marks == required)
        return Hits(np.full(documents.size, s), documents, scores[documents].astype(np.float64))


def _encoded(words: Sequence[str]) -> tuple[U8, I64]:
    """Words as UTF-8, one after the other, and where each begins."""
    encoded = [word.encode("utf-8", "replace") for word in words]
    offsets = np.zeros(len(words) + 1, np.int64)
    np.cumsum([len(word) for word in encoded], out=offsets[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), offsets


def _matching(segment: Segment, pattern: TermPattern) -> WordPostings:
    """The words of a segment that a pattern describes."""
    text, offsets = _encoded([pattern.text])
    words = segment.words
    if not (pattern.before or pattern.after):
        found = find(words, segment.documents, text, offsets)
    else:
        low, high = 0, NO_KEY
        if not pattern.before:  # they are neighbours
            low = int(key_of(text, 0, text.size))
            padded = np.append(text, np.full(8, 0xFF, np.uint8))
            high = max(int(key_of(padded, 0, padded.size)), low + 1)
        _expect_range(words, low, high)
        listed = scan(
            words, segment.documents, low, high, text, before=pattern.before, after=pattern.after
        )
        found = listed and listed[2]
    if found is None:
        raise segment.words_damaged()
    return found


def _expect_range(words: WordArrays, low: int, high: int) -> None:
    """Start reading the words with keys in [low, high), without waiting."""
    first, last = words.firsts.searchsorted(np.array([low, high], np.uint64)).tolist()
    limits = np.minimum(words.starts[[max(first - 1, 0), last]], words.blocks.size)
    start, end = limits.astype(np.int64).tolist()
    parts = np.array(list(pieces(start, end - start)), np.int64).reshape(-1, 2)
    expect_parts(words.blocks, *np.ascontiguousarray(parts.T))


def _joined(parts: Sequence[Hits]) -> Hits:
    none = Hits(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    columns = ([getattr(part, name) for part in (none, *parts)] for name in Hits.__slots__)
    return Hits(*map(np.concatenate, columns))


def _in_order(hits: Hits, heads: Sequence[U64]) -> Iterator[tuple[int, int, float]]:
    """Best first, equals by id; sorted a page at a time, each at least twice the one before.

    Args:
        heads: the first 64 bits of the ids of each segment's documents.
    """
    page = _PAGE
    while hits.scores.size:
        best = hits.best(page)
        hits = hits.at(np.flatnonzero(hits.scores < best.scores.min()))
        page *= 2
        ids = np.empty(best.scores.size, np.uint64)
        for s, known in enumerate(heads):
            ids[best.segments == s] = known[best.documents[best.segments == s]]
        ordered = best.at(np.lexsort((ids, -best.scores)))
        columns = ordered.segments, ordered.documents, ordered.scores
        yield from zip(*(column.tolist() for column in columns), strict=True)
