"""Idioms: what anyone could have written, in whichever index it is looked up.

A small or one-sided index cannot know that a line is in every second project. So a table of k-grams
of SEED tokens that occur in at least three unrelated projects is shipped. `benchmarks/idioms.py`
makes it from packages in thirteen languages; it has hashes only.

idioms.bin: little-endian uint32. The first is the version of the lexer, the others are the upper
halves of the k-gram hashes, ascending.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import boolean, kernel, readonly, uint32, uint64, void
from attribution.matching.seeds import SEED

__all__ = ["IDIOMS", "idiomatic", "upper_halves"]

IDIOMS = Path(__file__).with_name("idioms.bin")


@cache
def _table() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The table; and shape (65537,), where the entries begin that have each upper half or more."""
    table = np.asarray(np.memmap(IDIOMS, "<u4", "r"))[1:]
    sizes = np.bincount(table >> 16, minlength=1 << 16)
    return table, np.concatenate(([0], np.cumsum(sizes))).astype(np.uint32)


def upper_halves(grams: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The part of each k-gram hash that the table has."""
    return (grams >> np.uint64(32)).astype(np.uint32)


@kernel(void(uint64[::1], readonly(uint32), uint32[::1], boolean[::1]))
def _mark(grams, table, begins, inside):  # type: ignore[no-untyped-def]
    """Mark the tokens of the k-grams that are in the table.

    Args:
        grams: (g,) uint64, the hashes of all runs of SEED tokens.
        table: (t,) uint32, the upper halves of hashes, ascending.
        begins: (65537,) uint32, as of `_table`.
        inside: (tokens,) bool, all False; written.
    """
    marked = 0  # tokens before this one are marked, or in no k-gram of the table
    for i in range(grams.shape[0]):
        half = uint32(grams[i] >> uint64(32))
        at, stop = begins[half >> uint32(16)], begins[(half >> uint32(16)) + 1]
        while at < stop and table[at] < half:  # six entries on average
            at += 1
        if at < stop and table[at] == half:
            for token in range(max(i, marked), i + SEED):
                inside[token] = True
            marked = i + SEED


def idiomatic(grams: NDArray[np.uint64], tokens: int) -> NDArray[np.bool_]:
    """Which tokens of a text are in a k-gram of the table.

    Args:
        grams: (g,), the hashes of all runs of SEED tokens, of the first token on.
        tokens: tokens of the text.

    Returns:
        (tokens,) bool.
    """
    inside = np.zeros(tokens, np.bool_)
    _mark(grams, *_table(), inside)
    return inside
