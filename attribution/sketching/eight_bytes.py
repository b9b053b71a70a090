"""Eight bytes of a text at a time, as one number, the first byte lowest."""

from __future__ import annotations

import numpy as np

from attribution.kernels import kernel, readonly, uint8, uint64

__all__ = ["before_first", "eight", "first_bytes", "with_eight", "zeros_in"]

_EACH = np.uint64(0x0101010101010101)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


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
def before_first(zeros):  # type: ignore[no-untyped-def]
    """A mask of the bytes before the first zero.

    Args:
        zeros: uint64, from `zeros_in`.

    Returns:
        uint64, of all eight bytes if none is zero.
    """
    return (zeros ^ (zeros - uint64(1))) >> uint64(8) if zeros else ~uint64(0)


@kernel(uint64(uint64), inline="always")
def first_bytes(count):  # type: ignore[no-untyped-def]
    """A mask of the first of eight bytes.

    Args:
        count: uint64, how many; more than eight are all.

    Returns:
        uint64.
    """
    return (uint64(1) << uint64(8) * count) - uint64(1) if count < 8 else ~uint64(0)


@kernel(uint64(uint64, uint64), inline="always")
def with_eight(h, v):  # type: ignore[no-untyped-def]
    """Add eight bytes to the hash of a word.

    A word has a last block of less than eight, perhaps none. What is behind it counts as zeros.

    Args:
        h: uint64, the hash so far; 0 at first.
        v: uint64, the bytes.

    Returns:
        uint64, for `finish`.
    """
    h = (h ^ v) * _FACTOR
    return h ^ (h >> uint64(32))
