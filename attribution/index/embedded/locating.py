"""Finds documents of a segment by their ids."""

from __future__ import annotations

import numpy as np

from attribution.kernels import int64, kernel, readonly, uint8, uint64

__all__ = ["locate_into"]


@kernel(
    int64(readonly(uint64), readonly(uint8, 2), readonly(uint8), readonly(uint8, 2), int64[::1])
)
def locate_into(heads, tails, dead, ids, out):  # type: ignore[no-untyped-def]
    """Write the number of each document: of several with its id, where parts were merged, a live
    one if there is any.

    Args:
        heads: (documents,) uint64, of the segment, ascending: the first 8 bytes of the ids.
        tails: (documents, 12) uint8, the others.
        dead: (documents,) uint8, 1 for a dead document; or (0,) if none is dead.
        ids: (n, 20) uint8, those to find.
        out: (n,) int64, written: the number of each, or -1.

    Returns:
        int64, beside how many of them there is a head of zeros, as no id has.
    """
    damaged = 0
    for i in range(ids.shape[0]):
        head = uint64(0)
        for at in range(8):
            head = (head << uint64(8)) | uint64(ids[i, at])
        number = np.searchsorted(heads, head)
        damaged += number > 0 and heads[number - 1] == 0
        out[i] = -1
        while number < min(heads.shape[0], tails.shape[0]) and heads[number] == head:
            equal = True
            for at in range(12):
                equal = equal and tails[number, at] == ids[i, 8 + at]
            if equal:
                out[i] = number
                if dead.shape[0] == 0 or not dead[number]:
                    break
            number += 1
    return damaged
