"""Seeds to runs: each seed that two texts share, extended as far as both agree.

The tokens of a raw run are equal; those of a renamed run are equal except for numbers, strings and
a renaming of names that is one-to-one within the run.

The work is linear in both texts, also when they repeat themselves (a table of zeros), where each
of n tokens begins m runs. A seed that the snippet has at most REPEATS times cannot cost much: a
run over two of its occurrences in the document needs as many in the snippet. One that it has more
often is a repetitive seed: within a run that began with one, others are passed over.
"""

from __future__ import annotations

import numpy as np

from attribution.kernels import boolean, int32, int64, kernel, uint8, uint64
from attribution.lexing.hashing import table_size
from attribution.lexing.lexer import KIND, NAME, NUMBER, STRING
from attribution.sketching.fingerprints import SKIP

__all__ = ["RAW", "RENAMED", "extend"]

REPEATS = 4  # positions in the snippet that are tried for one seed
RAW, RENAMED = 2, 1  # levels of a run


@kernel(boolean(uint64, uint8, uint64, uint8), inline="always")
def _same_class(q_hash, q_kind, d_hash, d_kind):  # type: ignore[no-untyped-def]
    """Whether two tokens may be equal after renaming.

    Args:
        q_hash, d_hash: uint64, the hashes of the tokens.
        q_kind, d_kind: uint8, their kinds.

    Returns:
        bool.
    """
    kind = q_kind & KIND
    if kind != d_kind & KIND:
        return False
    return kind in (NAME, NUMBER, STRING) or q_hash == d_hash


@kernel(boolean(int64, uint64, int64, uint64[::1], int64[::1], uint64[::1], int64[::1]))
def _renames(number, other, stamp, forward, forward_stamps, backward, backward_stamps):  # type: ignore[no-untyped-def]
    """Whether a renaming allows one more pair of names; if so, add the pair.

    Args:
        number: the number of the snippet's name.
        other: uint64, the hash of the document's name.
        stamp: the number of the run. An entry below is empty if it has another stamp.
        forward: (names + 1,) uint64, changed: the hash to which each name maps.
        forward_stamps: the same shape, int64, changed.
        backward: (slots,) uint64, changed: the set of these hashes.
        backward_stamps: the same shape, int64, changed.

    Returns:
        bool.
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


@kernel(boolean(int32[::1], int64, int64), inline="always")
def _is_longer(chain, first, limit):  # type: ignore[no-untyped-def]
    """Whether a chain of a SeedTable has more than `limit` items.

    Args:
        chain: (>= grams,) int32.
        first: the chain's first item, -1 if it has none.
        limit: at least 0.

    Returns:
        bool.
    """
    while first >= 0 and limit > 0:
        first = chain[first]
        limit -= 1
    return first >= 0


@kernel(int64(int64[:, ::1], int64, int64))
def _keep_longer_half(runs, first, stop):  # type: ignore[no-untyped-def]
    """Drop the shorter half of some runs; the others keep their order.

    Args:
        runs: (room, 4) int64, as of `extend`, changed.
        first, stop: the rows [first, stop) to halve.

    Returns:
        int64, the row behind the last one that is kept.
    """
    half = (stop - first) // 2
    median = np.sort(runs[first:stop, 2])[half]
    longer = 0
    for i in range(first, stop):
        longer += runs[i, 2] > median
    equal = half - longer  # how many of exactly the median's length are kept
    kept = first
    for i in range(first, stop):
        if runs[i, 2] == median:
            equal -= 1
        if runs[i, 2] > median or (runs[i, 2] == median and equal >= 0):
            runs[kept] = runs[i]
            kept += 1
    return kept


@kernel(
    int64(
        uint64[::1], int32[::1], int32[::1], uint64[::1], uint64[::1], int64,
        uint64[::1], uint8[::1], uint64[::1], uint8[::1],
        int32[::1], int64, int64, int64[:, ::1], int64,
    ),
)  # fmt: skip
def extend(  # type: ignore[no-untyped-def]
    q_grams, heads, chain, bits, d_grams, k, q_hashes, q_kinds, d_hashes, d_kinds,
    numbers, names, level, runs, count,
):  # fmt: skip
    """Extend every seed that both texts share.

    Args:
        q_grams: (grams,) uint64, the first array of the snippet's SeedTable, and the next three:
        heads: (slots,) int32.
        chain: (>= grams,) int32.
        bits: (words,) uint64.
        d_grams: (grams of the document,) uint64, its seeds.
        k: tokens per seed.
        q_hashes, d_hashes: (n,) and (m,) uint64, the tokens of snippet and document.
        q_kinds, d_kinds: (n,) and (m,) uint8, their kinds.
        numbers: (n,) int32, the number of each name of the snippet, -1 for other tokens. Like the
            next, used for RENAMED only.
        names: how many names there are.
        level: RAW or RENAMED.
        runs: (room, 4) int64, appended to: the run's first token in the snippet, its first token in
            the document, its length in tokens, its level. When they fill the room, the shorter
            half of this call's is dropped. At least two rows are free.
        count: how many runs there are already.

    Returns:
        int64, how many runs there are now, at most `room`.
    """
    n, m = q_hashes.shape[0], d_hashes.shape[0]
    mask = uint64(heads.shape[0] - 1)
    last_bit = uint64(64 * bits.shape[0] - 1)
    slots = table_size(names, 64)
    forward, forward_stamps = np.empty(names + 1, np.uint64), np.zeros(names + 1, np.int64)
    backward, backward_stamps = np.empty(slots, np.uint64), np.zeros(slots, np.int64)
    stamp = 0
    covered = np.zeros(n + m + 1, np.int32)  # per diagonal: document token behind its last run
    first = count
    repetitive_end = 0  # document token behind the runs that began with repetitive seeds
    for d in range(d_grams.shape[0]):
        gram = d_grams[d]
        bit = (gram >> uint64(32)) & last_bit
        if not (bits[bit >> uint64(6)] >> (bit & uint64(63))) & uint64(1) or gram == SKIP:
            continue
        slot = gram & mask
        while heads[slot] >= 0 and q_grams[heads[slot]] != gram:
            slot = (slot + uint64(1)) & mask
        q = heads[slot]
        repetitive = _is_longer(chain, q, REPEATS)
        if repetitive and d + k <= repetitive_end:
            continue
        repeats = 0
        while q >= 0 and repeats < REPEATS:
            repeats += 1
            diagonal = d - q + n
            if covered[diagonal] > d:
                q = chain[q]
                continue
            begin, stop = 0, k  # relative to (q, d)
            if level == RAW:
                while q + stop < n and d + stop < m and q_hashes[q + stop] == d_hashes[d + stop]:
                    stop += 1
                while (
                    q + begin > 0
                    and d + begin > covered[diagonal]
                    and q_hashes[q + begin - 1] == d_hashes[d + begin - 1]
                ):
                    begin -= 1
            else:
                stamp += 1
                stop = 0
                while q + stop < n and d + stop < m:
                    i, j = q + stop, d + stop
                    if not _same_class(q_hashes[i], q_kinds[i], d_hashes[j], d_kinds[j]):
                        break
                    name, other = numbers[i], d_hashes[j]
                    if name >= 0 and not _renames(
                        name, other, stamp, forward, forward_stamps, backward, backward_stamps
                    ):
                        break
                    stop += 1
                while q + begin > 0 and d + begin > covered[diagonal]:
                    i, j = q + begin - 1, d + begin - 1
                    if not _same_class(q_hashes[i], q_kinds[i], d_hashes[j], d_kinds[j]):
                        break
                    name, other = numbers[i], d_hashes[j]
                    if name >= 0 and not _renames(
                        name, other, stamp, forward, forward_stamps, backward, backward_stamps
                    ):
                        break
                    begin -= 1
            covered[diagonal] = d + stop
            if repetitive:
                repetitive_end = max(repetitive_end, d + stop)
            if count == runs.shape[0]:
                count = _keep_longer_half(runs, first, count)
            runs[count, 0] = q + begin
            runs[count, 1] = d + begin
            runs[count, 2] = stop - begin
            runs[count, 3] = level
            count += 1
            q = chain[q]
    return count
