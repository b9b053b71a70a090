"""A file of named arrays, mapped as a whole.

    offset 0   8 bytes   b"WHNCARR1"
               ...       the arrays, each at a multiple of 64, little-endian
               n bytes   table: JSON {"meta": {name: integer},
                                      "arrays": {name: [dtype, shape, offset]}}
    end - 24   8 bytes   blake2b-64 of the table
    end - 16   8 bytes   n, little-endian
    end - 8    8 bytes   b"WHNCARR1"

One file and one mapping hold the thirty arrays of a segment, so an index of many segments needs few
file descriptors and opens in about a millisecond; .npy files would need a descriptor each. Arrays
can be written in pieces, so that merges need little memory. This is why the table comes last.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.storage import Sink, StoredFile, damaged, map_file, pieces

__all__ = ["ArrayFile", "ArrayWriter"]

MAGIC = b"WHNCARR1"
_ALIGN = 64  # bytes: a cache line, and enough for any dtype


def _digest(table: bytes) -> bytes:
    return hashlib.blake2b(table, digest_size=8).digest()


class ArrayWriter:
    """Writes an array file; a context manager that removes it on error."""

    def __init__(self, path: Path) -> None:
        self._sink = Sink(path)
        self._sink.write(MAGIC)
        self._arrays: dict[str, list[Any]] = {}
        self._meta: dict[str, int] = {}

    def note(self, name: str, value: int) -> None:
        """Keep a number beside the arrays."""
        self._meta[name] = int(value)

    def put(self, name: str, array: NDArray[Any]) -> None:
        """Write a whole array."""
        self.start(name, array.dtype, array.shape[1:])
        self.more(array)

    def start(self, name: str, dtype: np.dtype[Any], rest: tuple[int, ...] = ()) -> None:
        """Start an array of shape (rows, *rest); `more` appends its rows."""
        self._sink.write(b"\0" * (-self._sink.size % _ALIGN))
        self._arrays[name] = [dtype.newbyteorder("<").str, [0, *rest], self._sink.size]

    def more(self, rows: NDArray[Any]) -> None:
        """Append rows to the array started last."""
        entry = self._arrays[next(reversed(self._arrays))]
        entry[1][0] += rows.shape[0]
        if rows.size:
            self._sink.write(np.ascontiguousarray(rows).data.cast("B"))

    def close(self) -> StoredFile:
        """Write the table and make the file durable."""
        table = json.dumps({"meta": self._meta, "arrays": self._arrays}).encode()
        self._sink.write(table)
        self._sink.write(_digest(table) + len(table).to_bytes(8, "little") + MAGIC)
        return self._sink.close()

    def __enter__(self) -> ArrayWriter:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._sink.__exit__(kind, error, trace)


class ArrayFile:
    """Read-only views of the arrays of a file. The mapping lives as long as a view does."""

    __slots__ = ("_arrays", "_mapped", "_starts", "meta", "path")

    def __init__(self, path: Path, stored: StoredFile, advice: int = mmap.MADV_RANDOM) -> None:
        """Map a file.

        Args:
            advice: the expected access; random by default, because read-ahead made a cold look-up
                ten times slower.

        Raises:
            FileNotFoundError: it is gone.
            IndexDamagedError: its size or its table is wrong.
        """
        self.path = path
        self._mapped = mapped = map_file(path, stored, advice)
        try:
            if mapped[:8] != MAGIC or mapped[-8:] != MAGIC:
                raise ValueError("magic")
            size = int.from_bytes(mapped[-16:-8], "little")
            text = bytes(mapped[len(mapped) - 24 - size : len(mapped) - 24])
            if _digest(text) != mapped[-24:-16]:
                raise ValueError("digest")
            table = json.loads(text)
            self.meta: dict[str, int] = {k: int(v) for k, v in table["meta"].items()}
            self._arrays: dict[str, NDArray[Any]] = {
                name: np.frombuffer(mapped, dtype, int(np.prod(shape)), offset).reshape(shape)
                for name, (dtype, shape, offset) in table["arrays"].items()
            }
            self._starts: dict[str, int] = {n: a[2] for n, a in table["arrays"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise damaged(path, "its table of contents cannot be read") from exc

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            return self._arrays[name]
        except KeyError:
            raise damaged(self.path, f"it lacks {name}") from None

    def start(self, name: str) -> int:
        """The offset of an array in the file, in bytes."""
        return self._starts[name]

    def expect(self, name: str, limit: int) -> None:
        """Start reading an array of at most `limit` bytes, without waiting for it."""
        start, size = self.start(name), self._arrays[name].nbytes
        if size <= limit:
            first = start // mmap.PAGESIZE * mmap.PAGESIZE
            for at, piece in pieces(first, start + size - first):
                self._mapped.madvise(mmap.MADV_WILLNEED, at, piece)

    def forget(self) -> None:
        """Release the pages read so far from memory; they are loaded again when read."""
        self._mapped.madvise(mmap.MADV_DONTNEED)

    def sizes(self) -> dict[str, int]:
        """Bytes per array."""
        return {name: array.nbytes for name, array in self._arrays.items()}
