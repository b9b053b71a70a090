"""Where a document holds the k-grams of a sketch: runs of tokens that both texts must share.

The sketch's text is not there to be aligned. But the document's is: all of its k-grams are
computed and met with the sketch's. Two k-grams that stand as far apart in both texts, and touch,
make one run; each token of it is equal (or equal after renaming), but for a collision of hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.fingerprints import SKIP, kgrams_raw, kgrams_renamed
from attribution.lexer import Tokens
from attribution.sketch import U32, U64, Sketch, SketchParams

__all__ = ["Run", "shared_runs"]

I64 = NDArray[np.int64]

_MOST = 256  # runs of one kind, longest first: tables and repeated code have thousands
_WORTH = 0.5  # share of a run that must be new for it to be told beside longer ones


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens of the snippet and of the document that are the same."""

    position: int  # first token of the snippet
    place: int  # first token of the document
    length: int  # tokens
    first: int  # the fingerprint (its number in the sketch) with which it begins
    last: int  # the one with which it ends
    renamed: bool


def shared_runs(sketch: Sketch, tokens: Tokens, params: SketchParams) -> list[Run]:
    """The runs that a sketch and a document share: each token of the snippet mostly in one.

    Runs of equal tokens come first, then those equal after renaming that tell more; each kind
    longest first.
    """
    n = len(tokens)
    grams = np.empty(n + 1, np.uint64)
    count = kgrams_raw(tokens.hashes, n, params.raw_k, grams)
    raw = _runs(sketch.raw, sketch.raw_positions, grams[:count], params, params.raw_k)
    count = kgrams_renamed(tokens.hashes, tokens.kinds, n, params.renamed_k, grams)
    renamed = _runs(
        sketch.renamed, sketch.renamed_positions, grams[:count], params, params.renamed_k
    )
    covered = np.zeros(sketch.tokens, np.bool_)
    return _chosen(raw, covered, renamed=False) + _chosen(renamed, covered, renamed=True)


def _runs(wanted: U64, positions: U32, grams: U64, params: SketchParams, k: int) -> I64:
    """Rows of position, place, length, first and last fingerprint; longest first."""
    if wanted.size == 0 or grams.size == 0:
        return np.empty((0, 5), np.int64)
    values = grams >> np.uint64(64 - params.fingerprint_bits)
    found = np.minimum(wanted.searchsorted(values), wanted.size - 1)
    places = np.flatnonzero((wanted[found] == values) & (grams != SKIP))
    if places.size == 0:
        return np.empty((0, 5), np.int64)
    prints = found[places]
    at = positions[prints].astype(np.int64)
    shift = places - at
    order = np.lexsort((at, shift))
    at, places, prints, shift = at[order], places[order], prints[order], shift[order]
    begins = np.ones(at.size, np.bool_)
    begins[1:] = (shift[1:] != shift[:-1]) | (at[1:] - at[:-1] > k)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], at.size) - 1
    rows = np.stack(
        (at[first], places[first], at[last] - at[first] + k, prints[first], prints[last]), axis=1
    )
    return rows[np.lexsort((rows[:, 1], rows[:, 0], -rows[:, 2]))]


def _chosen(runs: I64, covered: NDArray[np.bool_], *, renamed: bool) -> list[Run]:
    """The runs that tell something beside longer ones; `covered` notes their tokens."""
    chosen = []
    rows: Sequence[Sequence[int]] = runs[:_MOST].tolist()
    for position, place, length, first, last in rows:
        there = covered[position : position + length]
        if there.sum() > (1 - _WORTH) * length:
            continue
        there[:] = True
        chosen.append(Run(position, place, length, first, last, renamed))
    return chosen
