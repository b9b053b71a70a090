"""Postings: which documents of a segment have a fingerprint, at four bytes each.

    KIND.postings        u32, ascending inside a bucket
    KIND.directory       u32, shape (2**B + 1,): where each bucket begins
    KIND.common_keys     u64, ascending: keys of fingerprints in more than `cap` documents
    KIND.common_counts   u32: in how many

KIND is raw, renamed or bands. A fingerprint is first mixed (winnowing keeps small hashes, so they
crowd at the low end) and cut to a *key* of 36 bits. With D = doc_bits, the upper B = 4 + D bits of
the key name the bucket, and the lower 32 - D are in the posting, above the document's number:

    posting = (key mod 2**(32 - D)) << D | document

So a segment of N documents has 16 N to 32 N buckets of some forty postings: one or two cache lines
to look through, and at most 128 bytes of directory a document. Two fingerprints share a key by
chance once in 2**36; the error only proposes, since candidates are verified by their texts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayFile
from attribution.kernels import kernel, types, uint32, uint64

__all__ = ["KINDS", "KIND_ARRAYS", "Postings", "decode", "doc_bits_of", "emit", "keys_of", "pack"]

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

KINDS = ("raw", "renamed", "bands")
KEY_BITS = 36
MAX_DOCUMENTS = 1 << 22  # of a segment: keeps directories below half a GiB

R32 = types.Array(types.uint32, 1, "C", readonly=True)
R64 = types.Array(types.uint64, 1, "C", readonly=True)
I64 = types.int64[::1]


class Postings(NamedTuple):
    """The arrays of one kind."""

    postings: U32
    directory: U32
    common_keys: U64
    common_counts: U32

    @staticmethod
    def of(file: ArrayFile, kind: str) -> Postings:
        """The arrays in the file of a segment."""
        return Postings(*(file[f"{kind}.{name}"] for name in Postings._fields))


KIND_ARRAYS = types.NamedTuple((R32, R32, R64, R32), Postings)


def doc_bits_of(documents: int) -> int:
    """Bits that a document number needs; at least 1."""
    return max(1, math.ceil(math.log2(max(documents, 1))))


@kernel(uint64(uint64, types.int64), inline="always")
def _key(fingerprint, bits):  # type: ignore[no-untyped-def]
    """The key of a fingerprint of so many bits: a bijection on them, then its upper 36 bits."""
    mask = uint64(0xFFFFFFFFFFFFFFFF) >> uint64(64 - bits)
    half = uint64(bits // 2)
    h = fingerprint & mask
    h ^= h >> half
    h = (h * uint64(0xFF51AFD7ED558CCD)) & mask
    h ^= h >> half
    h = (h * uint64(0xC4CEB9FE1A85EC53)) & mask
    h ^= h >> half
    if bits >= KEY_BITS:
        return h >> uint64(bits - KEY_BITS)
    return h << uint64(KEY_BITS - bits)


@kernel(uint64[::1](R64, types.int64))
def keys_of(fingerprints, bits):  # type: ignore[no-untyped-def]
    """Keys of fingerprints of so many bits, shape (n,)."""
    keys = np.empty(fingerprints.shape[0], np.uint64)
    for i in range(fingerprints.shape[0]):
        keys[i] = _key(fingerprints[i], bits)
    return keys


@kernel(uint64[::1](R64, I64, types.int64, types.int64))
def pack(fingerprints, offsets, first, bits):  # type: ignore[no-untyped-def]
    """key << 28 | (first + document) of all fingerprints of a batch; 2**64 - 1 means none."""
    packed = np.empty(fingerprints.shape[0], np.uint64)
    n = 0
    for d in range(offsets.shape[0] - 1):
        document = uint64(first + d)
        for i in range(offsets[d], offsets[d + 1]):
            if fingerprints[i] != uint64(0xFFFFFFFFFFFFFFFF):
                packed[n] = _key(fingerprints[i], bits) << uint64(28) | document
                n += 1
    return packed[:n]


@kernel(types.void(uint64[::1], R32, types.int64))
def renumber(packed, numbers, doc_bits):  # type: ignore[no-untyped-def]
    """Turn key << 28 | document into key << doc_bits | numbers[document], in place."""
    shift = uint64(doc_bits)
    for i in range(packed.shape[0]):
        document = packed[i] & uint64((1 << 28) - 1)
        packed[i] = (packed[i] >> uint64(28)) << shift | uint64(numbers[document])


@kernel(
    types.UniTuple(types.int64, 2)(
        R64, types.int64, types.int64, R64, R32, uint32[::1], uint32[::1], uint64[::1], uint32[::1]
    ),
)
def emit(packed, doc_bits, cap, known_keys, known_counts, postings, sizes, keys, counts):  # type: ignore[no-untyped-def]
    """Turn sorted key << doc_bits | document into postings and counts.

    Args:
        packed: ascending; equal ones are taken once.
        cap: keys of more documents become counts.
        known_keys, known_counts: ascending keys that are counts already (of the segments merged).
        postings: written, room for packed.
        sizes: shape (2**B,), postings per bucket, added to.
        keys, counts: written, room for known_keys and one per cap + 1 of packed.

    Returns:
        How many postings and how many counts were written.
    """
    shift = uint64(doc_bits)
    bucket_shift = uint64(32 - doc_bits)
    n, commons, known, i = 0, 0, 0, 0
    while i < packed.shape[0]:
        key = packed[i] >> shift
        while known < known_keys.shape[0] and known_keys[known] < key:
            keys[commons] = known_keys[known]
            counts[commons] = known_counts[known]
            commons += 1
            known += 1
        start = n
        last = ~packed[i]
        while i < packed.shape[0] and packed[i] >> shift == key:
            if packed[i] != last:
                last = packed[i]
                postings[n] = uint32(last & uint64(0xFFFFFFFF))
                n += 1
            i += 1
        before = 0
        if known < known_keys.shape[0] and known_keys[known] == key:
            before = types.int64(known_counts[known])
            known += 1
        if before > 0 or n - start > cap:
            keys[commons] = key
            counts[commons] = uint32(before + n - start)
            commons += 1
            n = start
        else:
            sizes[key >> bucket_shift] += uint32(n - start)
    while known < known_keys.shape[0]:
        keys[commons] = known_keys[known]
        counts[commons] = known_counts[known]
        commons += 1
        known += 1
    return n, commons


@kernel(
    types.int64(KIND_ARRAYS, types.int64, R32, uint64, uint64, types.int64, uint64[::1]),
)
def decode(kind, doc_bits, numbers, first, last, new_doc_bits, out):  # type: ignore[no-untyped-def]
    """Postings of keys in [first, last) as key << new_doc_bits | numbers[document].

    `first` and `last` lie at bucket limits; numbers has shape (2**doc_bits,). Returns how many;
    with out of shape (0,) only counts.
    """
    bucket_shift = uint64(32 - doc_bits)
    rest = (uint64(1) << bucket_shift) - uint64(1)
    mask = (uint64(1) << uint64(doc_bits)) - uint64(1)
    if out.shape[0] == 0:
        return types.int64(kind.directory[last >> bucket_shift]) - types.int64(
            kind.directory[first >> bucket_shift]
        )
    n = 0
    for bucket in range(first >> bucket_shift, last >> bucket_shift):
        upper = uint64(bucket) << bucket_shift
        # Bounded by the arrays and not only by the directory: a damaged one must not crash us.
        end = min(types.int64(kind.directory[bucket + 1]), types.int64(kind.postings.shape[0]))
        for p in range(types.int64(kind.directory[bucket]), end):
            if n == out.shape[0]:
                return n
            posting = uint64(kind.postings[p])
            key = upper | (posting >> uint64(doc_bits)) & rest
            out[n] = key << uint64(new_doc_bits) | uint64(numbers[posting & mask])
            n += 1
    return n
