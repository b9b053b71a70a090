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
NEARBY = 0.3  # share of the snippet equal as written from which renamed runs are sought around it
MAX_CHAINS = 12  # reported per document
MIN_CHAIN = 8.0  # score below which a chain is chance

RAW, RENAMED = 2, 1  # levels of agreement
PIECE_WIDTH = 5  # columns of a piece: chain, snippet token, document token, length, level


@kernel(boolean(uint64, uint8, uint64, uint8), inline="always")
def _same_class(hash_one, kind_one, hash_other, kind_other):  # type: ignore[no-untyped-def]
    one = kind_one & KIND
    if one != kind_other & KIND:
        return False
    return one in (NAME, NUMBER, STRING) or hash_one == hash_other


@kernel(types.int64(uint64[::1], uint8[::1], types.int32[::1]))
def _number_names(hashes, kinds, numbers):  # type: ignore[no-untyped-def]
    """Number the different names 0, 1, ... in order of appearance, -1 for other tokens."""
    n = hashes.shape[0]
    slots = 16
    while slots < 2 * n:
        slots *= 2
    mask = uint64(slots - 1)
    known = np.full(slots, -1, np.int32)
    first = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        numbers[i] = -1
        if kinds[i] & KIND != NAME:
            continue
        slot = (hashes[i] * uint64(0x9E3779B97F4A7C15) >> uint64(20)) & mask
        while known[slot] >= 0 and hashes[first[known[slot]]] != hashes[i]:
            slot = (slot + uint64(1)) & mask
        if known[slot] < 0:
            known[slot] = count
            first[count] = i
            count += 1
        numbers[i] = known[slot]
    return count


@kernel(
    boolean(
        types.int64, uint64, types.int64, uint64[::1], types.int64[::1],
        uint64[::1], types.int64[::1],
    )
)  # fmt: skip
def _renames(number, other, stamp, forward, forward_stamps, backward, backward_stamps):  # type: ignore[no-untyped-def]
    """Whether name `number` may stand for the name with hash `other`, and if so remember it.

    forward[number] is the hash that the name stands for, `backward` the set of hashes taken; both
    hold where their stamp is the run's.
    """
    if forward_stamps[number] == stamp:
        return forward[number] == other
    mask = uint64(backward.shape[0] - 1)
    slot = (other * uint64(0x9E3779B97F4A7C15) >> uint64(20)) & mask
    while backward_stamps[slot] == stamp:
        if backward[slot] == other:
            return False
        slot = (slot + uint64(1)) & mask
    backward[slot] = other
    backward_stamps[slot] = stamp
    forward[number] = other
    forward_stamps[number] = stamp
    return True


@kernel(
    types.int64(
        uint64[::1], types.int64, uint64[::1], types.int64, types.int64,
        uint64[::1], uint8[::1], uint64[::1], uint8[::1],
        types.int32[::1], types.int64, types.int64, types.int64[:, ::1], types.int64,
    ),
)  # fmt: skip
def _runs(  # type: ignore[no-untyped-def]
    q_grams, q_count, d_grams, d_count, k, qh, qk, dh, dk, numbers, names, level, runs, found,
):  # fmt: skip
    """Extend every seed that both texts share; appends (q, d, length, level) to runs[found:].

    `numbers` are the snippet's names, numbered below `names`; used for RENAMED only.
    """
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
    slots = 64
    while slots < 2 * names:
        slots *= 2
    forward, forward_stamps = np.empty(names + 1, np.uint64), np.zeros(names + 1, np.int64)
    backward, backward_stamps = np.empty(slots, np.uint64), np.zeros(slots, np.int64)
    stamp = 0
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
                stamp += 1
                stop = 0
                while q + stop < n and d + stop < m:
                    i, j = q + stop, d + stop
                    if not _same_class(qh[i], qk[i], dh[j], dk[j]):
                        break
                    if numbers[i] >= 0 and not _renames(
                        numbers[i], dh[j], stamp, forward, forward_stamps, backward, backward_stamps
                    ):
                        break
                    stop += 1
                while q + begin > 0 and d + begin > 0:
                    i, j = q + begin - 1, d + begin - 1
                    if not _same_class(qh[i], qk[i], dh[j], dk[j]):
                        break
                    if numbers[i] >= 0 and not _renames(
                        numbers[i], dh[j], stamp, forward, forward_stamps, backward, backward_stamps
                    ):
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
    numbers = np.empty(n, np.int32)
    q_count = kgrams_raw(qh, n, SEED, q_grams)
    d_count = kgrams_raw(dh, m, SEED, d_grams)
    found = _runs(
        q_grams, q_count, d_grams, d_count, SEED, qh, qk, dh, dk, numbers, 0, RAW, runs, 0
    )
    longest, equal = 0, 0
    low, high = m, 0
    for i in range(found):
        longest = max(longest, runs[i, 2])
        equal += runs[i, 2]
        low, high = min(low, runs[i, 1]), max(high, runs[i, 1] + runs[i, 2])
    if longest < 0.9 * n:
        # where much is equal as written, what was renamed stands beside it
        low, high = max(low - n - MAX_GAP, 0), min(high + n + MAX_GAP, m)
        if equal < NEARBY * n:
            low, high = 0, m
        names = _number_names(qh, qk, numbers)
        first = found
        q_count = kgrams_renamed(qh, qk, n, RENAMED_SEED, q_grams)
        d_count = kgrams_renamed(dh[low:high], dk[low:high], high - low, RENAMED_SEED, d_grams)
        found = _runs(
            q_grams, q_count, d_grams, d_count, RENAMED_SEED, qh, qk, dh[low:high], dk[low:high],
            numbers, names, RENAMED, runs, found,
        )  # fmt: skip
        for i in range(first, found):
            runs[i, 1] += low
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
