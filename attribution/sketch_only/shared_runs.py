"""Where a document contains the k-grams of a sketch: runs of tokens that both texts must share.

The sketch's text cannot be aligned, but the document's k-grams can be compared with the sketch's.
k-grams that touch and have the same distance in both texts make one run. Each of its tokens is
equal (or equal after renaming), except for a collision of hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.lexer import Tokens
from attribution.sketch_only.sketch_file import SketchFile
from attribution.sketching.fingerprints import SKIP, kgrams_raw, kgrams_renamed
from attribution.sketching.sketch import U32, U64, Sketch, SketchParams
from attribution.types import Match, MatchKind, Span

__all__ = ["Run", "matches_of", "shared_runs"]

I64 = NDArray[np.int64]

_GAP = 40  # tokens between runs of one match, on both sides
_MOST = 256  # runs of one kind, longest first; tables and repeated code have thousands
_WORTH = 0.5  # share of a run that must be new for it to be kept beside longer ones


@dataclass(frozen=True, slots=True)
class Run:
    """A run of equal tokens in the snippet and in the document."""

    position: int  # first token in the snippet
    there: int  # first token in the document
    length: int  # tokens
    first: int  # index in the sketch of its first fingerprint
    last: int  # index of its last fingerprint
    renamed: bool


def shared_runs(sketch: Sketch, tokens: Tokens, params: SketchParams) -> list[Run]:
    """The runs that a sketch and a document share; a token of the snippet is mostly in one only.

    Runs of equal tokens come first, then those equal after renaming that cover more; each kind
    is sorted, longest first.
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
    """Rows of position, position there, length, first and last fingerprint; longest first."""
    if wanted.size == 0 or grams.size == 0:
        return np.empty((0, 5), np.int64)
    values = grams >> np.uint64(64 - params.fingerprint_bits)
    nearest = np.minimum(wanted.searchsorted(values), wanted.size - 1)
    there = np.flatnonzero((wanted[nearest] == values) & (grams != SKIP))
    if there.size == 0:
        return np.empty((0, 5), np.int64)
    prints = nearest[there]
    here = positions[prints].astype(np.int64)
    shift = there - here
    order = np.lexsort((here, shift))
    here, there, prints, shift = here[order], there[order], prints[order], shift[order]
    starts = np.ones(here.size, np.bool_)
    starts[1:] = (shift[1:] != shift[:-1]) | (here[1:] - here[:-1] > k)
    first = np.flatnonzero(starts)
    last = np.append(first[1:], here.size) - 1
    rows = np.stack(
        (here[first], there[first], here[last] - here[first] + k, prints[first], prints[last]),
        axis=1,
    )
    return rows[np.lexsort((rows[:, 1], rows[:, 0], -rows[:, 2]))]


def _chosen(runs: I64, covered: NDArray[np.bool_], *, renamed: bool) -> list[Run]:
    """The runs that cover enough tokens beside longer ones; marks their tokens in `covered`."""
    chosen = []
    rows: Sequence[Sequence[int]] = runs[:_MOST].tolist()
    for position, there, length, first, last in rows:
        tokens = covered[position : position + length]
        if tokens.sum() > (1 - _WORTH) * length:
            continue
        tokens[:] = True
        chosen.append(Run(position, there, length, first, last, renamed))
    return chosen


def matches_of(file: SketchFile, runs: Sequence[Run], tokens: Tokens) -> list[tuple[Match, int]]:
    """Runs that follow one another in both texts, as matches with the longer side's tokens.

    A match is `similar` at most, because the tokens between the runs are unknown.
    """
    groups: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.position, run.there)):
        if groups and _follows(groups[-1][-1], run):
            groups[-1].append(run)
        else:
            groups.append([run])
    matches = [_match(file, group, tokens) for group in groups]
    return sorted(matches, key=lambda pair: (-pair[0].tokens, pair[0].snippet.start))


def _follows(one: Run, other: Run) -> bool:
    ours = other.position - one.position - one.length
    theirs = other.there - one.there - one.length
    return -one.length < ours <= _GAP and -one.length < theirs <= _GAP


def _match(file: SketchFile, runs: Sequence[Run], tokens: Tokens) -> tuple[Match, int]:
    ours, theirs, end = [], [], runs[0].position
    matched = 0
    for run in runs:
        columns = file.renamed if run.renamed else file.raw
        ours.append(
            Span(
                columns.starts[run.first], columns.ends[run.last],
                columns.start_lines[run.first], columns.end_lines[run.last],
            )
        )  # fmt: skip
        last = run.there + run.length - 1
        theirs.append(
            Span(
                int(tokens.starts[run.there]), int(tokens.ends[last]),
                int(tokens.lines[run.there]), int(tokens.lines[last]),
            )
        )  # fmt: skip
        matched += max(run.position + run.length - max(run.position, end), 0)
        end = max(end, run.position + run.length)
    longer = max(
        end - runs[0].position,
        max(run.there + run.length for run in runs) - min(run.there for run in runs),
    )
    match = Match(MatchKind.SIMILAR, matched, reduce(Span.hull, ours), reduce(Span.hull, theirs))
    return match, longer
