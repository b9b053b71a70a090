"""Which fingerprints may propose, what each is worth, and which candidates are kept.

The rules that all engines share, so that the brute-force engine is an oracle for the others.

A fingerprint's worth is its inverse document frequency (Spärck Jones, "A statistical
interpretation of term specificity", 1972), scaled to 0..1: 1 for a fingerprint of a single
document, 0 for one that every document has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Limits", "choose", "contenders", "position_bits", "select", "weights"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

# A quarter of the places each is held for the best by MinHash and by BM25: else a snippet with a
# common idiom in it, which `limit` documents share, would never see what only they find.
HELD_SHARE = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one look-up may cost."""

    # Documents with one fingerprint, above which it only counts. At 1 GB a cap of 1,000 cost no
    # recall and bounded the slowest look-up; see docs and benchmarks.
    cap: int = 1000
    postings: int = 20_000  # visited per kind of fingerprint and look-up, rarest first


def select(df: U32, limits: Limits) -> I64:
    """Which fingerprints propose: rarest first (then in order), while the postings last.

    Args:
        df: documents per fingerprint, shape (n,).

    Returns:
        Positions in df, shape (<= n,).
    """
    order = np.argsort(df, kind="stable")
    sorted_df = df[order]
    usable = (sorted_df > 0) & (sorted_df <= limits.cap)
    spent = np.cumsum(np.where(usable, sorted_df, 0), dtype=np.int64)
    kept: I64 = order[usable & (spent <= limits.postings)]
    return kept


def weights(df: U32, documents: int) -> F64:
    """Worth of each fingerprint in a corpus of so many live documents, 0..1, shape (n,)."""
    most = np.log(documents + 1.0) if documents > 0 else 1.0
    worth: F64 = 1.0 - np.log(np.maximum(df, 1)) / most
    return np.clip(worth, 0.0, 1.0)


def position_bits(positions: U32, tokens: int) -> U64:
    """The 64th of the snippet in which each fingerprint starts, as a bit, shape (n,)."""
    places = positions.astype(np.uint64) * np.uint64(64) // np.uint64(max(tokens, 1))
    bits: U64 = np.left_shift(np.uint64(1), np.minimum(places, np.uint64(63)))
    return bits


def contenders(score: F64, minhash: F64, lexical: F64, limit: int) -> I64:
    """Positions of those that `choose` could keep: a cheap first cut, ties included."""
    if score.size <= 2 * limit:
        return np.arange(score.size)
    least = np.partition(score, score.size - limit)[score.size - limit]
    return np.flatnonzero((score >= least) | (minhash > 0) | (lexical > 0))


def choose(score: F64, minhash: F64, lexical: F64, heads: U64, limit: int) -> I64:
    """Positions of the best `limit`, best first: by score, then MinHash, BM25 and document id.

    Args:
        score: raw + renamed evidence; this and the others have shape (n,).
        heads: first 64 bits of the document ids, so that ties fall alike in every engine.
    """
    order: I64 = np.lexsort((heads, -lexical, -minhash, -score))
    if order.size <= limit:
        return order
    held = np.zeros(order.size, np.bool_)
    for other in (minhash, lexical):
        if other.any():
            best = np.lexsort((heads, -other))[: limit // HELD_SHARE]
            held[best[other[best] > 0]] = True
    free = limit - int(held.sum())
    held[order[~held[order]][:free]] = True
    kept: I64 = order[held[order]]
    return kept
