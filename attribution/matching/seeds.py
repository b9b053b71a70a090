"""Seeds: the k-grams of both texts from which an alignment starts.

The snippet's seeds are in tables, made once and used for every document. A document's are cached
with its tokens, so that a document that comes again costs neither lexing nor hashing. Each k-gram
of a document is looked up in a table that contains hardly any of them, so a bitmap (a Bloom filter
of one hash function, 32-64 bits per k-gram) is read first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import int32, int64, kernel, uint8, uint64, void
from attribution.lexing.hashing import table_size
from attribution.lexing.lexer import KIND, NAME, Tokens
from attribution.sketching.fingerprints import SKIP, kgrams_raw, kgrams_renamed

__all__ = ["RENAMED_SEED", "SEED", "DocumentSeeds", "SeedTable", "SnippetSeeds"]

SEED = 8  # raw tokens; shorter runs are common to all code of a language
RENAMED_SEED = 14  # tokens; fingerprints.MIN_STRUCTURE says which are left out

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
SeedTable = tuple[U64, I32, I32, U64]
"""k-grams, (n,); slots with the first of equal k-grams, -1 for none; the next equal one of each
k-gram, -1 for none, (n,); the bitmap."""


@kernel(void(uint64[::1], int32[::1], int32[::1], uint64[::1]))
def _fill(grams, heads, chain, bits):  # type: ignore[no-untyped-def]
    """Fill a SeedTable.

    Args:
        grams: (n,) uint64, the k-grams.
        heads: (slots,) int32, all -1; written: the first of equal k-grams.
        chain: (>= n,) int32, written: the next equal one of each k-gram.
        bits: (words,) uint64, all 0; written: the bitmap.
    """
    mask = uint64(heads.shape[0] - 1)
    last_bit = uint64(64 * bits.shape[0] - 1)
    for i in range(grams.shape[0] - 1, -1, -1):
        gram = grams[i]
        if gram == SKIP:
            continue
        slot = gram & mask
        while heads[slot] >= 0 and grams[heads[slot]] != gram:
            slot = (slot + uint64(1)) & mask
        chain[i] = heads[slot]
        heads[slot] = i
        bit = (gram >> uint64(32)) & last_bit
        bits[bit >> uint64(6)] |= uint64(1) << (bit & uint64(63))


@kernel(int64(uint64[::1], uint8[::1], int32[::1]))
def _number_names(hashes, kinds, numbers):  # type: ignore[no-untyped-def]
    """Number the different names 0, 1, ... in order of appearance.

    Args:
        hashes: (n,) uint64, the hash of each token.
        kinds: (n,) uint8, the kind of each token.
        numbers: (n,) int32, written: the number of each token's name, -1 for other tokens.

    Returns:
        int64, how many different names there are.
    """
    n = hashes.shape[0]
    slots = table_size(n, 16)
    mask = uint64(slots - 1)
    known = np.full(slots, -1, np.int32)
    first = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        numbers[i] = -1
        if kinds[i] & KIND != NAME:
            continue
        slot = (hashes[i] * uint64(0x9E3779B97F4A7C15) >> uint64(20)) & mask
        while known[slot] >= 0 and hashes[first[known[slot]]] != hashes[i]:
            slot = (slot + uint64(1)) & mask
        if known[slot] < 0:
            known[slot] = count
            first[count] = i
            count += 1
        numbers[i] = known[slot]
    return count


def _table(grams: U64) -> SeedTable:
    count = len(grams)
    slots = 1 << max((2 * count - 1).bit_length(), 6)
    heads, chain = np.full(slots, -1, np.int32), np.full(max(count, 1), -1, np.int32)
    bits = np.zeros(slots // 4, np.uint64)  # 16 bits a slot, so 32-64 a k-gram
    _fill(grams, heads, chain, bits)
    return grams, heads, chain, bits


def _raw(tokens: Tokens) -> U64:
    grams = np.empty(len(tokens) + 1, np.uint64)
    return grams[: kgrams_raw(tokens.hashes, len(tokens), SEED, grams)]


def _renamed(tokens: Tokens, low: int, high: int) -> U64:
    grams = np.empty(high - low + 1, np.uint64)
    hashes, kinds = tokens.hashes[low:high], tokens.kinds[low:high]
    return grams[: kgrams_renamed(hashes, kinds, high - low, RENAMED_SEED, grams)]


class SnippetSeeds:
    """A snippet's seeds in tables, each made when it is first needed."""

    # Without cached_property: until Python 3.12 all instances, and so all threads, share its lock.
    __slots__ = ("_names", "_raw", "_renamed", "tokens")

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._raw: SeedTable | None = None
        self._renamed: SeedTable | None = None
        self._names: tuple[I32, int] | None = None

    @property
    def raw(self) -> SeedTable:
        """The seeds of runs of SEED tokens as written."""
        if self._raw is None:
            self._raw = _table(_raw(self.tokens))
        return self._raw

    @property
    def renamed(self) -> SeedTable:
        """The seeds of renamed runs of RENAMED_SEED tokens."""
        if self._renamed is None:
            self._renamed = _table(_renamed(self.tokens, 0, len(self.tokens)))
        return self._renamed

    @property
    def names(self) -> tuple[I32, int]:
        """The number of each token's name, -1 for other tokens; and the number of names."""
        if self._names is None:
            numbers = np.empty(len(self.tokens), np.int32)
            count = _number_names(self.tokens.hashes, self.tokens.kinds, numbers)
            self._names = numbers, count
        return self._names


class DocumentSeeds:
    """A document's tokens and seeds; renamed ones are kept, as they take longest to compute."""

    __slots__ = ("_renamed", "tokens")

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._renamed: U64 | None = None

    @property
    def raw(self) -> U64:
        """k-grams of all runs of SEED tokens; computed each time, for 2 ns a token."""
        return _raw(self.tokens)

    def renamed(self, low: int, high: int) -> U64:
        """Renamed k-grams of all runs of RENAMED_SEED tokens in tokens [low, high)."""
        whole = self._renamed
        if whole is None:
            if low > 0 or high < len(self.tokens):
                return _renamed(self.tokens, low, high)
            self._renamed = whole = _renamed(self.tokens, low, high)
        # a k-gram depends on its own tokens alone
        return whole[low : max(high - RENAMED_SEED + 1, low)]
