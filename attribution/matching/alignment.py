"""Two token streams to maximal aligned runs: the check behind every match.

Seed, extend, chain (as BLAST and MUMmer do for sequences): runs of SEED equal tokens, or of
RENAMED_SEED tokens that are equal after renaming, are extended as far as both texts agree; runs
that follow each other in both texts are chained over small gaps. A chain without a gap is
`verbatim` or `renamed`, one with gaps is `edited`, and `similar` when the gaps outweigh what
agrees. Trade-off not taken: an optimal alignment (Smith-Waterman) is quadratic, and in code the
lines that were not edited are seeds enough.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import kernel, types
from attribution.matching.runs import RAW, RENAMED, extend
from attribution.matching.seeds import RENAMED_SEED, SEED, DocumentSeeds, SnippetSeeds

__all__ = ["PIECE_WIDTH", "align"]

MAX_FOUND = 8192  # runs that are looked at
MAX_RUNS = 256  # the longest are chained
MAX_GAP = 120  # tokens between two runs of a chain, on either side
GAP_OPEN, GAP_TOKEN = 3.0, 0.3  # cost of a gap, in tokens
RENAMED_VALUE = 0.8  # worth of a token that is equal only after renaming
NEARBY = 0.3  # share of the snippet equal as written from which renamed runs are sought around it
EXPLAINED = 0.9  # share of the snippet in one run from which no renamed runs are sought
MAX_CHAINS = 12  # reported per document
MIN_CHAIN = 8.0  # score below which a chain is chance

PIECE_WIDTH = 5  # columns of a piece: chain, snippet token, document token, length, level


@kernel(
    types.int64(types.int64[:, ::1], types.int64, types.int64, types.int64[:, ::1]),
)
def _chain(runs, count, snippet_tokens, pieces):  # type: ignore[no-untyped-def]
    """Chain runs (sorted by document token) into pieces, best chain first; returns their number."""
    score = np.zeros(count, np.float64)
    before = np.full(count, -1, np.int64)
    alive = np.ones(count, np.bool_)
    taken = np.zeros(snippet_tokens, np.bool_)  # snippet tokens that a chain has explained
    made = 0
    longest = 0
    for i in range(count):
        longest = max(longest, runs[i, 2])
    reach = longest + MAX_GAP  # no run that starts further before another can be joined to it
    for chain in range(MAX_CHAINS):
        best = -1
        for i in range(count):
            if not alive[i]:
                continue
            qi, di, length = runs[i, 0], runs[i, 1], runs[i, 2]
            worth = 1.0 if runs[i, 3] == RAW else RENAMED_VALUE
            score[i] = worth * length
            before[i] = -1
            for j in range(i - 1, -1, -1):
                if runs[j, 1] < di - reach:
                    break
                if not alive[j]:
                    continue
                gap_q = qi - (runs[j, 0] + runs[j, 2])
                gap_d = di - (runs[j, 1] + runs[j, 2])
                if runs[j, 0] >= qi or runs[j, 1] >= di or gap_q > MAX_GAP or gap_d > MAX_GAP:
                    continue
                overlap = max(-gap_q, -gap_d, 0)
                if overlap > length - 4:
                    continue
                gap = max(gap_q + overlap, gap_d + overlap)
                joined = score[j] + worth * (length - overlap) - GAP_OPEN - GAP_TOKEN * gap
                if joined > score[i]:
                    score[i] = joined
                    before[i] = j
            if best < 0 or score[i] > score[best]:
                best = i
        if best < 0 or score[best] < MIN_CHAIN:
            break
        i = best
        q_limit, d_limit = runs[i, 0] + runs[i, 2], runs[i, 1] + runs[i, 2]
        first = made
        while i >= 0:
            length = min(runs[i, 2], q_limit - runs[i, 0], d_limit - runs[i, 1])
            if length > 0 and made < pieces.shape[0]:
                pieces[made, 0] = chain
                pieces[made, 1] = runs[i, 0]
                pieces[made, 2] = runs[i, 1]
                pieces[made, 3] = length
                pieces[made, 4] = runs[i, 3]
                made += 1
                taken[runs[i, 0] : runs[i, 0] + length] = True
            q_limit, d_limit = runs[i, 0], runs[i, 1]
            alive[i] = False
            i = before[i]
        # pieces were written last first
        low, high = first, made - 1
        while low < high:
            for column in range(PIECE_WIDTH):
                held = pieces[low, column]
                pieces[low, column] = pieces[high, column]
                pieces[high, column] = held
            low += 1
            high -= 1
        for i in range(count):
            if alive[i]:
                fresh = 0
                for t in range(runs[i, 0], runs[i, 0] + runs[i, 2]):
                    if not taken[t]:
                        fresh += 1
                # what is left of a run beside the chains before it must stand on its own
                if 2 * fresh < runs[i, 2] or fresh < MIN_CHAIN:
                    alive[i] = False
    return made


@kernel(types.UniTuple(types.int64, 4)(types.int64[:, ::1], types.int64))
def _summed(runs, found):  # type: ignore[no-untyped-def]
    """Tokens of the longest and of all of `found` runs; first and last document token of all."""
    longest, tokens, low, high = 0, 0, runs[0, 1], 0
    for i in range(found):
        longest = max(longest, runs[i, 2])
        tokens += runs[i, 2]
        low, high = min(low, runs[i, 1]), max(high, runs[i, 1] + runs[i, 2])
    return longest, tokens, low, high


@kernel(types.int64[:, ::1](types.int64[:, ::1], types.int64, types.int64, types.int64))
def _chained(runs, renamed, low, n):  # type: ignore[no-untyped-def]
    """The pieces of the chains of runs, for a snippet of n tokens.

    Those from `renamed` on count document tokens from `low`.
    """
    found = runs.shape[0]
    runs[renamed:, 1] += low
    if found > MAX_RUNS:
        order = np.argsort(-runs[:, 2], kind="mergesort")[:MAX_RUNS]
        kept = runs[order].copy()
        found = MAX_RUNS
    else:
        kept = runs
    kept = kept[np.argsort(kept[:, 1] * (n + 1) + kept[:, 0], kind="mergesort")].copy()
    pieces = np.empty((found + 1, PIECE_WIDTH), np.int64)
    made = _chain(kept, found, n, pieces)
    return pieces[:made].copy()


def align(snippet: SnippetSeeds, document: DocumentSeeds) -> NDArray[np.int64]:
    """Align a snippet's tokens with a document's.

    Returns pieces, int64 of shape (p, 5): chain number (0 is the best), first token in the snippet,
    first token in the document, length in tokens, level (RAW or RENAMED). Within a chain pieces
    ascend in both texts and do not overlap.
    """
    ours, theirs = snippet.tokens, document.tokens
    n, m = len(ours), len(theirs)
    names, count = snippet.names
    runs = np.empty((MAX_FOUND, 4), np.int64)
    found = raw = extend(
        *snippet.raw, document.raw, SEED, ours.hashes, ours.kinds, theirs.hashes, theirs.kinds,
        names, 0, RAW, runs, 0,
    )  # fmt: skip
    longest, equal, low, high = _summed(runs, raw)
    if longest < EXPLAINED * n:
        # where much is equal as written, what was renamed stands beside it
        near = equal >= NEARBY * n
        low = max(low - n - MAX_GAP, 0) if near else 0
        high = min(high + n + MAX_GAP, m) if near else m
        found = extend(
            *snippet.renamed, document.renamed(low, high), RENAMED_SEED, ours.hashes, ours.kinds,
            theirs.hashes[low:high], theirs.kinds[low:high], names, count, RENAMED, runs, raw,
        )  # fmt: skip
    pieces: NDArray[np.int64] = _chained(runs[:found], raw, low, n)
    return pieces
