"""Eight bytes of a text at a time, as one number, the first byte lowest."""

from __future__ import annotations

import numpy as np

from attribution.kernels import kernel, readonly, uint8, uint64

__all__ = ["eight", "first_bytes", "zeros_in"]

_EACH = np.uint64(0x0101010101010101)


@kernel(uint64(readonly(uint8), uint64), inline="always")
def eight(data, at):  # type: ignore[no-untyped-def]
    """Eight bytes as a number.

    Args:
        data: (> at + 7,) uint8.
        at: uint64, offset of the first byte, which becomes the lowest.

    Returns:
        uint64.
    """
    v = uint64(data[at])
    for i in range(1, 8):
        v |= uint64(data[at + uint64(i)]) << uint64(8 * i)
    return v


@kernel(uint64(uint64), inline="always")
def zeros_in(v):  # type: ignore[no-untyped-def]
    """Where zeros are among eight bytes (Warren, Hacker's Delight, 6-1).

    Args:
        v: uint64, the bytes.

    Returns:
        uint64, 0 if no byte is zero; else its lowest bit is the highest of the first zero byte.
    """
    return (v - _EACH) & ~v & (_EACH << uint64(7))


@kernel(uint64(uint64), inline="always")
def first_bytes(count):  # type: ignore[no-untyped-def]
    """A mask of the first of eight bytes.

    Args:
        count: uint64, how many; more than eight are all.

    Returns:
        uint64.
    """
    return (uint64(1) << uint64(8) * count) - uint64(1) if count < 8 else ~uint64(0)
