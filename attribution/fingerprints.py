"""Tokens to fingerprints: winnowed k-grams, raw and renamed.

Winnowing (Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003): of every w consecutive k-gram hashes the smallest is kept, the rightmost of equals. So
any run of w + k - 1 tokens that two texts share leaves at least one fingerprint in both.

A *renamed* k-gram takes keywords and punctuation as written, one symbol each for numbers and
strings, and for a name the distance back to its last use inside the k-gram, or "new" (the
parameterised strings of Baker, "Parameterized Pattern Matching", 1996). So it survives any
consistent renaming, and says more than one class for all names would: `a = b; b = a` is not `a =
b; c = d`. Renamed k-grams with fewer than four different keywords and punctuation marks (tables,
prose, lists of names) are not fingerprinted: their shape is everywhere.
"""

from __future__ import annotations

import numpy as np
from numba import types, uint8, uint32, uint64

from attribution.kernels import kernel
from attribution.lexer import KIND, NAME, NUMBER, STRING

__all__ = ["kgrams_raw", "kgrams_renamed", "winnow"]

SKIP = np.uint64(0xFFFFFFFFFFFFFFFF)  # a k-gram that is never selected
_BASE = np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)
_NEW = np.uint64(0xD6E8FEB86659FD93)  # a name that the k-gram has not used before
_NUMBER = np.uint64(0xA24BAED4963EE407)
_STRING = np.uint64(0x9FB21C651E98DF25)
_DISTANCE = np.uint64(0xC2B2AE3D27D4EB4F)
_LAST_USES = 4096  # slots (12 bits) of the table of last uses; a lost slot only reads as "new"
MIN_STRUCTURE = 4  # different keywords and marks that a renamed k-gram needs


@kernel(uint64(uint64), inline="always")
def mix(h):  # type: ignore[no-untyped-def]
    """The finaliser of MurmurHash3 (64 bits), a bijection."""
    h ^= h >> uint64(33)
    h *= uint64(0xFF51AFD7ED558CCD)
    h ^= h >> uint64(33)
    h *= uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> uint64(33))


@kernel(
    uint64(types.int64),
)
def _power(exponent):  # type: ignore[no-untyped-def]
    result = uint64(1)
    for _ in range(exponent):
        result *= _BASE
    return result


@kernel(
    types.int64(uint64[::1], types.int64, types.int64, uint64[::1]),
)
def kgrams_raw(hashes, n, k, out):  # type: ignore[no-untyped-def]
    """Hash every run of k tokens of hashes[:n] into out; returns how many there are."""
    if n < k:
        return 0
    top = _power(k - 1)
    h = uint64(0)
    for i in range(k):
        h = h * _BASE + hashes[i]
    out[0] = mix(h)
    for i in range(k, n):
        h = (h - hashes[i - k] * top) * _BASE + hashes[i]
        out[i - k + 1] = mix(h)
    return n - k + 1


@kernel(
    types.int64(uint64[::1], uint8[::1], types.int64, types.int64, uint64[::1]),
)
def kgrams_renamed(hashes, kinds, n, k, out):  # type: ignore[no-untyped-def]
    """Hash every renamed run of k tokens (k < 32) into out; low-structure runs become SKIP."""
    if n < k:
        return 0
    powers = np.empty(k, np.uint64)
    powers[0] = uint64(1)
    for i in range(1, k):
        powers[i] = powers[i - 1] * _BASE
    last_hash = np.zeros(_LAST_USES, np.uint64)
    last_use = np.full(_LAST_USES, -(1 << 30), np.int64)
    symbols = np.zeros(32, np.uint64)  # rings over the last 32 tokens
    structure = np.zeros(32, np.int64)  # bucket of a keyword or mark, -1 for others
    next_use = np.zeros(32, np.int64)  # next use of the same name, or -1
    buckets = np.zeros(256, np.int64)
    different = 0
    h = uint64(0)
    for i in range(n):
        ring = i & 31
        if i >= k:
            # the oldest token leaves; a later use of its name becomes "new"
            old = i - k
            slot = old & 31
            h -= symbols[slot] * powers[k - 1]
            follower = next_use[slot]
            if follower >= 0:
                h -= (symbols[follower & 31] - _NEW) * powers[k - 1 - (follower - old)]
                symbols[follower & 31] = _NEW
            bucket = structure[slot]
            if bucket >= 0:
                buckets[bucket] -= 1
                if buckets[bucket] == 0:
                    different -= 1
        kind = kinds[i] & KIND
        value = hashes[i]
        structure[ring] = -1
        next_use[ring] = -1
        if kind == NAME:
            entry = (value * _BASE) >> uint64(52)
            symbol = _NEW
            if last_hash[entry] == value and i - last_use[entry] < k:
                distance = i - last_use[entry]
                symbol = mix(_DISTANCE + uint64(distance))
                next_use[last_use[entry] & 31] = i
            last_hash[entry] = value
            last_use[entry] = i
        elif kind == NUMBER:
            symbol = _NUMBER
        elif kind == STRING:
            symbol = _STRING
        else:
            symbol = value
            bucket = types.int64(mix(value) >> uint64(56))
            structure[ring] = bucket
            if buckets[bucket] == 0:
                different += 1
            buckets[bucket] += 1
        symbols[ring] = symbol
        h = h * _BASE + symbol
        if i >= k - 1:
            out[i - k + 1] = mix(h) if different >= MIN_STRUCTURE else SKIP
    return n - k + 1


@kernel(
    types.int64(uint64[::1], types.int64, types.int64, uint64, uint64[::1], uint32[::1]),
)
def winnow(grams, n, w, shift, out, positions):  # type: ignore[no-untyped-def]
    """Select of every w consecutive k-gram hashes the smallest, the rightmost of equals.

    Writes the selected hashes >> shift to `out` and their k-gram numbers to `positions`; returns
    how many. A text of fewer than w k-grams keeps its smallest. SKIP is never selected.
    """
    selected = 0
    best = -1  # position of the current window's minimum
    chosen = -1
    for i in range(n):
        first = i - w + 1
        if best < first or best < 0:
            begin = max(first, 0)
            best = begin
            for j in range(begin + 1, i + 1):
                if grams[j] <= grams[best]:
                    best = j
        elif grams[i] <= grams[best]:
            best = i
        if (first >= 0 or i == n - 1) and best != chosen and grams[best] != SKIP:
            chosen = best
            out[selected] = grams[best] >> shift
            positions[selected] = best
            selected += 1
    return selected
