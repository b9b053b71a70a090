"""Where a document holds the k-grams of a sketch: runs of tokens that both texts must share.

The sketch's text is not there to be aligned. But the document's is: all of its k-grams are
computed and met with the sketch's. Two k-grams that stand as far apart in both texts, and touch,
make one run; each token of it is equal (or equal after renaming), but for a collision of hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.lexer import Tokens
from attribution.sketch_only.sketch_file import Places, SketchFile
from attribution.sketching.fingerprints import SKIP, kgrams_raw, kgrams_renamed
from attribution.sketching.sketch import U32, U64, Sketch, SketchParams
from attribution.types import Match, MatchKind, Span

__all__ = ["Run", "matches_of", "shared_runs"]

I64 = NDArray[np.int64]

_GAP = 40  # tokens between runs of one match, on both sides
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


def matches_of(file: SketchFile, runs: Sequence[Run], tokens: Tokens) -> list[tuple[Match, int]]:
    """Runs that follow one another in both texts as one match, with the longer side's tokens.

    No match is more than `similar`: what stands between the runs is not known.
    """
    groups: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.position, run.place)):
        if groups and _follows(groups[-1][-1], run):
            groups[-1].append(run)
        else:
            groups.append([run])
    matches = [_match(file, group, tokens) for group in groups]
    return sorted(matches, key=lambda pair: (-pair[0].tokens, pair[0].snippet.start))


def _follows(one: Run, other: Run) -> bool:
    ours = other.position - one.position - one.length
    theirs = other.place - one.place - one.length
    return -one.length < ours <= _GAP and -one.length < theirs <= _GAP


def _match(file: SketchFile, runs: Sequence[Run], tokens: Tokens) -> tuple[Match, int]:
    ours, theirs, end = [], [], runs[0].position
    matched = 0
    for run in runs:
        places: Places = file.renamed if run.renamed else file.raw
        ours.append(
            Span(
                int(places.starts[run.first]), int(places.ends[run.last]),
                int(places.start_lines[run.first]), int(places.end_lines[run.last]),
            )
        )  # fmt: skip
        last = run.place + run.length - 1
        theirs.append(
            Span(
                int(tokens.starts[run.place]), int(tokens.ends[last]),
                int(tokens.lines[run.place]), int(tokens.lines[last]),
            )
        )  # fmt: skip
        matched += max(run.position + run.length - max(run.position, end), 0)
        end = max(end, run.position + run.length)
    longer = max(
        end - runs[0].position,
        max(run.place + run.length for run in runs) - min(run.place for run in runs),
    )
    match = Match(MatchKind.SIMILAR, matched, reduce(Span.hull, ours), reduce(Span.hull, theirs))
    return match, longer
