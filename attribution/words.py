"""Text to lexical terms: its distinct words, in lower case.

A word is a run of ASCII letters, digits, "_" and bytes of non-ASCII characters, of at most 64
bytes. Comments and strings count: a search looks for them too. Each word is given once a text, so
that BM25 weighs which words occur and not how often; that is a quarter of the bytes to index, and
the rare words of a snippet decide anyway.
"""

from __future__ import annotations

import numpy as np
from numba import types, uint8, uint32, uint64

from attribution.kernels import kernel
from attribution.lexer import FACTORS, READONLY_BYTES, finish

__all__ = ["MAX_WORD_BYTES", "WORD_BYTES", "hash_words_into", "words_into", "words_of"]

MAX_WORD_BYTES = 64  # longer runs are data (hashes, base64), and nobody types them

# What each byte becomes inside a word; 0 for a byte that is no part of one.
WORD_BYTES = np.zeros(256, np.uint8)
WORD_BYTES[128:] = np.arange(128, 256)
for _byte in b"abcdefghijklmnopqrstuvwxyz0123456789_":
    WORD_BYTES[_byte] = _byte
for _byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ":
    WORD_BYTES[_byte] = _byte + 32


@kernel(
    types.int64(
        READONLY_BYTES, types.int64, types.int64, uint8[::1],
        uint64[::1], uint32[::1], uint32, uint8[::1], types.int64,
    ),
)  # fmt: skip
def words_into(data, begin, end, folded, seen, stamps, stamp, out, at):  # type: ignore[no-untyped-def]
    """Write the distinct words of data[begin:end] to out[at:], a space after each.

    `seen` and `stamps` are an open-addressing set (a power of two of slots, more than there are
    words) whose slots are valid where stamps == stamp, so that it need not be cleared between
    texts. Returns the offset behind the last space; out needs end - begin + 1 bytes.
    """
    mask = uint64(seen.shape[0] - 1)
    i, stop, put = uint64(begin), uint64(end), uint64(at)
    one = uint64(1)
    while i < stop:
        if folded[data[i]] == 0:
            i += one
            continue
        h, length = uint64(0), uint64(0)
        while i < stop:
            byte = folded[data[i]]
            if byte == 0:
                break
            if length < MAX_WORD_BYTES:
                h += (uint64(byte) + one) * FACTORS[length]
                out[put + length] = byte  # given up again if the word is known
            length += one
            i += one
        if length > MAX_WORD_BYTES:
            continue
        h = finish(h)
        slot = h & mask
        known = False
        while stamps[slot] == stamp:
            if seen[slot] == h:
                known = True
                break
            slot = (slot + one) & mask
        if known:
            continue
        stamps[slot] = stamp
        seen[slot] = h
        put += length
        out[put] = 32
        put += one
    return types.int64(put)


@kernel(types.int64(READONLY_BYTES, types.int64, types.int64, uint8[::1], uint64[::1], types.int64))
def hash_words_into(data, begin, end, folded, out, at):  # type: ignore[no-untyped-def]
    """Write the hash of every word of data[begin:end] to out[at:]; returns the offset behind."""
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


def words_of(text: bytes) -> tuple[str, ...]:
    """The distinct words of a text, in order of appearance."""
    slots = 1 << max(8, (len(text) + 1).bit_length())
    out = np.empty(len(text) + 1, np.uint8)
    size = words_into(
        np.frombuffer(text, np.uint8), 0, len(text), WORD_BYTES,
        np.empty(slots, np.uint64), np.zeros(slots, np.uint32), np.uint32(1), out, 0,
    )  # fmt: skip
    return tuple(out[:size].tobytes().decode("utf-8", "replace").split(" ")[:-1])
