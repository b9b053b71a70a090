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
from attribution.kernels import int64, kernel, readonly, types, uint32, uint64, void

__all__ = [
    "KINDS",
    "KINDS_TYPE",
    "KIND_ARRAYS",
    "Postings",
    "decode",
    "doc_bits_of",
    "emit",
    "pack",
    "to_keys",
]

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

KINDS = ("raw", "renamed", "bands")
KEY_BITS = 36
MAX_DOCUMENTS = 1 << 22  # of a segment: keeps directories below half a GiB


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


KIND_ARRAYS = types.NamedTuple(
    (readonly(uint32), readonly(uint32), readonly(uint64), readonly(uint32)), Postings
)
KINDS_TYPE = types.UniTuple(KIND_ARRAYS, 3)


def doc_bits_of(documents: int) -> int:
    """Bits that a document number needs; at least 1."""
    return max(1, math.ceil(math.log2(max(documents, 1))))


@kernel(uint64(uint64, int64), inline="always")
def _key(fingerprint, bits):  # type: ignore[no-untyped-def]
    """The key of a fingerprint: a bijection on its bits, then the upper 36 of them.

    Args:
        fingerprint: uint64.
        bits: the significant bits of a fingerprint.

    Returns:
        uint64, less than 2**KEY_BITS.
    """
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


@kernel(void(uint64[::1], int64))
def to_keys(fingerprints, bits):  # type: ignore[no-untyped-def]
    """Turn fingerprints into keys, in place.

    Args:
        fingerprints: (n,) uint64, changed.
        bits: the significant bits of a fingerprint.
    """
    for i in range(fingerprints.shape[0]):
        fingerprints[i] = _key(fingerprints[i], bits)


@kernel(uint64[::1](readonly(uint64), int64[::1], int64, int64))
def pack(fingerprints, offsets, first, bits):  # type: ignore[no-untyped-def]
    """Pack the fingerprints of a batch of documents as key << 28 | document.

    Args:
        fingerprints: (n,) uint64, document after document; 2**64 - 1 means none.
        offsets: (documents + 1,) int64, where each document's fingerprints begin.
        first: the number of the first document.
        bits: the significant bits of a fingerprint.

    Returns:
        (<= n,) uint64.
    """
    packed = np.empty(fingerprints.shape[0], np.uint64)
    n = 0
    for d in range(offsets.shape[0] - 1):
        document = uint64(first + d)
        for i in range(offsets[d], offsets[d + 1]):
            if fingerprints[i] != uint64(0xFFFFFFFFFFFFFFFF):
                packed[n] = _key(fingerprints[i], bits) << uint64(28) | document
                n += 1
    return packed[:n]


@kernel(void(uint64[::1], readonly(uint32), int64))
def renumber(packed, numbers, doc_bits):  # type: ignore[no-untyped-def]
    """Turn key << 28 | document into key << doc_bits | numbers[document], in place.

    Args:
        packed: (n,) uint64, changed.
        numbers: (documents,) uint32, the new number of each document.
        doc_bits: the bits of a new number.
    """
    shift = uint64(doc_bits)
    for i in range(packed.shape[0]):
        document = packed[i] & uint64((1 << 28) - 1)
        packed[i] = (packed[i] >> uint64(28)) << shift | uint64(numbers[document])


@kernel(
    types.UniTuple(int64, 2)(
        readonly(uint64),
        int64,
        int64,
        readonly(uint64),
        readonly(uint32),
        uint32[::1],
        uint32[::1],
        uint64[::1],
        uint32[::1],
    ),
)
def emit(packed, doc_bits, cap, known_keys, known_counts, postings, sizes, keys, counts):  # type: ignore[no-untyped-def]
    """Turn sorted key << doc_bits | document into postings and counts.

    Args:
        packed: (n,) uint64, ascending; equal ones are taken once.
        doc_bits: the bits of a document's number.
        cap: keys of more documents become counts.
        known_keys: (k,) uint64, ascending: keys that are counts already (in merged segments).
        known_counts: (k,) uint32, their counts.
        postings: (>= n,) uint32, written.
        sizes: (2**B,) uint32, postings per bucket, added to.
        keys: (>= k + n // (cap + 1),) uint64, written: the keys of counts, ascending.
        counts: the same shape, uint32, written: their counts.

    Returns:
        Two int64: how many postings and how many counts were written.
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
            before = int64(known_counts[known])
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
    int64(KIND_ARRAYS, int64, readonly(uint32), uint64, uint64, int64, uint64[::1]),
)
def decode(kind, doc_bits, numbers, first, last, new_doc_bits, out):  # type: ignore[no-untyped-def]
    """The postings of a range of keys as key << new_doc_bits | numbers[document].

    Args:
        kind: Postings, the arrays of one kind.
        doc_bits: the bits of a document's number in the segment.
        numbers: (2**doc_bits,) uint32, the new number of each document.
        first, last: uint64, the keys [first, last); both are limits of buckets.
        new_doc_bits: the bits of a new number.
        out: (postings,) uint64, written; or (0,), to count the postings only.

    Returns:
        int64, how many postings there are.
    """
    bucket_shift = uint64(32 - doc_bits)
    rest = (uint64(1) << bucket_shift) - uint64(1)
    mask = (uint64(1) << uint64(doc_bits)) - uint64(1)
    if out.shape[0] == 0:
        return int64(kind.directory[last >> bucket_shift]) - int64(
            kind.directory[first >> bucket_shift]
        )
    n = 0
    for bucket in range(first >> bucket_shift, last >> bucket_shift):
        upper = uint64(bucket) << bucket_shift
        # Bounded by the arrays and not only by the directory: a damaged one must not crash us.
        end = min(int64(kind.directory[bucket + 1]), int64(kind.postings.shape[0]))
        for p in range(int64(kind.directory[bucket]), end):
            if n == out.shape[0]:
                return n
            posting = uint64(kind.postings[p])
            key = upper | (posting >> uint64(doc_bits)) & rest
            out[n] = key << uint64(new_doc_bits) | uint64(numbers[posting & mask])
            n += 1
    return n
