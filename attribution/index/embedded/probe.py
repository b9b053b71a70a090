"""Looking fingerprints up in one segment: two kernel calls, the second for what `select` has left.

The kernels trust no stored number: a damaged file may propose nonsense, but crashes nothing.
"""

from __future__ import annotations

import numpy as np

from attribution.index.embedded.postings import KIND_ARRAYS, KINDS_TYPE
from attribution.kernels import float64, int64, kernel, readonly, uint8, uint32, uint64, void

__all__ = ["accumulate", "find", "heads_into", "ids_into"]


@kernel(
    int64(
        KIND_ARRAYS, readonly(uint64), int64, int64, int64, int64, readonly(uint8),
        uint32[::1], uint32[::1], uint32[::1],
    ),
)  # fmt: skip
def _find_kind(kind, keys, first, last, used, doc_bits, dead, starts, lengths, counts):  # type: ignore[no-untyped-def]
    """`find` for the keys of one kind.

    Args:
        kind: Postings, the arrays of the kind.
        keys: (n,) uint64, all keys.
        first, last: the keys [first, last) are of the kind.
        used: the first bucket that is not empty.
        doc_bits: the bits of a document's number in the segment.
        dead: (documents,) uint8, 1 for a dead document; or (0,) if none is dead.
        starts, lengths, counts: (n,) uint32, written in [first, last), as in `find`.

    Returns:
        int64, for how many keys the arrays are out of order.
    """
    damaged = 0
    bucket_shift = uint64(32 - doc_bits)
    rest = (uint64(1) << bucket_shift) - uint64(1)
    mask = (uint64(1) << uint64(doc_bits)) - uint64(1)
    room = int64(kind.postings.shape[0])
    # All buckets first: these loads do not wait for one another, so their cache misses overlap.
    for i in range(first, last):
        bucket = keys[i] >> bucket_shift
        begin = int64(kind.directory[bucket])
        end = int64(kind.directory[bucket + uint64(1)])
        if begin > end or end > room or (begin == 0 and int64(bucket) > used):
            damaged += 1
        starts[i] = min(begin, room)
        lengths[i] = min(end, room)
    if damaged:  # a bucket may be as large as the array
        return damaged
    # Keys are spread evenly, so the place in the bucket is nearly known. All are read once before
    # any is looked at, for the same reason; what was read is not needed. The place is computed
    # twice: to keep it took a fifth longer (25 us instead of 21 for 155 keys).
    for i in range(first, last):
        begin, end = int64(starts[i]), int64(lengths[i])
        at = begin + ((max(end - begin, 0) * int64(keys[i] & rest)) >> int64(bucket_shift))
        counts[i] = kind.postings[min(at, room - 1)] if room else 0
    for i in range(first, last):
        key = keys[i]
        begin, end = int64(starts[i]), int64(lengths[i])
        least = (key & rest) << uint64(doc_bits)
        most = least | mask
        at = begin + ((max(end - begin, 0) * int64(key & rest)) >> int64(bucket_shift))
        while at > begin and uint64(kind.postings[at - 1]) >= least:
            at -= 1
        while at < end and uint64(kind.postings[at]) < least:
            at += 1
        # Zeros end here: they are less than what is looked for, and equal to one another.
        if at - 1 > begin and kind.postings[at - 2] >= kind.postings[at - 1]:
            damaged += 1
        start = at
        live = 0
        while at < end and uint64(kind.postings[at]) <= most:
            if at > begin and kind.postings[at - 1] >= kind.postings[at]:
                damaged += 1
            document = int64(uint64(kind.postings[at]) & mask)
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
            if low > 1 and kind.common_keys[low - 2] >= kind.common_keys[low - 1]:
                damaged += 1
            if low < kind.common_keys.shape[0] and kind.common_keys[low] == key:
                live = int64(kind.common_counts[low])
                if live == 0:
                    damaged += 1
        counts[i] = live
    return damaged


@kernel(
    int64(
        KINDS_TYPE, readonly(uint64), int64, int64, readonly(int64), int64, readonly(uint8),
        uint32[::1], uint32[::1], uint32[::1],
    ),
)  # fmt: skip
def find(kinds, keys, raws, renameds, used, doc_bits, dead, starts, lengths, counts):  # type: ignore[no-untyped-def]
    """Find the postings of all keys of a query in a segment.

    Args:
        kinds: three Postings of the segment: raw, renamed, bands.
        keys: (n,) uint64, of raw fingerprints, then of renamed ones, then of bands.
        raws, renameds: how many keys are of raw and of renamed fingerprints.
        used: (3,) int64, the first bucket of each kind that is not empty.
        doc_bits: the bits of a document's number in the segment.
        dead: (documents,) uint8, 1 for a dead document; or (0,) if none is dead.
        starts, lengths: (n,) uint32, written: the postings of each key; none if it is only counted.
        counts: (n,) uint32, written: the live documents with each key.

    Returns:
        int64, for how many keys the arrays are out of order, as zeros written over them are; the
        results are useless unless it is 0.
    """
    last = keys.shape[0]
    middle = raws + renameds
    return (
        _find_kind(kinds[0], keys, 0, raws, used[0], doc_bits, dead, starts, lengths, counts)
        + _find_kind(kinds[1], keys, raws, middle, used[1], doc_bits, dead, starts, lengths, counts)
        + _find_kind(kinds[2], keys, middle, last, used[2], doc_bits, dead, starts, lengths, counts)
    )


@kernel(
    int64(
        KINDS_TYPE, readonly(int64), int64, int64, readonly(uint32), readonly(uint32),
        readonly(float64), readonly(uint64), int64, readonly(uint8),
        readonly(uint32, 2), readonly(uint32), int64, int64, int64[::1], uint32[::1],
        float64[::1], float64[::1], uint64[::1], float64[::1],
    ),
)  # fmt: skip
def accumulate(  # type: ignore[no-untyped-def]
    kinds, order, raws, renameds, starts, lengths, weights, bits, doc_bits, dead,
    signatures, signature, segment, at, segments, documents, raw, renamed, coverage, minhash,
):  # fmt: skip
    """Sum up what each document of a segment shares with a query.

    Args:
        kinds: three Postings of the segment: raw, renamed, bands.
        order: (proposing,) int64, the keys of `find` that propose, in the order in which their
            weights are summed.
        raws, renameds: how many keys of `find` are raw, and how many are raw or renamed.
        starts, lengths: (n,) uint32, as written by `find`.
        weights: (n,) float64, the idf of each key.
        bits: (n,) uint64, its position bit.
        doc_bits: the bits of a document's number in the segment.
        dead: (documents,) uint8, 1 for a dead document; or (0,) if none is dead.
        signatures: (documents, permutations) uint32, of the segment's documents.
        signature: (permutations,) uint32, of the query; or (0,), if it has none.
        segment: the segment's number.
        at: where to begin in the arrays below, which have room for all postings of `order`.
        segments: int64, written: `segment`.
        documents: uint32, written: the number of the document in the segment.
        raw, renamed: float64, written: the sum of the weights of its keys.
        coverage: uint64, written: the position bits of its keys.
        minhash: float64, written: the share of equal values of the signatures.

    Returns:
        int64, the index behind the last result; -1 when a signature is all zeros, which none is.
    """
    total = 0
    for o in order:
        total += int64(lengths[o])
    slots = 16
    while slots < 2 * total:
        slots *= 2
    table = np.full(slots, -1, np.int64)
    doc_mask = (uint64(1) << uint64(doc_bits)) - uint64(1)
    end = at
    for o in order:
        for p in range(int64(starts[o]), int64(starts[o]) + int64(lengths[o])):
            if o < raws:
                posting = uint64(kinds[0].postings[p])
            elif o < renameds:
                posting = uint64(kinds[1].postings[p])
            else:
                posting = uint64(kinds[2].postings[p])
            document = int64(posting & doc_mask)
            if document >= signatures.shape[0] or (dead.shape[0] > 0 and dead[document] != 0):
                continue
            slot = int64((uint64(document) * uint64(0x9E3779B97F4A7C15)) >> uint64(32)) & (
                slots - 1
            )
            while table[slot] >= 0 and int64(documents[table[slot]]) != document:
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
                if equal == 0 and not signatures[document].any():
                    return -1
                minhash[entry] = equal / signature.shape[0]
    return end


@kernel(
    void(readonly(int64), readonly(uint32), readonly(int64), int64, readonly(uint64), uint64[::1])
)
def heads_into(segments, documents, rows, segment, heads, out):  # type: ignore[no-untyped-def]
    """Write the first 64 bits of the ids of some of the documents found.

    Args:
        segments, documents: as written by `accumulate`.
        rows: (n,) int64, positions in these arrays.
        segment: the segment whose documents are written.
        heads: (documents,) uint64, of the segment.
        out: (n,) uint64, written for the rows of the segment.
    """
    for i in range(rows.shape[0]):
        if segments[rows[i]] == segment:
            document = int64(documents[rows[i]])
            out[i] = heads[document] if document < heads.shape[0] else uint64(0)


@kernel(
    int64(
        readonly(int64), readonly(uint32), readonly(int64), int64, readonly(uint64),
        readonly(uint8, 2), uint8[:, ::1],
    ),
)  # fmt: skip
def ids_into(segments, documents, rows, segment, heads, tails, out):  # type: ignore[no-untyped-def]
    """Write the ids of some of the documents found.

    Args:
        segments, documents, rows, segment, heads: as for `heads_into`.
        tails: (documents, 12) uint8, of the segment.
        out: (n, 20) uint8, written for the rows of the segment.

    Returns:
        int64, how many ids are missing, or have only zeros at their start or end, as none has.
    """
    damaged = 0
    for i in range(rows.shape[0]):
        if segments[rows[i]] != segment:
            continue
        document = int64(documents[rows[i]])
        if document >= min(heads.shape[0], tails.shape[0]):
            damaged += 1
            continue
        head = heads[document]
        tail = uint8(0)
        for at in range(8):
            out[i, at] = uint8((head >> uint64(56 - 8 * at)) & uint64(255))
        for at in range(12):
            out[i, 8 + at] = tails[document, at]
            tail |= tails[document, at]
        damaged += head == 0 or tail == 0
    return damaged
