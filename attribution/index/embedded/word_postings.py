"""The postings of a word: the gaps between ascending documents, in Rice's code.

The code (Witten, Moffat, Bell: Managing Gigabytes, 1999) writes a gap as its upper bits in unary, a
zero, and its lower bits as they are, low bits of a byte first. How many are lower follows from the
documents of the word and of the segment, so it takes few bits for words of any frequency, and
needs no parameter stored.
"""

from __future__ import annotations

import numpy as np

from attribution.index.scoring import BM25_B, BM25_K1
from attribution.kernels import (
    float32,
    float64,
    int64,
    kernel,
    readonly,
    uint8,
    uint16,
    uint32,
    uint64,
)

__all__ = ["decode", "put_postings", "score", "single_size"]

# How many of the lowest bits of a byte are ones.
_ONES = np.array([(~byte & (byte + 1)).bit_length() - 1 for byte in range(256)], np.uint8)


@kernel(int64(int64, int64), inline="always")
def _low_bits(documents, df):  # type: ignore[no-untyped-def]
    """The low bits of a gap that Rice's code stores as they are.

    Args:
        documents: of the segment.
        df: those that have the word, at least 1.

    Returns:
        int64, the logarithm of the mean gap, rounded down.
    """
    bits, mean = 0, documents // df
    while mean > 1:
        mean >>= 1
        bits += 1
    return bits


@kernel(int64(int64), inline="always")
def single_size(documents):  # type: ignore[no-untyped-def]
    """The bytes of the postings of a word of one document.

    Args:
        documents: of the segment.

    Returns:
        int64, enough for the bits of a number, and two more.
    """
    return (_low_bits(documents, 1) + 9) // 8 if documents > 0 else 0


@kernel(int64(readonly(uint32), int64, int64, int64, uint8[::1], int64))
def put_postings(postings, first, df, documents, out, put):  # type: ignore[no-untyped-def]
    """Write the postings of a word.

    Args:
        postings: uint32, ascending from `first` on.
        first: the first of the word.
        df: how many it has.
        documents: of the segment.
        out: uint8, written.
        put: where.

    Returns:
        int64, where the next thing begins.
    """
    one, byte = uint64(1), uint64(8)
    low = uint64(_low_bits(documents, df))
    mask = (one << low) - one
    if df == 1:  # of a fixed size, which is not stored
        value = (uint64(postings[first]) & mask) << one
        if uint64(postings[first]) >> low:
            value = value << one | one
        for _ in range(single_size(documents)):
            out[put] = uint8(value & uint64(255))
            value >>= byte
            put += 1
        return put
    buffer, bits = uint64(0), uint64(0)
    before = uint64(0)
    for p in range(first, first + df):
        gap = uint64(postings[p]) - before
        before = uint64(postings[p]) + one
        high = gap >> low
        while high >= byte:
            buffer |= uint64(255) << bits
            out[put] = uint8(buffer & uint64(255))
            put += 1
            buffer >>= byte
            high -= byte
        # ones, a zero, and the low bits
        buffer |= ((gap & mask) << (high + one) | (one << high) - one) << bits
        bits += high + one + low
        while bits >= byte:
            out[put] = uint8(buffer & uint64(255))
            put += 1
            buffer >>= byte
            bits -= byte
    if bits > 0:
        out[put] = uint8(buffer)
        put += 1
    return put


@kernel(int64(readonly(uint8), int64, int64, int64, int64, uint32[::1], int64))
def decode(blocks, start, size, df, documents, out, put):  # type: ignore[no-untyped-def]
    """Read the postings of a word.

    Args:
        blocks: (bytes,) uint8.
        start, size: where they are.
        df: how many there are.
        documents: of the segment.
        out: (>= put + df,) uint32, written: the documents, ascending.
        put: where to begin in out.

    Returns:
        int64, the index behind the last; -1 if they are damaged.
    """
    at, stop = start, start + size
    low = uint64(_low_bits(documents, df))
    mask = (uint64(1) << low) - uint64(1)
    buffer, bits = uint64(0), uint64(0)
    document = -1
    for _ in range(df):
        high, ones = 0, uint64(8)
        while ones == 8:
            while bits < 32 and at < stop:
                buffer |= uint64(blocks[at]) << bits
                bits += uint64(8)
                at += 1
            ones = uint64(_ONES[buffer & uint64(255)])
            if ones >= bits:
                return -1
            high += int64(ones)
            buffer >>= ones
            bits -= ones
        buffer >>= uint64(1)
        bits -= uint64(1)
        if bits < low:
            return -1
        document += 1 + (high << int64(low)) + int64(buffer & mask)
        buffer >>= low
        bits -= low
        if document >= documents:
            return -1
        out[put] = document
        put += 1
    return put


@kernel(
    int64(
        readonly(uint8), uint32[::1], int64[::1], int64[::1], float64[::1], int64[::1],
        readonly(uint32), float64, readonly(uint8), uint16[::1], float32[::1],
    ),
)  # fmt: skip
def score(blocks, counts, starts, sizes, weights, groups, lengths, mean, dead, marks, scores):  # type: ignore[no-untyped-def]
    """Sum up BM25 of the documents that have words, and note which have one of each group.

    Args:
        blocks: (bytes,) uint8, of the segment.
        counts, starts, sizes: (n,) of the words, as from `find` or `scan`.
        weights: (n,) float64, what each is worth in a document of no length; 0 for a word that
            only marks.
        groups: (n,) int64, ascending: the group of each; after these, -1 for words that only score.
        lengths: (documents,) uint32, the words of each document.
        mean: float64, the mean of all lengths.
        dead: (documents,) uint8, 1 for a dead document; or (0,) if none is dead.
        marks: (documents,) uint16, zeros; written: how many groups, from the first, a live document
            has a word of.
        scores: (documents,) float32, zeros; added to.

    Returns:
        int64, for how many words the postings are damaged.
    """
    damaged = 0
    documents = lengths.shape[0]
    norm, per_word = 1 + BM25_K1 * (1 - BM25_B), BM25_K1 * BM25_B / mean
    most = 0
    for i in range(counts.shape[0]):
        most = max(most, int64(counts[i]))
    found = np.empty(most, np.uint32)
    for i in range(counts.shape[0]):
        if counts[i] == 0:
            continue
        n = decode(blocks, starts[i], sizes[i], int64(counts[i]), documents, found, 0)
        damaged += n < 0
        group, weight = groups[i], weights[i]
        for p in range(n):
            document = found[p]
            if group >= 0:
                if dead.shape[0] > 0 and dead[document] != 0:
                    continue
                if int64(marks[document]) < group:
                    continue
                marks[document] = uint16(group + 1)
            if weight > 0:
                scores[document] += float32(weight / (norm + per_word * lengths[document]))
    return damaged
