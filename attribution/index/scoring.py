"""Which fingerprints and words may propose, what each is worth, and which candidates are kept.

All engines share these rules, so the brute-force engine is an oracle for the others.

A fingerprint's worth is its inverse document frequency (Spärck Jones, "A statistical
interpretation of term specificity", 1972), scaled to 0..1: 1 for a fingerprint of a single
document, 0 for one that every document has.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from attribution.index.interface import Candidate
from attribution.kernels import float64, int64, kernel, readonly, types, uint32, uint64, void

__all__ = [
    "BM25_B",
    "BM25_K1",
    "Limits",
    "best_candidates",
    "bm25_weight",
    "choose",
    "contenders",
    "idf",
    "position_bits",
    "rarest",
    "select",
    "weigh",
]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

# A quarter of the candidates each is reserved for the best by MinHash and by BM25. Otherwise a
# snippet with a common idiom, which `limit` documents share, would never see their candidates.
RESERVED_SHARE = 4

_FEW = 64  # candidates that are sorted by insertion, which is faster

BM25_K1, BM25_B = 1.2, 0.75  # the usual constants (Robertson, Zaragoza 2009)

TERMS = 20  # rarest words of a query: ten times faster than all of them, and better (measured)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one look-up may cost."""

    # Documents with one fingerprint, above which it only counts. At 1 GB a cap of 1,000 cost no
    # recall and bounded the slowest look-up; see docs and benchmarks.
    cap: int = 1000
    # Visited per look-up, rarest first: of each kind of fingerprint, and of words.
    postings: int = 20_000


@kernel(int64(readonly(uint32), int64, int64, int64, int64, int64[::1], int64))
def _select_into(df, first, last, cap, postings, order, at):  # type: ignore[no-untyped-def]
    """`select` among the fingerprints [first, last).

    Args:
        df: (n,) uint32, documents per fingerprint.
        first, last: the fingerprints to select from.
        cap, postings: as in Limits.
        order: (>= at + last - first,) int64, written: positions in df.
        at: where to begin in order.

    Returns:
        int64, the index behind the last position.
    """
    # A counting sort by df, which is stable.
    starts = np.zeros(cap + 2, np.int64)
    for i in range(first, last):
        if 0 < df[i] <= cap:
            starts[df[i] + 1] += 1
    for d in range(1, cap + 2):
        starts[d] += starts[d - 1]
    end = at + starts[cap + 1]
    for i in range(first, last):
        if 0 < df[i] <= cap:
            order[at + starts[df[i]]] = i
            starts[df[i]] += 1
    spent = 0
    for n in range(at, end):
        spent += int64(df[order[n]])
        if spent > postings:
            return n
    return end


@kernel(int64[::1](readonly(uint32), int64, int64))
def select(df, cap, postings):  # type: ignore[no-untyped-def]
    """Which fingerprints propose: rarest first (then in order), while the postings last.

    Args:
        df: (n,) uint32, documents per fingerprint.
        cap, postings: as in Limits.

    Returns:
        (<= n,) int64, positions in df.
    """
    order = np.empty(df.shape[0], np.int64)
    return order[: _select_into(df, 0, df.shape[0], cap, postings, order, 0)].copy()


@kernel(float64(uint32, int64), inline="always")
def _worth(df, documents):  # type: ignore[no-untyped-def]
    """The inverse document frequency of a fingerprint, scaled to 0..1.

    Args:
        df: uint32, documents that have it.
        documents: live documents of the corpus.

    Returns:
        float64.
    """
    most = math.log(documents + 1.0) if documents > 0 else 1.0
    return min(max(1.0 - math.log(max(df, 1)) / most, 0.0), 1.0)


@kernel(float64[::1](readonly(uint32), int64))
def idf(df, documents):  # type: ignore[no-untyped-def]
    """The inverse document frequency of each fingerprint, scaled to 0..1.

    Args:
        df: (n,) uint32, documents per fingerprint.
        documents: live documents of the corpus.

    Returns:
        (n,) float64.
    """
    worth = np.empty(df.shape[0], np.float64)
    for i in range(df.shape[0]):
        worth[i] = _worth(df[i], documents)
    return worth


@kernel(uint64(uint32, int64), inline="always")
def _position_bit(position, tokens):  # type: ignore[no-untyped-def]
    """The 64th of a snippet in which a token is, as a bit.

    Args:
        position: uint32, the token.
        tokens: how many tokens the snippet has.

    Returns:
        uint64.
    """
    return uint64(1) << uint64(min(int64(position) * 64 // max(tokens, 1), 63))


@kernel(uint64[::1](readonly(uint32), int64))
def position_bits(positions, tokens):  # type: ignore[no-untyped-def]
    """The 64th of the snippet in which each fingerprint starts, as a bit.

    Args:
        positions: (n,) uint32, the token at which each fingerprint starts.
        tokens: how many tokens the snippet has.

    Returns:
        (n,) uint64, one bit each.
    """
    bits = np.empty(positions.shape[0], np.uint64)
    for i in range(positions.shape[0]):
        bits[i] = _position_bit(positions[i], tokens)
    return bits


@kernel(
    types.UniTuple(int64, 2)(
        readonly(uint32, 2), readonly(uint32, 2), readonly(uint32), readonly(uint32), int64,
        int64, int64, int64, uint32[::1], float64[::1], uint64[::1], int64[::1],
    ),
)  # fmt: skip
def weigh(  # type: ignore[no-untyped-def]
    counts, lengths, raw_positions, renamed_positions, tokens, cap, postings, documents,
    df, worth, bits, order,
):  # fmt: skip
    """`select`, `idf` and `position_bits` for all fingerprints of a snippet: raw, renamed, bands.

    Args:
        counts: (segments, n) uint32, the documents of each segment with each fingerprint.
        lengths: (segments, n) uint32, the postings of each.
        raw_positions, renamed_positions: (raw,) and (renamed,) uint32, where they start.
        tokens: how many tokens the snippet has.
        cap, postings: as in Limits.
        documents: live documents of the corpus.
        df: (n,) uint32, written: documents per fingerprint.
        worth: (n,) float64, written.
        bits: (n,) uint64, written for raw and renamed ones.
        order: (n,) int64, written: which propose.

    Returns:
        Two int64: how many propose, and how many postings these have.
    """
    raws = raw_positions.shape[0]
    both = raws + renamed_positions.shape[0]
    for i in range(df.shape[0]):
        total = uint64(0)
        for s in range(counts.shape[0]):
            total += uint64(counts[s, i])
        df[i] = uint32(min(total, uint64(0xFFFFFFFF)))
        worth[i] = _worth(df[i], documents)
        if i < raws:
            bits[i] = _position_bit(raw_positions[i], tokens)
        elif i < both:
            bits[i] = _position_bit(renamed_positions[i - raws], tokens)
    end = _select_into(df, 0, raws, cap, postings, order, 0)
    end = _select_into(df, raws, both, cap, postings, order, end)
    end = _select_into(df, both, df.shape[0], cap, postings, order, end)
    room = 0
    for s in range(lengths.shape[0]):
        for i in order[:end]:
            room += int64(lengths[s, i])
    return end, room


@kernel(void(float64[::1], float64[::1], float64[::1], uint64[::1], int64[::1]))
def _sort_few(score, minhash, lexical, heads, order):  # type: ignore[no-untyped-def]
    """Sort a few candidates: by score, then MinHash, BM25 and document id.

    Args:
        score, minhash, lexical: (n,) float64, higher is better.
        heads: (n,) uint64, the first bits of the ids.
        order: (n,) int64, written: positions, best first.
    """
    for i in range(score.shape[0]):
        at = i
        while at > 0:
            other = order[at - 1]
            if score[i] != score[other]:
                better = score[i] > score[other]
            elif minhash[i] != minhash[other]:
                better = minhash[i] > minhash[other]
            elif lexical[i] != lexical[other]:
                better = lexical[i] > lexical[other]
            else:
                better = heads[i] < heads[other]
            if not better:
                break
            order[at] = other
            at -= 1
        order[at] = i


def rarest(words: Iterable[str], df: Mapping[str, int], postings: int) -> list[str]:
    """The words that a BM25 query uses: of those in the index, rarest first.

    Args:
        df: documents per word.
        postings: as in Limits; the first word may have more.
    """
    terms = sorted((word for word in words if df[word]), key=lambda word: df[word])[:TERMS]
    visited = list(accumulate(df[term] for term in terms))
    return terms[: max(bisect_right(visited, postings), 1)]


def bm25_weight(df: int, documents: int) -> float:
    """What a word is worth in BM25, before the length of a document counts."""
    return math.log(1 + (documents - df + 0.5) / (df + 0.5)) * (BM25_K1 + 1)


def contenders(score: F64, minhash: F64, lexical: F64, limit: int) -> I64:
    """Positions that `choose` could keep: a cheap first cut, ties included."""
    if score.size <= 2 * limit:
        return np.arange(score.size)
    least = np.partition(score, score.size - limit)[score.size - limit]
    return np.flatnonzero((score >= least) | (minhash > 0) | (lexical > 0))


def choose(score: F64, minhash: F64, lexical: F64, heads: U64, limit: int) -> I64:
    """Positions of the best `limit`, best first: by score, then MinHash, BM25 and document id.

    Args:
        score: raw + renamed evidence; this and the others have shape (n,).
        heads: first 64 bits of the document ids, so that every engine breaks ties in the same way.
    """
    if score.size <= min(limit, _FEW):
        few = np.empty(score.size, np.int64)
        _sort_few(score, minhash, lexical, heads, few)
        return few
    order: I64 = np.lexsort((heads, -lexical, -minhash, -score))
    if order.size <= limit:
        return order
    chosen = np.zeros(order.size, np.bool_)
    for other in (minhash, lexical):
        if other.any():
            best = np.lexsort((heads, -other))[: limit // RESERVED_SHARE]
            chosen[best[other[best] > 0]] = True
    free = limit - int(chosen.sum())
    chosen[order[~chosen[order]][:free]] = True
    kept: I64 = order[chosen[order]]
    return kept


def best_candidates(candidates: Sequence[Candidate], limit: int) -> tuple[Candidate, ...]:
    """The best candidates, best first, by `choose`."""
    order = choose(
        np.array([c.raw + c.renamed for c in candidates]),
        np.array([c.minhash for c in candidates]),
        np.array([c.lexical for c in candidates]),
        np.array([int(c.document[:16], 16) for c in candidates], np.uint64),
        limit,
    )
    return tuple(candidates[at] for at in order)
