"""Finds documents of a segment, and their occurrences, by ids."""

from __future__ import annotations

import numpy as np

from attribution.index.embedded.words import key_of
from attribution.kernels import boolean, int64, kernel, readonly, types, uint8, uint64

__all__ = ["locate_into", "rows_of"]


@kernel(boolean(readonly(uint8), readonly(uint8)))
def _has_tail(id_, tail):  # type: ignore[no-untyped-def]
    """Whether an id ends with a tail.

    Args:
        id_: (20,) uint8.
        tail: (12,) uint8.

    Returns:
        bool.
    """
    different = 0
    for at in range(12):
        different += id_[8 + at] != tail[at]
    return different == 0


@kernel(
    int64(readonly(uint64), readonly(uint8, 2), readonly(uint8), readonly(uint8, 2), int64[::1])
)
def locate_into(heads, tails, dead, ids, out):  # type: ignore[no-untyped-def]
    """Write the number of each document.

    Several have one id where parts were merged; then it is that of a live one, if there is any.

    Args:
        heads: (documents,) uint64, of the segment, ascending: the first 8 bytes of the ids.
        tails: (documents, 12) uint8, the others.
        dead: (documents,) uint8, 1 for a dead document; or (0,) if none is dead.
        ids: (n, 20) uint8, those to find.
        out: (n,) int64, written: the number of each, or -1.

    Returns:
        int64, how many of them are next to a head of zeros, which is damage.
    """
    damaged = 0
    for i in range(ids.shape[0]):
        head = key_of(ids[i], 0, 20)
        number = np.searchsorted(heads, head)
        if number > 0 and heads[number - 1] == 0:
            damaged += 1
        out[i] = -1
        while number < min(heads.shape[0], tails.shape[0]) and heads[number] == head:
            if _has_tail(ids[i], tails[number]):
                out[i] = number
                if dead.shape[0] == 0 or not dead[number]:
                    break
            number += 1
    return damaged


@kernel(types.UniTuple(int64, 2)(readonly(uint64), readonly(uint8, 2), readonly(uint8)))
def rows_of(heads, tails, id_):  # type: ignore[no-untyped-def]
    """The rows of a table with an id.

    Args:
        heads: (rows,) uint64, ascending: the first 8 bytes of the id of each row.
        tails: (rows, 12) uint8, the others; rows of one head are ordered by them.
        id_: (20,) uint8.

    Returns:
        The first row, and the one behind the last; both -1 if they are next to a head of zeros,
        which is damage.
    """
    head = key_of(id_, 0, 20)
    start = np.searchsorted(heads, head)
    if start > 0 and heads[start - 1] == 0:
        return -1, -1
    stop = start + np.searchsorted(heads[start:], head, "right")
    # Two documents share a head once in 2**64.
    while start < stop and not _has_tail(id_, tails[start]):
        start += 1
    while start < stop and not _has_tail(id_, tails[stop - 1]):
        stop -= 1
    return start, stop
