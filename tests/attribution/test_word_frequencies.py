"""Frequencies of words that are remembered are those of the index, whatever is forgotten."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from attribution.index.embedded.word_frequencies import U32, KnownFrequencies


class _Index:
    """Finds a word's frequency, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find(self, words: Sequence[str]) -> U32:
        self.asked += words
        return np.array([len(word) * 1000 + ord(word[-1:] or " ") for word in words], np.uint32)


def test_known_words_are_not_asked_for_again() -> None:
    index, known = _Index(), KnownFrequencies(64)
    first = known.of(["one", "two", "größe", "two"], index.find)
    again = known.of(["größe", "three", "one"], index.find)
    assert index.asked == ["one", "two", "größe", "two", "three"]
    assert [first[2], first[0]] == [again[0], again[2]]
    assert first[1] == first[3]


def test_frequencies_are_right_whatever_is_forgotten() -> None:
    draw = random.Random(1)
    index, known = _Index(), KnownFrequencies(16)
    words = [f"word{number}" for number in range(60)] + ["", "two words", "\ud800", "é"]
    for _ in range(300):
        some = draw.choices(words, k=draw.randrange(30))
        assert np.array_equal(known.of(some, index.find), _Index().find(some))
    assert len(index.asked) < 300 * 30


def test_a_word_made_to_have_the_hash_of_another_has_its_own_frequency() -> None:
    """The hash of `lexing.hashing` adds up blocks of 64 bytes."""
    index, known = _Index(), KnownFrequencies(16)
    for word in ("a" + "m" * 63 + "b", "b" + "m" * 63 + "a"):
        assert np.array_equal(known.of([word], index.find), _Index().find([word]))
