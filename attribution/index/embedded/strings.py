"""A column of strings: concatenated UTF-8 bytes, and the offset of each string.

    NAME.offsets   u64, shape (n + 1,)
    NAME.bytes     u8

Used twice in a segment: for the paths (one per occurrence), and for the distinct, ascending strings
to which repositories, origins, revisions, dates, licences and languages refer by number.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.arrays import ArrayFile, ArrayWriter
from attribution.index.embedded.reading_ahead import expect_rows
from attribution.index.embedded.storage import damaged

__all__ = ["NONE", "StringColumn", "merge_distinct", "put_strings"]

U32 = NDArray[np.uint32]

NONE = 2**32 - 1  # the number that stands for None

_PIECE = 1 << 16  # strings written at a time


class StringColumn:
    """A mapped column of strings."""

    __slots__ = ("_bytes", "_name", "_offsets", "_path")

    def __init__(self, file: ArrayFile, name: str) -> None:
        self._path, self._name = file.path, name
        self._offsets = file[f"{name}.offsets"]
        self._bytes = file[f"{name}.bytes"]

    def __len__(self) -> int:
        return int(self._offsets.shape[0]) - 1

    def raw(self, number: int) -> bytes:
        """A string's UTF-8 bytes.

        Raises:
            IndexDamagedError: there is no such string, or its offsets are invalid.
        """
        ends = self._offsets[number : number + 2].tolist()
        if len(ends) != 2 or not ends[0] <= ends[1] <= self._bytes.size:
            raise damaged(self._path, f"string {number} of its {self._name}")
        return self._bytes[ends[0] : ends[1]].tobytes()

    def expect(self, numbers: NDArray[np.int64]) -> None:
        """Start reading where strings are, without waiting."""
        expect_rows(self._offsets, numbers)

    def expect_text(self, numbers: NDArray[np.int64]) -> None:
        """Start reading where strings begin, without waiting."""
        expect_rows(self._bytes, self._offsets[numbers[numbers < len(self)]])

    def __getitem__(self, number: int) -> str:
        """A string. Raises as `raw`, and for bytes that are not UTF-8."""
        try:
            return self.raw(number).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as exc:
            raise damaged(self._path, f"string {number} of its {self._name}") from exc

    def optional(self, number: int) -> str | None:
        """The string, or None for the number that stands for it."""
        return None if number == NONE else self[number]


def encode(text: str) -> bytes:
    """A string as bytes; file names that are not UTF-8 survive as surrogates."""
    return text.encode("utf-8", "surrogatepass")


def put_strings(out: ArrayWriter, name: str, strings: Iterable[bytes]) -> None:
    """Write a column of strings. Their offsets stay in memory, their bytes do not."""
    out.start(f"{name}.bytes", np.dtype(np.uint8))
    offsets, at = [np.zeros(1, np.uint64)], 0
    piece: list[bytes] = []

    def flush() -> None:
        nonlocal at
        ends = np.cumsum([len(s) for s in piece], dtype=np.uint64) + np.uint64(at)
        offsets.append(ends)
        out.more(np.frombuffer(b"".join(piece), np.uint8))
        at = int(ends[-1])
        piece.clear()

    for string in strings:
        piece.append(string)
        if len(piece) == _PIECE:
            flush()
    if piece:
        flush()
    out.put(f"{name}.offsets", np.concatenate(offsets))


def merge_distinct(columns: Sequence[StringColumn]) -> tuple[Iterator[bytes], list[U32]]:
    """Merge ascending columns into one.

    Returns:
        The merged strings, ascending and distinct, and per column the new number of each string.
        The numbers are complete once the strings have all been consumed.
    """
    renumbered = [np.empty(len(column), np.uint32) for column in columns]

    def numbered(c: int) -> Iterator[tuple[bytes, int, int]]:
        return ((columns[c].raw(i), c, i) for i in range(len(columns[c])))

    def merged() -> Iterator[bytes]:
        last, number = None, -1
        for string, c, i in heapq.merge(*(numbered(c) for c in range(len(columns)))):
            if string != last:
                last, number = string, number + 1
                yield string
            renumbered[c][i] = number

    return merged(), renumbered
