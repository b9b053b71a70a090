"""Sorting words by their bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.words import MOST_BYTES, key_of
from attribution.kernels import boolean, int64, kernel, readonly, uint8, uint32, uint64, void

__all__ = ["rank", "sort_words"]

_FEW = 12  # words that are sorted by insertion


@kernel(boolean(readonly(uint8), readonly(int64), int64, int64, int64), inline="always")
def _is_less(text, offsets, a, b, depth):  # type: ignore[no-untyped-def]
    """Whether a word comes before another with the same first bytes.

    Args:
        text: (bytes,) uint8, the words.
        offsets: (n + 1,) int64, where each begins.
        a, b: their numbers.
        depth: how many bytes are the same.

    Returns:
        bool.
    """
    i, j = offsets[a] + depth, offsets[b] + depth
    while i < offsets[a + 1] and j < offsets[b + 1]:
        if text[i] != text[j]:
            return text[i] < text[j]
        i += 1
        j += 1
    return i >= offsets[a + 1] and j < offsets[b + 1]


@kernel(void(readonly(uint8), readonly(int64), uint64[::1]), borrows=True)
def _first_keys(text, offsets, keys):  # type: ignore[no-untyped-def]
    """Take the first eight bytes of words.

    Args:
        text: (bytes,) uint8, the words, one after the other.
        offsets: (n + 1,) int64, where each begins.
        keys: (n,) uint64, written.
    """
    for i in range(keys.shape[0]):
        keys[i] = key_of(text, offsets[i], offsets[i + 1])


@kernel(void(readonly(uint8), readonly(int64), uint32[::1], uint64[::1]))
def _sort_equal(text, offsets, order, keys):  # type: ignore[no-untyped-def]
    """Sort words with the same first bytes: quicksort of eight bytes at a time.

    Args:
        text: (bytes,) uint8, the words, one after the other.
        offsets: (n + 1,) int64, where each begins.
        order: (n,) uint32, their numbers in the order of their first eight bytes; changed.
        keys: (n,) uint64, these bytes of each, in order; changed.
    """
    # Of the three parts of a range the smallest is sorted first, so few are left at any time.
    left = np.empty((256, 3), np.int64)
    count, behind = 0, 0
    while count > 0 or behind < order.shape[0]:
        if count == 0:
            begin, first_key = behind, keys[behind]
            while behind < order.shape[0] and keys[behind] == first_key:
                behind += 1
            if behind - begin == 1 or first_key & uint64(255) == 0:
                continue
            for i in range(begin, behind):
                keys[i] = key_of(text, offsets[order[i]] + 8, offsets[order[i] + 1])
            left[0, 0], left[0, 1], left[0, 2] = begin, behind, 8
            count = 1
        count -= 1
        low, high, depth = left[count, 0], left[count, 1], left[count, 2]
        if high - low <= _FEW:
            for i in range(low + 1, high):
                word, key = order[i], keys[i]
                at = i
                while at > low and (
                    key < keys[at - 1]
                    or (
                        key == keys[at - 1]
                        and _is_less(text, offsets, int64(word), int64(order[at - 1]), depth + 8)
                    )
                ):
                    order[at], keys[at] = order[at - 1], keys[at - 1]
                    at -= 1
                order[at], keys[at] = word, key
            continue
        size = high - low
        # Positions that seem random, so words that are almost in order are not slow.
        mixed = int64((uint64(low * 31 + high + depth) * uint64(0x9E3779B97F4A7C15)) >> uint64(33))
        a, b, c = keys[low + mixed % size], keys[low + (mixed >> 5) % size], keys[low + size // 2]
        pivot = max(min(a, b), min(max(a, b), c))
        less, at, more = low, low, high
        while at < more:
            if keys[at] < pivot:
                keys[at], keys[less] = keys[less], keys[at]
                order[at], order[less] = order[less], order[at]
                less += 1
                at += 1
            elif keys[at] > pivot:
                more -= 1
                keys[at], keys[more] = keys[more], keys[at]
                order[at], order[more] = order[more], order[at]
            else:
                at += 1
        parts = ((low, less, depth), (less, more, depth + 8), (more, high, depth))
        if pivot & uint64(255) == 0 or depth + 8 >= MOST_BYTES:  # the words end here
            parts = ((low, less, depth), (more, more, depth), (more, high, depth))
        else:
            for i in range(less, more):
                word = order[i]
                keys[i] = key_of(text, offsets[word] + depth + 8, offsets[word + 1])
        first = count
        for start, stop, below in parts:
            if stop - start > 1:
                at = count
                while at > first and left[at - 1, 1] - left[at - 1, 0] < stop - start:
                    left[at] = left[at - 1]
                    at -= 1
                left[at, 0], left[at, 1], left[at, 2] = start, stop, below
                count += 1


def sort_words(text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Sort words by their bytes (Bentley, Sedgewick, "Fast algorithms for sorting strings", 1997).

    Args:
        text: the words, one after the other.
        offsets: shape (n + 1,), where each begins.

    Returns:
        Their numbers in order, shape (n,).
    """
    keys = np.empty(len(offsets) - 1, np.uint64)
    _first_keys(text, offsets, keys)
    order = keys.argsort()  # several values at a time, on most processors
    keys, numbers = keys[order], order.astype(np.uint32)
    del order
    _sort_equal(text, offsets, numbers, keys)
    return numbers


@kernel(int64(readonly(uint8), readonly(int64), readonly(uint32), uint32[::1], uint32[::1]))
def rank(text, offsets, order, ranks, distinct):  # type: ignore[no-untyped-def]
    """Number sorted words so that equal ones have one number.

    Args:
        text, offsets: the words.
        order: (n,) uint32, from `sort_words`.
        ranks: (n,) uint32, written: the new number of each word.
        distinct: (n,) uint32, written: one word of each new number.

    Returns:
        int64, how many are distinct.
    """
    n = 0
    for i in range(order.shape[0]):
        if i == 0 or _is_less(text, offsets, int64(order[i - 1]), int64(order[i]), 0):
            distinct[n] = order[i]
            n += 1
        ranks[order[i]] = n - 1
    return n
