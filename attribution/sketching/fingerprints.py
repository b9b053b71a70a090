"""Tokens to fingerprints: winnowed k-grams, raw and renamed.

Winnowing (Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003): of every w consecutive k-gram hashes the smallest is kept, the rightmost of equals. So
any run of w + k - 1 tokens that two texts share leaves at least one fingerprint in both.

A *renamed* k-gram takes keywords and punctuation as written, one symbol each for numbers and
strings, and for a name the distance back to its last use inside the k-gram, or "new" (the
parameterised strings of Baker, "Parameterized Pattern Matching", 1996). So it survives any
consistent renaming, and says more than one class for all names would: `a = b; b = a` differs from
`a = b; c = d`. Renamed k-grams with fewer than four different keywords and punctuation marks
(tables, prose, lists of names) are not fingerprinted: their shape is too common.
"""

from __future__ import annotations

import numpy as np

from attribution.kernels import int64, kernel, uint8, uint32, uint64, void
from attribution.lexing.lexer import KIND, NAME, NUMBER, STRING

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
    """The finaliser of MurmurHash3 (64 bits), a bijection.

    Args:
        h: uint64.

    Returns:
        uint64.
    """
    h ^= h >> uint64(33)
    h *= uint64(0xFF51AFD7ED558CCD)
    h ^= h >> uint64(33)
    h *= uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> uint64(33))


@kernel(uint64(int64), borrows=True)
def _power(exponent):  # type: ignore[no-untyped-def]
    """A power of the base of the rolling hash.

    Args:
        exponent: at least 0.

    Returns:
        uint64, modulo 2**64.
    """
    result = uint64(1)
    for _ in range(exponent):
        result *= _BASE
    return result


@kernel(int64(uint64[::1], int64, int64, uint64[::1]), borrows=True)
def kgrams_raw(hashes, n, k, out):  # type: ignore[no-untyped-def]
    """Hash every run of k tokens.

    Args:
        hashes: (>= n,) uint64, the hash of each token.
        n: how many tokens there are.
        k: tokens per run.
        out: (>= n - k + 1,) uint64, written: the hash of each run.

    Returns:
        int64, the number of runs.
    """
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


@kernel(int64(uint64[::1], uint8[::1], int64, int64, uint64[::1]))
def kgrams_renamed(hashes, kinds, n, k, out):  # type: ignore[no-untyped-def]
    """Hash every run of k tokens, with names, numbers and strings replaced by symbols.

    Args:
        hashes: (>= n,) uint64, the hash of each token.
        kinds: (>= n,) uint8, the kind of each token.
        n: how many tokens there are.
        k: tokens per run, less than 32.
        out: (>= n - k + 1,) uint64, written: the hash of each run, SKIP for one of less than
            MIN_STRUCTURE different keywords and marks.

    Returns:
        int64, the number of runs.
    """
    if n < k:
        return 0
    powers = np.empty(k, np.uint64)
    powers[0] = uint64(1)
    for i in range(1, k):
        powers[i] = powers[i - 1] * _BASE
    last_hash = np.empty(_LAST_USES, np.uint64)  # counts only where last_use does
    last_use = np.full(_LAST_USES, -(1 << 30), np.int32)
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
            bucket = int64(mix(value) >> uint64(56))
            structure[ring] = bucket
            if buckets[bucket] == 0:
                different += 1
            buckets[bucket] += 1
        symbols[ring] = symbol
        h = h * _BASE + symbol
        if i >= k - 1:
            out[i - k + 1] = mix(h) if different >= MIN_STRUCTURE else SKIP
    return n - k + 1


@kernel(void(uint64[::1], int64, int64, uint64[::1]), borrows=True)
def _smaller_of(values, n, distance, out):  # type: ignore[no-untyped-def]
    """Take the smaller of each two values at a distance; the compiler vectorises it.

    Args:
        values: (>= n + distance,) uint64.
        n: how many pairs there are.
        distance: between the two values of a pair.
        out: (>= n,) uint64, written: min(values[i], values[i + distance]).
    """
    here, there = values[:n], values[distance : distance + n]
    for i in range(n):
        out[i] = min(here[i], there[i])


@kernel(int64(uint64[::1], int64, int64, uint64, uint64[::1], uint32[::1]))
def winnow(grams, n, w, shift, out, positions):  # type: ignore[no-untyped-def]
    """Select the smallest of every w consecutive k-gram hashes, the rightmost of equals.

    A text of fewer than w k-grams keeps its smallest. SKIP is never selected.

    The minima of all windows are computed by doubling the width. A minimum is a new selection if
    the window before had another one, or if it is the hash that the window added: no branch depends
    on a hash.

    Args:
        grams: (>= n,) uint64, the k-gram hashes.
        n: how many k-grams there are.
        w: k-grams per window.
        shift: uint64, how many low bits of a selected hash to drop.
        out: (>= n,) uint64, written: the selected hashes >> shift.
        positions: (>= n,) uint32, written: their k-gram numbers; or (0,), if they are not needed.

    Returns:
        int64, the number of selected hashes.
    """
    if n == 0:
        return 0
    w = min(w, n)
    windows = n - w + 1
    smallest, other = grams, np.empty(n if w > 1 else 0, np.uint64)
    spare = np.empty(n if w > 2 else 0, np.uint64)
    width = 1
    while width < w:
        step = min(width, w - width)
        _smaller_of(smallest, n - width - step + 1, step, other)
        smallest, other = other, spare if width == 1 else smallest
        width += step
    with_positions = positions.shape[0] > 0
    selected = 0
    before = SKIP
    for i in range(windows):
        value = smallest[i]
        out[selected] = value >> shift
        if with_positions:
            positions[selected] = i
        if value != SKIP and (value != before or grams[i + w - 1] == value):
            selected += 1
        before = value
    if with_positions:
        for s in range(selected):
            first = int64(positions[s])
            best = first + w - 1
            while grams[best] != smallest[first]:
                best -= 1
            positions[s] = best
    return selected
