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
from numba import boolean, types, uint8, uint64

from attribution.fingerprints import SKIP, kgrams_raw, kgrams_renamed
from attribution.kernels import kernel
from attribution.lexer import KIND, NAME, NUMBER, STRING

__all__ = ["PIECE_WIDTH", "RAW", "RENAMED", "align_tokens"]

SEED = 8  # raw tokens; shorter runs are common to all code of a language
RENAMED_SEED = 14  # tokens; see MIN_STRUCTURE in fingerprints for what is left out
REPEATS = 4  # places of the snippet that one seed may stand for
MAX_RUNS = 256  # the longest are chained
MAX_GAP = 120  # tokens between two runs of a chain, on either side
GAP_OPEN, GAP_TOKEN = 3.0, 0.3  # cost of a gap, in tokens
RENAMED_VALUE = 0.8  # worth of a token that is equal only after renaming
MAX_CHAINS = 12  # reported per document
MIN_CHAIN = 8.0  # score below which a chain is chance

RAW, RENAMED = 2, 1  # levels of agreement
PIECE_WIDTH = 5  # columns of a piece: chain, snippet token, document token, length, level

_TOKENS = (uint64[::1], uint8[::1])


@kernel(boolean(uint64, uint8, uint64, uint8), inline="always")
def _same_class(hash_one, kind_one, hash_other, kind_other):  # type: ignore[no-untyped-def]
    one = kind_one & KIND
    if one != kind_other & KIND:
        return False
    return one in (NAME, NUMBER, STRING) or hash_one == hash_other


@kernel(
    types.void(uint64[::1], uint8[::1], types.int32[::1], types.int32[::1]),
)
def _uses(hashes, kinds, previous, following):  # type: ignore[no-untyped-def]
    """For each name the token numbers of its previous and next use, -1 for none."""
    n = hashes.shape[0]
    slots = 16
    while slots < 2 * n:
        slots *= 2
    mask = uint64(slots - 1)
    names = np.zeros(slots, np.uint64)
    last = np.full(slots, -1, np.int32)
    for i in range(n):
        previous[i] = -1
        following[i] = -1
        if kinds[i] & KIND != NAME:
            continue
        slot = (hashes[i] * uint64(0x9E3779B97F4A7C15) >> uint64(20)) & mask
        while last[slot] >= 0 and names[slot] != hashes[i]:
            slot = (slot + uint64(1)) & mask
        if last[slot] >= 0:
            previous[i] = last[slot]
            following[last[slot]] = i
        names[slot] = hashes[i]
        last[slot] = i


@kernel(
    types.int64(
        uint64[::1], types.int64, uint64[::1], types.int64, types.int64,
        uint64[::1], uint8[::1], uint64[::1], uint8[::1],
        types.int32[::1], types.int32[::1], types.int32[::1], types.int32[::1],
        types.int64, types.int64[:, ::1], types.int64,
    ),
)  # fmt: skip
def _runs(  # type: ignore[no-untyped-def]
    q_grams, q_count, d_grams, d_count, k, qh, qk, dh, dk,
    q_previous, q_following, d_previous, d_following, level, runs, found,
):  # fmt: skip
    """Extend every seed that both texts share; appends (q, d, length, level) to runs[found:]."""
    n, m = qh.shape[0], dh.shape[0]
    slots = 64
    while slots < 2 * q_count:
        slots *= 2
    mask = uint64(slots - 1)
    heads = np.full(slots, -1, np.int32)
    chain = np.full(max(q_count, 1), -1, np.int32)
    for i in range(q_count - 1, -1, -1):
        if q_grams[i] == SKIP:
            continue
        slot = q_grams[i] & mask
        while heads[slot] >= 0 and q_grams[heads[slot]] != q_grams[i]:
            slot = (slot + uint64(1)) & mask
        chain[i] = heads[slot]
        heads[slot] = i
    covered = np.zeros(n + m + 1, np.int32)  # per diagonal: document token behind its last run
    for d in range(d_count):
        gram = d_grams[d]
        if gram == SKIP:
            continue
        slot = gram & mask
        while heads[slot] >= 0 and q_grams[heads[slot]] != gram:
            slot = (slot + uint64(1)) & mask
        q = heads[slot]
        repeats = 0
        while q >= 0 and repeats < REPEATS:
            repeats += 1
            diagonal = d - q + n
            if covered[diagonal] > d:
                q = chain[q]
                continue
            begin, stop = 0, k  # relative to (q, d)
            if level == RAW:
                while q + stop < n and d + stop < m and qh[q + stop] == dh[d + stop]:
                    stop += 1
                while q + begin > 0 and d + begin > 0 and qh[q + begin - 1] == dh[d + begin - 1]:
                    begin -= 1
            else:
                while q + stop < n and d + stop < m:
                    i, j = q + stop, d + stop
                    if not _same_class(qh[i], qk[i], dh[j], dk[j]):
                        break
                    if qk[i] & KIND == NAME:
                        # the last uses of both names inside the run must be the same token
                        back_q = i - q_previous[i] if q_previous[i] >= q + begin else 0
                        back_d = j - d_previous[j] if d_previous[j] >= d + begin else 0
                        if back_q != back_d:
                            break
                    stop += 1
                while q + begin > 0 and d + begin > 0:
                    i, j = q + begin - 1, d + begin - 1
                    if not _same_class(qh[i], qk[i], dh[j], dk[j]):
                        break
                    if qk[i] & KIND == NAME:
                        ahead_q = q_following[i] - i if -1 < q_following[i] < q + stop else 0
                        ahead_d = d_following[j] - j if -1 < d_following[j] < d + stop else 0
                        if ahead_q != ahead_d:
                            break
                    begin -= 1
            covered[diagonal] = d + stop
            if found < runs.shape[0]:
                runs[found, 0] = q + begin
                runs[found, 1] = d + begin
                runs[found, 2] = stop - begin
                runs[found, 3] = level
                found += 1
            q = chain[q]
    return found


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


@kernel(
    types.int64[:, ::1](uint64[::1], uint8[::1], uint64[::1], uint8[::1]),
)
def align_tokens(qh, qk, dh, dk):  # type: ignore[no-untyped-def]
    """Align a snippet's tokens (hashes qh, kinds qk) with a document's (dh, dk).

    Returns pieces, int64 of shape (p, 5): chain number (0 is the best), first token in the snippet,
    first token in the document, length in tokens, level (RAW or RENAMED). Within a chain pieces
    ascend in both texts and do not overlap.
    """
    n, m = qh.shape[0], dh.shape[0]
    runs = np.empty((8192, 4), np.int64)
    q_grams = np.empty(n + 1, np.uint64)
    d_grams = np.empty(m + 1, np.uint64)
    nothing = np.empty(0, np.int32)
    q_count = kgrams_raw(qh, n, SEED, q_grams)
    d_count = kgrams_raw(dh, m, SEED, d_grams)
    found = _runs(
        q_grams, q_count, d_grams, d_count, SEED, qh, qk, dh, dk,
        nothing, nothing, nothing, nothing, RAW, runs, 0,
    )  # fmt: skip
    longest = 0
    for i in range(found):
        longest = max(longest, runs[i, 2])
    if longest < 0.9 * n:
        q_count = kgrams_renamed(qh, qk, n, RENAMED_SEED, q_grams)
        d_count = kgrams_renamed(dh, dk, m, RENAMED_SEED, d_grams)
        q_previous, q_following = np.empty(n, np.int32), np.empty(n, np.int32)
        d_previous, d_following = np.empty(m, np.int32), np.empty(m, np.int32)
        _uses(qh, qk, q_previous, q_following)
        _uses(dh, dk, d_previous, d_following)
        found = _runs(
            q_grams, q_count, d_grams, d_count, RENAMED_SEED, qh, qk, dh, dk,
            q_previous, q_following, d_previous, d_following, RENAMED, runs, found,
        )  # fmt: skip
    if found > MAX_RUNS:
        order = np.argsort(-runs[:found, 2], kind="mergesort")[:MAX_RUNS]
        kept = runs[order].copy()
        found = MAX_RUNS
    else:
        kept = runs[:found].copy()
    kept = kept[np.argsort(kept[:, 1] * (n + 1) + kept[:, 0], kind="mergesort")].copy()
    pieces = np.empty((found + 1, PIECE_WIDTH), np.int64)
    made = _chain(kept, found, n, pieces)
    return pieces[:made].copy()
