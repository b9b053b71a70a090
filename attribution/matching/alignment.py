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

from attribution.kernels import boolean, float64, int64, kernel, types, void
from attribution.matching.runs import RAW, RENAMED, extend
from attribution.matching.seeds import RENAMED_SEED, SEED, DocumentSeeds, SnippetSeeds

__all__ = ["PIECE_WIDTH", "align"]

MAX_FOUND = 8192  # runs of a level that are kept
MAX_RUNS = 256  # the longest ones, which are chained
MAX_GAP = 120  # tokens between two runs of a chain, on either side
GAP_OPEN, GAP_TOKEN = 3.0, 0.3  # cost of a gap, in tokens
RENAMED_VALUE = 0.8  # score of a token that is equal only after renaming
NEARBY = 0.3  # with this share of the snippet in raw runs, renamed runs are sought only near them
EXPLAINED = 0.9  # with this share of the snippet in one raw run, no renamed runs are sought
MAX_CHAINS = 64  # reported per document
MIN_CHAIN = 8.0  # score below which a chain is chance

PIECE_WIDTH = 5  # columns of a piece: chain, snippet token, document token, length, level


@kernel(void(int64[:, ::1], int64, int64, boolean[::1], float64[::1], int64[::1]))
def _join(runs, i, reach, alive, score, before):  # type: ignore[no-untyped-def]
    """Find the run before a run in the best chain that ends with it.

    Args:
        runs: (>= count, 4) int64, as of `_chain`.
        i: the run.
        reach: document tokens between the starts of two runs beyond which they cannot be joined.
        alive: (count,) bool, the runs that may be joined.
        score: (count,) float64, of the best chain that ends with each run; written for `i`.
        before: (count,) int64, the run before it in that chain, or -1; written for `i`.
    """
    qi, di, length = runs[i, 0], runs[i, 1], runs[i, 2]
    value = 1.0 if runs[i, 3] == RAW else RENAMED_VALUE
    score[i] = value * length
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
        joined = score[j] + value * (length - overlap) - GAP_OPEN - GAP_TOKEN * gap
        if joined > score[i]:
            score[i] = joined
            before[i] = j


@kernel(int64(int64[:, ::1], int64, int64, int64[:, ::1]))
def _chain(runs, count, snippet_tokens, pieces):  # type: ignore[no-untyped-def]
    """Chain runs into pieces, best chain first.

    Args:
        runs: (>= count, 4) int64, as of `extend`, ascending by document token.
        count: how many runs there are.
        snippet_tokens: how many tokens the snippet has.
        pieces: (room, PIECE_WIDTH) int64, written: as of `align`.

    Returns:
        int64, the number of pieces.
    """
    score = np.zeros(count, np.float64)
    before = np.full(count, -1, np.int64)
    # A score can only fall, and only does when the run before falls or is taken.
    stale = np.ones(count, np.bool_)
    alive = np.ones(count, np.bool_)
    taken = np.zeros(snippet_tokens, np.bool_)  # snippet tokens that a chain has explained
    made = 0
    left = np.zeros(snippet_tokens + 1, np.int64)  # how many of the first i tokens are not taken
    longest = 0
    for i in range(count):
        longest = max(longest, runs[i, 2])
    reach = longest + MAX_GAP  # a run that starts further before another one cannot be joined to it
    for chain in range(MAX_CHAINS):
        best = -1
        for i in range(count):
            if not alive[i]:
                continue
            stale[i] = chain == 0 or (before[i] >= 0 and (stale[before[i]] or not alive[before[i]]))
            if stale[i]:
                _join(runs, i, reach, alive, score, before)
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
        for low in range(first, (first + made) // 2):  # pieces were written last first
            high = first + made - 1 - low
            for c in range(PIECE_WIDTH):
                pieces[low, c], pieces[high, c] = pieces[high, c], pieces[low, c]
        for t in range(snippet_tokens):
            left[t + 1] = left[t] + (not taken[t])
        for i in range(count):
            if alive[i]:
                fresh = left[runs[i, 0] + runs[i, 2]] - left[runs[i, 0]]
                # what earlier chains leave of a run must be enough without the rest
                if 2 * fresh < runs[i, 2] or fresh < MIN_CHAIN:
                    alive[i] = False
    return made


@kernel(types.UniTuple(int64, 4)(int64[:, ::1], int64))
def _summed(runs, found):  # type: ignore[no-untyped-def]
    """Sum up runs.

    Args:
        runs: (>= found, 4) int64, as of `extend`.
        found: how many runs there are.

    Returns:
        Tokens of the longest run; tokens of all; the first document token of any run, and the one
        behind the last.
    """
    longest, tokens, low, high = 0, 0, runs[0, 1], 0
    for i in range(found):
        longest = max(longest, runs[i, 2])
        tokens += runs[i, 2]
        low, high = min(low, runs[i, 1]), max(high, runs[i, 1] + runs[i, 2])
    return longest, tokens, low, high


@kernel(int64[:, ::1](int64[:, ::1]))
def _longest(runs):  # type: ignore[no-untyped-def]
    """The MAX_RUNS longest runs, the longest first, and of equally long ones the first.

    A document may have thousands, which take a millisecond to sort.

    Args:
        runs: (> MAX_RUNS, 4) int64, as of `extend`.

    Returns:
        (MAX_RUNS, 4) int64.
    """
    lengths = runs[:, 2].copy()
    least = np.partition(lengths, lengths.shape[0] - MAX_RUNS)[lengths.shape[0] - MAX_RUNS]
    equal = MAX_RUNS - (lengths > least).sum()  # how many of exactly that length are kept
    kept = np.empty((MAX_RUNS, runs.shape[1]), np.int64)
    count = 0
    for i in range(runs.shape[0]):
        if lengths[i] > least or (lengths[i] == least and equal > 0):
            equal -= lengths[i] == least
            kept[count] = runs[i]
            count += 1
    return kept[np.argsort(-kept[:, 2], kind="mergesort")].copy()


@kernel(int64(int64[:, ::1], int64, int64, int64, int64[:, ::1]))
def _chained(runs, renamed, low, n, pieces):  # type: ignore[no-untyped-def]
    """Chain the longest runs.

    Args:
        runs: (r, 4) int64, as of `extend`; changed.
        renamed: the number of the first renamed run.
        low: the token from which renamed runs count the document's tokens.
        n: how many tokens the snippet has.
        pieces: (MAX_RUNS + 1, PIECE_WIDTH) int64, written: as of `align`.

    Returns:
        int64, the number of pieces.
    """
    found = runs.shape[0]
    runs[renamed:, 1] += low
    kept = _longest(runs) if found > MAX_RUNS else runs
    kept = kept[np.argsort(kept[:, 1] * (n + 1) + kept[:, 0], kind="mergesort")].copy()
    return _chain(kept, kept.shape[0], n, pieces)


def align(snippet: SnippetSeeds, document: DocumentSeeds) -> NDArray[np.int64]:
    """Align a snippet's tokens with a document's.

    Returns:
        Pieces, (p, PIECE_WIDTH) int64: chain number (0 is the best), first token in the snippet,
        first token in the document, length in tokens, level (RAW or RENAMED). Within a chain,
        pieces ascend in both texts and do not overlap.
    """
    ours, theirs = snippet.tokens, document.tokens
    n, m = len(ours), len(theirs)
    names, count = snippet.names
    runs = np.empty((2 * MAX_FOUND, 4), np.int64)
    found = raw = extend(
        *snippet.raw, document.raw, SEED, ours.hashes, ours.kinds, theirs.hashes, theirs.kinds,
        names, 0, RAW, runs[:MAX_FOUND], 0,
    )  # fmt: skip
    longest, equal, low, high = _summed(runs, raw)
    if longest < EXPLAINED * n:
        # where much is equal as written, renamed parts are next to it
        near = equal >= NEARBY * n
        low = max(low - n - MAX_GAP, 0) if near else 0
        high = min(high + n + MAX_GAP, m) if near else m
        found = extend(
            *snippet.renamed, document.renamed(low, high), RENAMED_SEED, ours.hashes, ours.kinds,
            theirs.hashes[low:high], theirs.kinds[low:high], names, count, RENAMED,
            runs[: raw + MAX_FOUND], raw,
        )  # fmt: skip
    pieces = np.empty((MAX_RUNS + 1, PIECE_WIDTH), np.int64)
    return pieces[: _chained(runs[:found], raw, low, n, pieces)]
