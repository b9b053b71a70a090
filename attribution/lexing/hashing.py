"""Hashes of tokens, and hash tables in arrays.

The hash of a token is a sum of its bytes times odd factors, in blocks of 64 bytes. FNV multiplies
in a chain, where each step waits for the one before; these products do not.

A table is open-addressing with linear probing; its size is a power of two.
"""

from __future__ import annotations

import numpy as np

from attribution.kernels import boolean, int32, int64, kernel, readonly, uint8, uint64

__all__ = [
    "BLOCK",
    "FACTORS",
    "contains",
    "count_use",
    "finish",
    "hash_bytes",
    "hash_range",
    "table_size",
]

BLOCK = 64  # bytes that are summed before they are mixed
FACTORS = np.random.RandomState(7).randint(0, 2**63, BLOCK, dtype=np.uint64) * np.uint64(
    2
) + np.uint64(1)
_MIX = np.uint64(0x9E3779B97F4A7C15)


@kernel(uint64(uint64), inline="always")
def finish(h):  # type: ignore[no-untyped-def]
    """Mix the sum of a token's bytes.

    Args:
        h: uint64, the sum.

    Returns:
        uint64, the hash.
    """
    h = (h ^ (h >> uint64(32))) * _MIX
    return h ^ (h >> uint64(29))


@kernel(uint64(readonly(uint8), int64, int64, boolean), borrows=True)
def hash_range(data, start, stop, fold):  # type: ignore[no-untyped-def]
    """The hash of the token data[start:stop].

    Args:
        data: (bytes,) uint8, the text.
        start, stop: the token's offsets.
        fold: bool, whether to hash ASCII capitals as small letters.

    Returns:
        uint64.
    """
    h = uint64(0)
    number = uint64(0)
    for at in range(uint64(start), uint64(stop)):
        if number == uint64(BLOCK):
            h = (h ^ (h >> uint64(31))) * _MIX
            number = uint64(0)
        byte = data[at]
        if fold and 65 <= byte <= 90:
            byte += 32
        h += (uint64(byte) + uint64(1)) * FACTORS[number]
        number += uint64(1)
    return finish(h)


def hash_bytes(token: bytes) -> int:
    """The hash of a token."""
    return int(hash_range(np.frombuffer(token, np.uint8), 0, len(token), False))


@kernel(int64(int64, int64))
def table_size(entries, least):  # type: ignore[no-untyped-def]
    """The size of a table that stays at most half full.

    Args:
        entries: how many keys the table must hold.
        least: the smallest size, a power of two.

    Returns:
        int64, a power of two.
    """
    slots = least
    while slots < 2 * entries:
        slots *= 2
    return slots


@kernel(boolean(uint64[::1], uint64, uint64), inline="always")
def contains(table, mask, h):  # type: ignore[no-untyped-def]
    """Whether a hash is in an open-addressing set.

    Args:
        table: (slots,) uint64; 0 is an empty slot.
        mask: uint64, slots - 1.
        h: uint64, the hash.

    Returns:
        bool.
    """
    h = h if h != 0 else uint64(1)
    slot = h & mask
    while table[slot] != 0:
        if table[slot] == h:
            return True
        slot = (slot + uint64(1)) & mask
    return False


@kernel(int64(uint64[::1], int32[::1], uint64), inline="always")
def count_use(keys, uses, key):  # type: ignore[no-untyped-def]
    """Count a use of a key in a table.

    Args:
        keys: (slots,) uint64, the keys; changed.
        uses: (slots,) int32, how often each was used, 0 for an empty slot; changed.
        key: uint64, the key that is used.

    Returns:
        int64, its uses up to now, this one included.
    """
    mask = uint64(keys.shape[0] - 1)
    slot = key & mask
    while uses[slot] > 0 and keys[slot] != key:
        slot = (slot + uint64(1)) & mask
    keys[slot] = key
    uses[slot] += 1
    return int64(uses[slot])
