"""Seeds to runs: each seed that two texts share, extended as far as both agree.

A raw run is equal token by token; a renamed one is equal but for numbers, strings and a renaming
of names that is one-to-one within the run.
"""

from __future__ import annotations

import numpy as np

from attribution.kernels import boolean, kernel, types, uint8, uint64
from attribution.lexing.lexer import KIND, NAME, NUMBER, STRING
from attribution.sketching.fingerprints import SKIP

__all__ = ["RAW", "RENAMED", "extend"]

REPEATS = 4  # places of the snippet that one seed may stand for
RAW, RENAMED = 2, 1  # levels of agreement


@kernel(boolean(uint64, uint8, uint64, uint8), inline="always")
def _same_class(hash_one, kind_one, hash_other, kind_other):  # type: ignore[no-untyped-def]
    one = kind_one & KIND
    if one != kind_other & KIND:
        return False
    return one in (NAME, NUMBER, STRING) or hash_one == hash_other


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
        uint64[::1], types.int32[::1], types.int32[::1], uint64[::1], uint64[::1], types.int64,
        uint64[::1], uint8[::1], uint64[::1], uint8[::1],
        types.int32[::1], types.int64, types.int64, types.int64[:, ::1], types.int64,
    ),
)  # fmt: skip
def extend(  # type: ignore[no-untyped-def]
    q_grams, heads, nexts, bits, d_grams, k, qh, qk, dh, dk, numbers, names, level, runs, found,
):  # fmt: skip
    """Extend every seed that both texts share; appends (q, d, length, level) to runs[found:].

    `q_grams` to `bits` are the snippet's SeedTable, `numbers` its names, numbered below `names`;
    these two are used for RENAMED only. Returns how many runs there are then.
    """
    n, m = qh.shape[0], dh.shape[0]
    mask = uint64(heads.shape[0] - 1)
    last_bit = uint64(64 * bits.shape[0] - 1)
    slots = 64
    while slots < 2 * names:
        slots *= 2
    forward, forward_stamps = np.empty(names + 1, np.uint64), np.zeros(names + 1, np.int64)
    backward, backward_stamps = np.empty(slots, np.uint64), np.zeros(slots, np.int64)
    stamp = 0
    covered = np.zeros(n + m + 1, np.int32)  # per diagonal: document token behind its last run
    for d in range(d_grams.shape[0]):
        gram = d_grams[d]
        bit = (gram >> uint64(32)) & last_bit
        if not (bits[bit >> uint64(6)] >> (bit & uint64(63))) & uint64(1) or gram == SKIP:
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
                q = nexts[q]
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
            q = nexts[q]
    return found
