"""`KnownFrequencies`: how many documents have each of the words that were asked for lately.

The words of consecutive look-ups are mostly the same. A dictionary of a quarter of a million words
takes five times as long to read and as much memory, as each word is an object somewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import int64, kernel, uint32, uint64

__all__ = ["KnownFrequencies"]

U32 = NDArray[np.uint32]


@kernel(int64(uint64[::1], uint64[::1], uint32[::1], uint32[::1], int64[::1]))
def _look_up(hashes, keys, values, out, unknown):  # type: ignore[no-untyped-def]
    """Look words up in a table.

    Args:
        hashes: (n,) uint64, the words.
        keys: (slots,) uint64, their hashes in the table; 0 is an empty slot.
        values: (slots,) uint32, their frequencies.
        out: (n,) uint32, written for known words.
        unknown: (n,) int64, written: the numbers of the others.

    Returns:
        int64, how many are unknown.
    """
    mask = uint64(keys.shape[0] - 1)
    count = 0
    for i in range(hashes.shape[0]):
        slot = hashes[i] & mask
        while keys[slot] != 0 and keys[slot] != hashes[i]:
            slot = (slot + uint64(1)) & mask
        out[i] = values[slot]
        if keys[slot] == 0:
            unknown[count] = i
            count += 1
    return count


@kernel(int64(uint64[::1], uint32[::1], uint64[::1], uint32[::1], int64[::1]))
def _add(hashes, frequencies, keys, values, numbers):  # type: ignore[no-untyped-def]
    """Add words to a table that has room for them.

    Args:
        hashes: (n,) uint64, words.
        frequencies: (n,) uint32, theirs.
        keys, values: as in `_look_up`, changed.
        numbers: (m,) int64, which words to add.

    Returns:
        int64, how many were not in the table.
    """
    mask = uint64(keys.shape[0] - 1)
    added = 0
    for i in numbers:
        slot = hashes[i] & mask
        while keys[slot] != 0 and keys[slot] != hashes[i]:
            slot = (slot + uint64(1)) & mask
        added += keys[slot] == 0
        keys[slot], values[slot] = hashes[i], frequencies[i]
    return added


class KnownFrequencies:
    """The frequencies of up to `limit` words. Safe to share between threads."""

    __slots__ = ("_count", "_keys", "_limit", "_lock", "_values")

    def __init__(self, limit: int) -> None:
        """
        Args:
            limit: words, a power of two; each takes 24 bytes.
        """
        self._limit = limit
        self._keys, self._values = np.zeros(2 * limit, np.uint64), np.zeros(2 * limit, np.uint32)
        self._count = 0
        self._lock = threading.Lock()  # kernels release the GIL

    def of(self, words: Sequence[str], find: Callable[[Sequence[str]], U32]) -> U32:
        """The frequencies of words, shape (n,).

        Args:
            find: those of words that are not known.
        """
        # Python's hashes of strings are keyed with a secret of the process, so no word can be made
        # to take the frequency of another one. Only that of "" is 0.
        hashes = np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint64)
        hashes[hashes == 0] = 1
        unknown = np.empty(len(words), np.int64)
        frequencies = np.empty(len(words), np.uint32)
        with self._lock:
            count = _look_up(hashes, self._keys, self._values, frequencies, unknown)
        if not count:
            return frequencies
        unknown = unknown[:count]
        frequencies[unknown] = find([words[i] for i in unknown.tolist()])
        with self._lock:
            if self._count + count > self._limit:
                self._keys[:] = 0
                self._count = 0
            if count <= self._limit:
                self._count += _add(hashes, frequencies, self._keys, self._values, unknown)
        return frequencies
