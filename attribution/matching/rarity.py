"""How rare things are in the index: k-grams by their fingerprints, words by themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import kernel, types, uint8, uint32, uint64
from attribution.lexing.lexer import KIND, NAME, READONLY_BYTES, STRING
from attribution.sketching.fingerprints import SKIP
from attribution.sketching.words import WORD_BYTES, hash_words_into

__all__ = ["WordRarities", "gram_rarities", "rarity", "word_rarities"]

_COMMON_BITS = 10.0  # log2 of the documents at which a k-gram says nothing


@kernel(types.float32(uint32))
def rarity(df):  # type: ignore[no-untyped-def]
    """1 for a fingerprint of one document, falling with log(df) to 0 at 1,024 documents."""
    return np.float32(max(1.0 - math.log2(max(df, 1)) / _COMMON_BITS, 0.0))


@kernel(
    types.void(uint64[::1], types.int64, uint64[::1], uint32[::1], uint64,
               types.float32[::1], types.int32[::1]),
)  # fmt: skip
def gram_rarities(grams, count, fingerprints, df, shift, sums, counts):  # type: ignore[no-untyped-def]
    """Prefix sums over k-gram numbers of the rarity, and of how many are known, shape (n + 1,)."""
    for i in range(sums.shape[0] - 1):
        sums[i + 1] = sums[i]
        counts[i + 1] = counts[i]
        if i < count and grams[i] != SKIP:
            value = grams[i] >> shift
            at = np.searchsorted(fingerprints, value)
            if at < fingerprints.shape[0] and fingerprints[at] == value:
                sums[i + 1] += rarity(df[at])
                counts[i + 1] += 1


@kernel(
    types.void(READONLY_BYTES, uint32[::1], uint32[::1], uint8[::1], uint8[::1],
               uint64[::1], types.float32[::1], types.float32[::1]),
)  # fmt: skip
def word_rarities(  # type: ignore[no-untyped-def]
    data, starts, ends, kinds, folded, words, rarities, out
):
    """For each name and string the rarity of its rarest word; 0 for other tokens."""
    longest = 1
    for t in range(starts.shape[0]):
        longest = max(longest, types.int64(ends[t]) - types.int64(starts[t]))
    hashes = np.empty(longest, np.uint64)
    for t in range(starts.shape[0]):
        out[t] = 0.0
        kind = kinds[t] & KIND
        if kind not in (NAME, STRING):
            continue
        count = hash_words_into(data, starts[t], ends[t], folded, hashes, 0)
        for i in range(count):
            at = np.searchsorted(words, hashes[i])
            if at < words.shape[0] and words[at] == hashes[i]:
                out[t] = max(out[t], rarities[at])


@dataclass(frozen=True, slots=True)
class WordRarities:
    """The rarity of words in the index, by their hashes (ascending). Both of shape (n,)."""

    hashes: NDArray[np.uint64]
    rarities: NDArray[
        np.float32
    ]  # the square of log((N + 1) / (df + 1)) / log(N + 1): 1 for a word of nobody

    @classmethod
    def of(cls, words: Sequence[str], df: NDArray[np.uint32], documents: int) -> WordRarities:
        """Of distinct words with their document frequencies in an index of so many documents."""
        blob = " ".join(words).encode("utf-8", "replace")
        hashes = np.empty(len(blob) + 1, np.uint64)
        data = np.frombuffer(blob, np.uint8)
        count = hash_words_into(data, 0, len(blob), WORD_BYTES, hashes, 0)
        if count != len(df):  # a replacement character split or joined a word: none is known
            return cls(np.empty(0, np.uint64), np.empty(0, np.float32))
        idf = np.log((documents + 1) / (df + 1.0)) / np.log(documents + 2)
        order = np.argsort(hashes[:count])
        return cls(hashes[:count][order], np.square(np.maximum(idf, 0))[order].astype(np.float32))
