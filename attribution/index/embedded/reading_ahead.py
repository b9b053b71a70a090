"""Asks the disk for all pages that a look-up needs next, rather than for one after the other.

A look-up reads some hundred pages of mapped files. Each fault waits for the disk: 60 to 110 us,
where pages that are asked for together take 12 us each (measured). A page that is in memory already
costs .4 us, and a look-up of a long snippet has ten thousand. So a step of a look-up asks for its
pages first only when the last look-up read enough pages for this to save time.

Where many look-ups wait, all postings are read once from front to end, in the background: 64 MB
take 80 ms, and 200 ms as pages that are asked for together. It reads no more at once than a look-up
can wait for.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import resource
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.postings import KIND_ARRAYS, KINDS_TYPE
from attribution.kernels import (
    external,
    int32,
    int64,
    kernel,
    readonly,
    uint8,
    uint32,
    uint64,
    void,
)

__all__ = [
    "BulkReading",
    "FileRange",
    "PagesRead",
    "Step",
    "expect_buckets",
    "expect_parts",
    "expect_postings",
    "expect_rows",
    "expect_signatures",
]

_madvise = external("madvise", int32(uint64, uint64, int32))
_WILLNEED = int(mmap.MADV_WILLNEED)
_PAGE = mmap.PAGESIZE
_LINE = 128  # bytes around the estimated place of a posting that are read
_BLOCK = 512  # bytes, in which the system counts what was read
_FIRST = 8  # items that a warm step does first, to learn whether it waits after all
_ITEMS_A_PAGE = 64  # items whose pages are asked for in the time that one page is waited for
_THREAD = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)
_PATIENCE = 16  # look-ups that wait before all postings are read
_MEMORY_SHARE = 4  # of the memory: postings that take more than a fourth of it are not all read
_CONTAINER = Path("/sys/fs/cgroup/memory.max")  # the limit of a container (cgroup v2)
_PIECE = 1 << 19  # bytes read at once: the pages of look-ups queue behind them

R = TypeVar("R")


class Step:
    """A step of a look-up, and whether it should ask for its pages first. A hint."""

    __slots__ = ("cold",)

    def __init__(self) -> None:
        self.cold = True

    def run(
        self, parts: int, items: int, ask: Callable[[range], None], do: Callable[[int, int], R]
    ) -> list[R]:
        """Do the step part by part; if the first one waits, ask for the pages of the others.

        Args:
            items: of each part.
            ask: starts reading the pages of some parts, at least one.
            do: does the first n items of a part. Of many items, the first few of the first part
                are done before all of it.

        Returns:
            What `do` has returned for each part.
        """
        before = PagesRead()
        asked = self.cold
        if parts and not asked and items > _FIRST:
            do(0, _FIRST)
            asked = before.are_many(_FIRST)
        if parts and asked:
            ask(range(parts))
        results = []
        for number in range(parts):
            results.append(do(number, items))
            if number == 0 and parts > 1 and not asked and before.are_many(items):
                ask(range(1, parts))
        self.done(before, items * parts)
        return results

    def done(self, before: PagesRead, items: int) -> None:
        """Note that the step is done.

        Args:
            before: made before the step asked for pages.
            items: how many there were.
        """
        if items:
            self.cold = before.are_many(items)


class PagesRead:
    """The pages that this thread has read from the disk since this was made.

    Not every file system counts blocks. There, only pages that were waited for are counted, so a
    step that has asked for its pages seems warm the next time. Nor does every system count by
    thread: there, other threads may make a step ask.
    """

    __slots__ = ("_blocks", "_faults")

    def __init__(self) -> None:
        usage = resource.getrusage(_THREAD)
        self._faults, self._blocks = usage.ru_majflt, usage.ru_inblock

    def are_many(self, items: int) -> bool:
        """Whether waiting for them takes longer than asking for the pages of `items` items."""
        usage = resource.getrusage(_THREAD)
        faults, blocks = usage.ru_majflt - self._faults, usage.ru_inblock - self._blocks
        return max(faults, blocks * _BLOCK // _PAGE) * _ITEMS_A_PAGE >= max(items, 1)


@kernel(void(uint64, uint64))
def _expect(start, size):  # type: ignore[no-untyped-def]
    """Start reading a part of a mapped file, without waiting for it.

    Args:
        start: uint64, its address.
        size: uint64, its bytes, at least 1.
    """
    first = start & ~uint64(_PAGE - 1)
    _madvise(first, start + size - first, int32(_WILLNEED))


@kernel(void(KIND_ARRAYS, readonly(uint64), int64, int64, int64))
def _expect_buckets(kind, keys, first, last, doc_bits):  # type: ignore[no-untyped-def]
    """`expect_buckets` for the keys of one kind.

    Args:
        kind: Postings, the arrays of the kind.
        keys: (n,) uint64, all keys.
        first, last: the keys [first, last) are of the kind.
        doc_bits: the bits of a document's number in the segment.
    """
    directory, bucket_shift = uint64(kind.directory.ctypes.data), uint64(32 - doc_bits)
    for i in range(first, last):
        _expect(directory + uint64(4) * (keys[i] >> bucket_shift), uint64(8))


@kernel(void(KIND_ARRAYS, readonly(uint64), int64, int64, int64))
def _expect_kind(kind, keys, first, last, doc_bits):  # type: ignore[no-untyped-def]
    """`expect_postings` for the keys of one kind.

    Args:
        kind, keys, first, last, doc_bits: as for `_expect_buckets`.
    """
    if kind.postings.shape[0] == 0:
        return
    bucket_shift = uint64(32 - doc_bits)
    rest = (uint64(1) << bucket_shift) - uint64(1)
    postings = uint64(kind.postings.ctypes.data)
    bytes_ = int64(4 * kind.postings.shape[0])
    for i in range(first, last):
        bucket = keys[i] >> bucket_shift
        begin = int64(kind.directory[bucket])
        size = max(int64(kind.directory[bucket + uint64(1)]) - begin, 0)
        # Keys are spread evenly, so the place in the bucket is nearly known.
        at = 4 * (begin + ((size * int64(keys[i] & rest)) >> int64(bucket_shift)))
        low = min(max(at - _LINE, 0), bytes_ - 4)
        high = min(max(at + _LINE, low + 4), bytes_)
        _expect(postings + uint64(low), uint64(high - low))


@kernel(void(KINDS_TYPE, readonly(uint64), int64, int64, int64))
def expect_buckets(kinds, keys, raws, both, doc_bits):  # type: ignore[no-untyped-def]
    """Start reading where the postings of all keys of a query are.

    Args:
        kinds: three Postings of the segment: raw, renamed, bands.
        keys: (n,) uint64, of raw fingerprints, then of renamed ones, then of bands.
        raws, both: how many keys are of raw fingerprints, and of raw and renamed ones.
        doc_bits: the bits of a document's number in the segment.
    """
    _expect_buckets(kinds[0], keys, 0, raws, doc_bits)
    _expect_buckets(kinds[1], keys, raws, both, doc_bits)
    _expect_buckets(kinds[2], keys, both, keys.shape[0], doc_bits)


@kernel(void(KINDS_TYPE, readonly(uint64), int64, int64, int64))
def expect_postings(kinds, keys, raws, both, doc_bits):  # type: ignore[no-untyped-def]
    """Start reading the postings of all keys of a query; waits for what `expect_buckets` reads.

    Args:
        kinds, keys, raws, both, doc_bits: as for `expect_buckets`.
    """
    _expect_kind(kinds[0], keys, 0, raws, doc_bits)
    _expect_kind(kinds[1], keys, raws, both, doc_bits)
    _expect_kind(kinds[2], keys, both, keys.shape[0], doc_bits)


@kernel(
    void(
        readonly(uint32), readonly(int64), int64, readonly(uint32), readonly(uint32), int64,
        readonly(uint32, 2),
    ),
)  # fmt: skip
def expect_signatures(bands, order, both, starts, lengths, doc_bits, signatures):  # type: ignore[no-untyped-def]
    """Start reading the signatures of the documents that share a band with a query.

    Args:
        bands: (postings,) uint32, of the bands of the segment.
        order: (proposing,) int64, the keys that propose.
        both: the first key of a band.
        starts, lengths: (n,) uint32, the postings of each key.
        doc_bits: the bits of a document's number in the segment.
        signatures: (documents, permutations) uint32, of the segment's documents.
    """
    base, row = uint64(signatures.ctypes.data), uint64(4 * signatures.shape[1])
    mask = (uint64(1) << uint64(doc_bits)) - uint64(1)
    for o in order:
        if o < both:
            continue
        for p in range(int64(starts[o]), int64(starts[o]) + int64(lengths[o])):
            document = uint64(bands[p]) & mask
            if document < uint64(signatures.shape[0]):
                _expect(base + document * row, row)


@kernel(void(uint64, int64, int64, readonly(int64)))
def _expect_rows(start, count, row, rows):  # type: ignore[no-untyped-def]
    """`expect_rows` for an array at an address.

    Args:
        start: uint64, the address.
        count: rows of the array.
        row: bytes of a row.
        rows: (n,) int64, the numbers of the rows to read.
    """
    for number in rows:
        if 0 <= number < count:
            _expect(start + uint64(number * row), uint64(row))


def expect_rows(array: NDArray[Any], rows: NDArray[Any]) -> None:
    """Start reading some rows of a mapped array, all at once, without waiting for them."""
    _expect_rows(array.ctypes.data, len(array), array.strides[0], rows.astype(np.int64))


@kernel(void(readonly(uint8), readonly(int64), readonly(int64)))
def expect_parts(array, starts, sizes):  # type: ignore[no-untyped-def]
    """Start reading parts of a mapped array, without waiting for them.

    Args:
        array: (bytes,) uint8.
        starts, sizes: (n,) int64; what is outside of the array is left out.
    """
    base = uint64(array.ctypes.data)
    for i in range(starts.shape[0]):
        size = min(sizes[i], array.shape[0] - starts[i])
        if starts[i] >= 0 and size > 0:
            _expect(base + uint64(starts[i]), uint64(size))


@dataclass(frozen=True, slots=True)
class FileRange:
    """A part of a file."""

    path: Path
    start: int  # bytes
    size: int  # bytes


class BulkReading:
    """Reads parts of files from front to end, in the background, once that is worth it."""

    __slots__ = ("_parts", "_waits")

    def __init__(self, *groups: Sequence[FileRange]) -> None:
        """
        Args:
            groups: parts of files, the most useful first. As many groups are read as fit.
        """
        self._parts: list[FileRange] = []
        room = _memory() // _MEMORY_SHARE
        for parts in groups:
            room -= sum(part.size for part in parts)
            if room >= 0:
                self._parts.extend(parts)
        self._waits = 0

    def waited(self, wanted: Callable[[], bool]) -> None:
        """Note that a look-up had to wait for the disk.

        Args:
            wanted: whether the parts are still needed; must not keep the index open.
        """
        self._waits += 1
        if self._waits >= _PATIENCE and self._parts:
            parts, self._parts = self._parts, []
            threading.Thread(
                target=_read_all, args=(parts, wanted), daemon=True, name="whence-read-ahead"
            ).start()


def _memory() -> int:
    """The memory of the machine, or of the container, in bytes; 0 where that is not known."""
    try:
        machine = os.sysconf("SC_PHYS_PAGES") * _PAGE
    except (ValueError, OSError):
        return 0
    try:
        return min(machine, int(_CONTAINER.read_text()))
    except (OSError, ValueError):  # no limit: it is "max", or there is no such file
        return machine


def _read_all(parts: Sequence[FileRange], wanted: Callable[[], bool]) -> None:
    """Read parts of files into the system's cache."""
    piece = bytearray(_PIECE)
    with contextlib.suppress(OSError):  # a compaction may remove them
        for part in parts:
            with part.path.open("rb", buffering=0) as file:
                if hasattr(os, "posix_fadvise"):  # not on macOS
                    # Read-ahead would put many megabytes in front of the pages of look-ups: it
                    # made the slowest one of a hundred 45 ms instead of 32 (15 segments, 7.4 GB).
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
                file.seek(part.start)
                for _ in range(0, part.size, _PIECE):
                    if not wanted():
                        return
                    file.readinto(piece)
