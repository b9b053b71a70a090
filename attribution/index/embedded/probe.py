"""Looking fingerprints up in one segment: two kernel calls, the second for what `select` has left.

The kernels trust no stored number: a damaged file may propose nonsense, but crashes nothing.
"""

from __future__ import annotations

import numpy as np

from attribution.index.embedded.postings import KIND_ARRAYS, R32, R64
from attribution.kernels import kernel, types, uint32, uint64

__all__ = ["accumulate", "find", "probable_positions"]

R8 = types.Array(types.uint8, 1, "C", readonly=True)
RF = types.Array(types.float64, 1, "C", readonly=True)
RI = types.Array(types.int64, 1, "C", readonly=True)
R32_2D = types.Array(types.uint32, 2, "C", readonly=True)
F64 = types.float64[::1]
KINDS_TYPE = types.UniTuple(KIND_ARRAYS, 3)


@kernel(types.void(KIND_ARRAYS, R64, types.int64, types.int64[::1]))
def probable_positions(kind, keys, doc_bits, out):  # type: ignore[no-untyped-def]
    """About where the postings of keys of one kind are, shape (n,): to have them read ahead."""
    bucket_shift = uint64(32 - doc_bits)
    rest = (uint64(1) << bucket_shift) - uint64(1)
    for i in range(keys.shape[0]):
        bucket = keys[i] >> bucket_shift
        begin = types.int64(kind.directory[bucket])
        size = max(types.int64(kind.directory[bucket + uint64(1)]) - begin, 0)
        out[i] = begin + ((size * types.int64(keys[i] & rest)) >> types.int64(bucket_shift))


@kernel(
    types.void(
        KIND_ARRAYS, R64, types.int64, types.int64, types.int64, R8,
        uint32[::1], uint32[::1], uint32[::1],
    ),
)  # fmt: skip
def _find_kind(kind, keys, first, last, doc_bits, dead, starts, lengths, counts):  # type: ignore[no-untyped-def]
    bucket_shift = uint64(32 - doc_bits)
    rest = (uint64(1) << bucket_shift) - uint64(1)
    mask = (uint64(1) << uint64(doc_bits)) - uint64(1)
    room = types.int64(kind.postings.shape[0])
    # All buckets first: these loads do not wait for one another, so their cache misses overlap.
    for i in range(first, last):
        bucket = keys[i] >> bucket_shift
        starts[i] = min(types.int64(kind.directory[bucket]), room)
        lengths[i] = min(types.int64(kind.directory[bucket + uint64(1)]), room)
    for i in range(first, last):
        key = keys[i]
        begin, end = types.int64(starts[i]), types.int64(lengths[i])
        least = (key & rest) << uint64(doc_bits)
        most = least | mask
        # Keys are spread evenly, so the place in the bucket is nearly known.
        at = begin + ((max(end - begin, 0) * types.int64(key & rest)) >> types.int64(bucket_shift))
        while at > begin and uint64(kind.postings[at - 1]) >= least:
            at -= 1
        while at < end and uint64(kind.postings[at]) < least:
            at += 1
        start = at
        live = 0
        while at < end and uint64(kind.postings[at]) <= most:
            document = types.int64(uint64(kind.postings[at]) & mask)
            if dead.shape[0] == 0 or (document < dead.shape[0] and dead[document] == 0):
                live += 1
            at += 1
        starts[i] = start
        lengths[i] = at - start
        if at == start:
            low, high = 0, kind.common_keys.shape[0]
            while low < high:
                middle = (low + high) >> 1
                if kind.common_keys[middle] < key:
                    low = middle + 1
                else:
                    high = middle
            if low < kind.common_keys.shape[0] and kind.common_keys[low] == key:
                live = types.int64(kind.common_counts[low])
        counts[i] = live


@kernel(
    types.void(
        KINDS_TYPE, R64, types.int64, types.int64, types.int64, R8,
        uint32[::1], uint32[::1], uint32[::1],
    ),
)  # fmt: skip
def find(kinds, keys, raws, renameds, doc_bits, dead, starts, lengths, counts):  # type: ignore[no-untyped-def]
    """Find the postings of all keys of a query in a segment.

    Args:
        kinds: the segment's Postings: raw, renamed, bands.
        keys: shape (n,): `raws` of raw fingerprints, then `renameds` of renamed ones, then bands.
        dead: shape (documents,), 1 for a dead one; or (0,) when none is.
        starts, lengths: written, shape (n,): the postings of each key; none for a mere count.
        counts: written, shape (n,): live documents with it.
    """
    middle = raws + renameds
    _find_kind(kinds[0], keys, 0, raws, doc_bits, dead, starts, lengths, counts)
    _find_kind(kinds[1], keys, raws, middle, doc_bits, dead, starts, lengths, counts)
    _find_kind(kinds[2], keys, middle, keys.shape[0], doc_bits, dead, starts, lengths, counts)


@kernel(
    types.int64(
        KINDS_TYPE, RI, types.int64, types.int64, R32, R32, RF, R64, types.int64, R8,
        R32_2D, R32, types.int64, types.int64, types.int64[::1], uint32[::1], F64, F64,
        uint64[::1], F64,
    ),
)  # fmt: skip
def accumulate(  # type: ignore[no-untyped-def]
    kinds, order, raws, renameds, starts, lengths, weights, bits, doc_bits, dead,
    signatures, signature, segment, at, segments, documents, raw, renamed, coverage, minhash,
):  # fmt: skip
    """Sum up what each document of a segment shares with a query.

    Args:
        order: which keys of `find` propose, in the order in which their weights are summed.
        raws, renameds: how many keys of `find` were raw, and raw or renamed.
        weights, bits: per key of `find`: its worth, and the 64th of the snippet it stands in.
        signatures: of the segment's documents, shape (documents, permutations).
        signature: the query's, shape (permutations,) or (0,).
        segment: the segment's number.
        at: where to begin in the arrays that follow, which are written.

    Returns:
        Where the results end.
    """
    total = 0
    for o in order:
        total += types.int64(lengths[o])
    slots = 16
    while slots < 2 * total:
        slots *= 2
    table = np.full(slots, -1, np.int64)
    doc_mask = (uint64(1) << uint64(doc_bits)) - uint64(1)
    end = at
    for o in order:
        for p in range(types.int64(starts[o]), types.int64(starts[o]) + types.int64(lengths[o])):
            if o < raws:
                posting = uint64(kinds[0].postings[p])
            elif o < renameds:
                posting = uint64(kinds[1].postings[p])
            else:
                posting = uint64(kinds[2].postings[p])
            document = types.int64(posting & doc_mask)
            if document >= signatures.shape[0] or (dead.shape[0] > 0 and dead[document] != 0):
                continue
            slot = types.int64((uint64(document) * uint64(0x9E3779B97F4A7C15)) >> uint64(32)) & (
                slots - 1
            )
            while table[slot] >= 0 and types.int64(documents[table[slot]]) != document:
                slot = (slot + 1) & (slots - 1)
            if table[slot] < 0:
                table[slot] = end
                segments[end] = segment
                documents[end] = uint32(document)
                raw[end] = 0.0
                renamed[end] = 0.0
                coverage[end] = uint64(0)
                minhash[end] = 0.0
                end += 1
            entry = table[slot]
            if o < raws:
                raw[entry] += weights[o]
                coverage[entry] |= bits[o]
            elif o < renameds:
                renamed[entry] += weights[o]
                coverage[entry] |= bits[o]
            elif minhash[entry] == 0.0:
                equal = 0
                for j in range(signature.shape[0]):
                    if signatures[document, j] == signature[j]:
                        equal += 1
                minhash[entry] = equal / signature.shape[0]
    return end
