"""The rows of the tables of several segments, in the order in which a merge writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayWriter
from attribution.index.embedded.occurrence_table import Column

__all__ = ["RowOrder"]

U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]

_ROWS = 1 << 16  # gathered at a time


class RowOrder:
    """The rows of several tables in the order of ids (and keys)."""

    def __init__(self, tables: Sequence[tuple[Any, Any, Any]], forget: Callable[[], None]) -> None:
        """Order rows.

        Args:
            tables: heads, tails and keys (or None) of each.
            forget: called after each piece written, to release mapped pages.
        """
        self.forget = forget
        self.counts = [len(heads) for heads, _, _ in tables]
        self.size = sum(self.counts)
        heads = np.concatenate([np.asarray(heads) for heads, _, _ in tables])
        tails = np.concatenate([np.asarray(tails) for _, tails, _ in tables])
        sort_keys = [heads]
        if any(keys is not None for _, _, keys in tables):
            sort_keys.insert(0, np.concatenate([np.asarray(keys) for _, _, keys in tables]))
        order = np.lexsort(sort_keys)
        if self._split(heads[order], tails[order]):
            # Two ids share their first 8 bytes: order by all of their bytes.
            order = np.lexsort([*sort_keys[:-1], *tails.T[::-1], heads])
        table = np.repeat(np.arange(len(tables), dtype=np.uint16), self.counts)
        first = np.repeat(np.cumsum([0, *self.counts[:-1]]), self.counts)
        self._table = table[order]
        self._row = (np.arange(self.size) - first)[order]

    @staticmethod
    def _split(heads: NDArray[np.uint64], tails: NDArray[np.uint8]) -> bool:
        equal = np.flatnonzero(heads[1:] == heads[:-1])
        return bool((tails[equal] != tails[equal + 1]).any())

    def rows(self) -> Iterator[tuple[NDArray[np.uint16], I64]]:
        """Table and row of the merged rows, a piece at a time."""
        for at in range(0, self.size, _ROWS):
            yield self._table[at : at + _ROWS], self._row[at : at + _ROWS]

    def numbers(self, table: int, room: int) -> U32:
        """New number of each row of a table; at least `room` numbers, for stray postings."""
        numbers = np.zeros(max(self.counts[table], room), np.uint32)
        new = np.flatnonzero(self._table == table)
        numbers[self._row[new]] = new
        return numbers

    def put(self, out: ArrayWriter, name: str, columns: Sequence[Column]) -> None:
        """Write a merged column."""
        out.start(name, columns[0].dtype, columns[0].shape[1:])
        for table, row in self.rows():
            out.more(_gather(columns, table, row))
            self.forget()

    def gather_flags(self, flags: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Merged flags; shape (0,) stands for all zero, here and in the result."""
        if not any(f.size for f in flags):
            return np.empty(0, np.uint8)
        whole = [
            f if f.size else np.zeros(count, np.uint8)
            for f, count in zip(flags, self.counts, strict=True)
        ]
        return _gather(whole, self._table, self._row)


def _gather(columns: Sequence[Column], table: NDArray[np.uint16], row: I64) -> Column:
    rows = np.empty((len(row), *columns[0].shape[1:]), columns[0].dtype)
    for t, column in enumerate(columns):
        here = table == t
        rows[here] = column[row[here]]
    return rows
