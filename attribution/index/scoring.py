"""Which fingerprints and words may propose, what each is worth, and which candidates are kept.

All engines share these rules, so the brute-force engine is an oracle for the others.

A fingerprint's worth is its inverse document frequency (Spärck Jones, "A statistical
interpretation of term specificity", 1972), scaled to 0..1: 1 for a fingerprint of a single
document, 0 for one that every document has.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import float64, int64, kernel, readonly, uint32, uint64

__all__ = ["Limits", "choose", "contenders", "idf", "position_bits", "rarest", "select"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

# A quarter of the candidates each is reserved for the best by MinHash and by BM25. Otherwise a
# snippet with a common idiom, which `limit` documents share, would never see their candidates.
RESERVED_SHARE = 4

TERMS = 20  # rarest words of a query: ten times faster than all of them, and better (measured)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one look-up may cost."""

    # Documents with one fingerprint, above which it only counts. At 1 GB a cap of 1,000 cost no
    # recall and bounded the slowest look-up; see docs and benchmarks.
    cap: int = 1000
    postings: int = 20_000  # visited per kind of fingerprint and look-up, rarest first


@kernel(int64[::1](readonly(uint32), int64, int64))
def select(df, cap, postings):  # type: ignore[no-untyped-def]
    """Which fingerprints propose: rarest first (then in order), while the postings last.

    Args:
        df: (n,) uint32, documents per fingerprint.
        cap, postings: as in Limits.

    Returns:
        (<= n,) int64, positions in df.
    """
    # A counting sort by df, which is stable.
    starts = np.zeros(cap + 2, np.int64)
    for d in df:
        if 0 < d <= cap:
            starts[d + 1] += 1
    for d in range(1, cap + 2):
        starts[d] += starts[d - 1]
    order = np.empty(starts[cap + 1], np.int64)
    for i in range(df.shape[0]):
        if 0 < df[i] <= cap:
            order[starts[df[i]]] = i
            starts[df[i]] += 1
    spent = 0
    for n in range(order.shape[0]):
        spent += int64(df[order[n]])
        if spent > postings:
            return order[:n].copy()
    return order


@kernel(float64[::1](readonly(uint32), int64))
def idf(df, documents):  # type: ignore[no-untyped-def]
    """The inverse document frequency of each fingerprint, scaled to 0..1.

    Args:
        df: (n,) uint32, documents per fingerprint.
        documents: live documents of the corpus.

    Returns:
        (n,) float64.
    """
    most = math.log(documents + 1.0) if documents > 0 else 1.0
    worth = np.empty(df.shape[0], np.float64)
    for i in range(df.shape[0]):
        worth[i] = min(max(1.0 - math.log(max(df[i], 1)) / most, 0.0), 1.0)
    return worth


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
        place = int64(positions[i]) * 64 // max(tokens, 1)
        bits[i] = uint64(1) << uint64(min(place, 63))
    return bits


def rarest(words: Iterable[str], df: Mapping[str, int]) -> list[str]:
    """The words that a BM25 query uses: the rarest of those in the index, rarest first.

    Args:
        df: documents per word.
    """
    return sorted((word for word in words if df[word]), key=lambda word: df[word])[:TERMS]


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
