"""How rare k-grams and words are in the index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import float32, int32, int64, kernel, readonly, uint8, uint32, uint64, void
from attribution.lexing.hashing import table_size
from attribution.lexing.lexer import KIND, NAME, STRING, Tokens
from attribution.sketching.fingerprints import SKIP
from attribution.sketching.word_hashes import WORD_BYTES, hash_words_into

__all__ = ["GramRarities", "WordRarities", "rarity"]

U64 = NDArray[np.uint64]

_COMMON_BITS = 10.0  # log2 of the number of documents from which a k-gram has no rarity


@kernel(float32(uint32))
def rarity(df):  # type: ignore[no-untyped-def]
    """The rarity of a fingerprint.

    Args:
        df: uint32, how many documents have it.

    Returns:
        float32, 1 for one document, falling with log(df) to 0 for 1,024.
    """
    return np.float32(max(1.0 - math.log2(max(df, 1)) / _COMMON_BITS, 0.0))


@kernel(void(uint64[::1], uint64[::1], uint32[::1], uint64, float32[::1], int32[::1]))
def _sum_rarities(grams, fingerprints, df, shift, sums, counts):  # type: ignore[no-untyped-def]
    """Sum up the rarity of the k-grams of a snippet of n tokens.

    Args:
        grams: (<= n,) uint64, the k-gram hashes.
        fingerprints: (f,) uint64, the fingerprints that were looked up, ascending.
        df: (f,) uint32, how many documents have each.
        shift: uint64, how many low bits of a k-gram hash a fingerprint lacks.
        sums: (n + 1,) float32, written: the rarity of the first i k-grams.
        counts: (n + 1,) int32, written: how many of the first i k-grams are fingerprints.
    """
    # Most k-grams are no fingerprints: a table of 8 to 16 slots a fingerprint passes over them.
    slots = table_size(4 * fingerprints.shape[0], 64)
    maybe = np.zeros(slots, np.bool_)
    mask = uint64(slots - 1)
    for fingerprint in fingerprints:
        maybe[fingerprint & mask] = True
    for i in range(sums.shape[0] - 1):
        sums[i + 1] = sums[i]
        counts[i + 1] = counts[i]
        if i >= grams.shape[0] or grams[i] == SKIP:
            continue
        value = grams[i] >> shift
        if maybe[value & mask]:
            at = np.searchsorted(fingerprints, value)
            if at < fingerprints.shape[0] and fingerprints[at] == value:
                sums[i + 1] += rarity(df[at])
                counts[i + 1] += 1


@kernel(
    void(
        readonly(uint8), uint32[::1], uint32[::1], uint8[::1], uint8[::1],
        uint64[::1], float32[::1], float32[::1],
    ),
)  # fmt: skip
def _word_rarities(  # type: ignore[no-untyped-def]
    data, starts, ends, kinds, folded, words, rarities, out
):
    """Find the rarity of each name and string, which is that of its rarest word.

    Args:
        data: (bytes,) uint8, the text.
        starts, ends: (n,) uint32, the offsets of each token.
        kinds: (n,) uint8, the kind of each token.
        folded: (256,) uint8, WORD_BYTES.
        words: (w,) uint64, the hashes of the known words, ascending.
        rarities: (w,) float32, their rarities.
        out: (n,) float32, written: the rarity of each name and string, 0 for other tokens.
    """
    longest = 1
    for t in range(starts.shape[0]):
        longest = max(longest, int64(ends[t]) - int64(starts[t]))
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
class GramRarities:
    """The rarity of the k-grams of a snippet of n tokens, as prefix sums."""

    k: int  # tokens per k-gram
    sums: NDArray[np.float32]  # (n + 1,), the rarity of the first i k-grams
    counts: NDArray[np.int32]  # (n + 1,), how many of them are fingerprints

    @classmethod
    def of(
        cls, grams: U64, k: int, tokens: int, known: tuple[U64, NDArray[np.uint32]], bits: int
    ) -> GramRarities:
        """Sum up the rarities of k-grams.

        Args:
            grams: (g,), the k-gram hashes.
            k: tokens per k-gram.
            tokens: tokens of the snippet.
            known: the fingerprints that were looked up, ascending, and their document frequencies.
            bits: the significant bits of a fingerprint.
        """
        sums, counts = np.zeros(tokens + 1, np.float32), np.zeros(tokens + 1, np.int32)
        _sum_rarities(grams, *known, np.uint64(64 - bits), sums, counts)
        return cls(k, sums, counts)


@dataclass(frozen=True, slots=True)
class WordRarities:
    """The rarity of words in the index. Both arrays have shape (n,)."""

    hashes: U64  # ascending
    rarities: NDArray[np.float32]  # (log((N + 1) / (df + 1)) / log(N + 2))**2: 1 if df is 0

    @classmethod
    def of(cls, words: Sequence[str], df: NDArray[np.uint32], documents: int) -> WordRarities:
        """Compute the rarities of words.

        Args:
            words: distinct words.
            df: (n,), how many documents have each.
            documents: how many documents the index has.
        """
        blob = " ".join(words).encode("utf-8", "replace")
        hashes = np.empty(len(blob) + 1, np.uint64)
        data = np.frombuffer(blob, np.uint8)
        count = hash_words_into(data, 0, len(blob), WORD_BYTES, hashes, 0)
        if count != len(df):  # a replacement character split or joined words
            return cls(np.empty(0, np.uint64), np.empty(0, np.float32))
        idf = np.log((documents + 1) / (df + 1.0)) / np.log(documents + 2)
        order = np.argsort(hashes[:count])
        return cls(hashes[:count][order], np.square(np.maximum(idf, 0))[order].astype(np.float32))

    def of_tokens(self, code: bytes, tokens: Tokens) -> NDArray[np.float32]:
        """The rarity of each token's rarest word; 0 for what is neither a name nor a string."""
        rarities = np.empty(len(tokens), np.float32)
        _word_rarities(
            np.frombuffer(code, np.uint8), tokens.starts, tokens.ends, tokens.kinds, WORD_BYTES,
            self.hashes, self.rarities, rarities,
        )  # fmt: skip
        return rarities
