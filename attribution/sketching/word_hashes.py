"""Hashes of the words of a text, each as often as it occurs."""

from __future__ import annotations

import numpy as np

from attribution.kernels import int64, kernel, readonly, uint8, uint64
from attribution.lexing.hashing import FACTORS, finish
from attribution.sketching.words import MAX_WORD_BYTES

__all__ = ["WORD_BYTES", "hash_words_into"]

# Each byte in lower case; 0 for a byte that cannot be part of a word.
WORD_BYTES = np.zeros(256, np.uint8)
WORD_BYTES[128:] = np.arange(128, 256)
for _byte in b"abcdefghijklmnopqrstuvwxyz0123456789_":
    WORD_BYTES[_byte] = _byte
for _byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ":
    WORD_BYTES[_byte] = _byte + 32


@kernel(int64(readonly(uint8), int64, int64, uint8[::1], uint64[::1], int64))
def hash_words_into(data, begin, end, folded, out, at):  # type: ignore[no-untyped-def]
    """Write the hash of every word of a text.

    Args:
        data: (bytes,) uint8, the text, perhaps with others around it.
        begin, end: the text's offsets in data.
        folded: (256,) uint8, WORD_BYTES.
        out: (>= at + words,) uint64, written: the hashes.
        at: where to begin in out.

    Returns:
        int64, the index behind the last hash.
    """
    i = begin
    while i < end:
        if folded[data[i]] == 0:
            i += 1
            continue
        h, length = uint64(0), uint64(0)
        while i < end and folded[data[i]] != 0:
            if length < MAX_WORD_BYTES:
                h += (uint64(folded[data[i]]) + uint64(1)) * FACTORS[length]
            length += uint64(1)
            i += 1
        if length <= MAX_WORD_BYTES:
            out[at] = finish(h)
            at += 1
    return at
