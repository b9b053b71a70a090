"""Pages of a look-up are asked for together: which ones, and for how long."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from attribution.attributor import Attributor
from attribution.index.embedded import reading_ahead
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.embedded.reading_ahead import (
    BulkReading,
    FileRange,
    PagesRead,
    Step,
    expect_rows,
)
from attribution.sketching.sketch import SketchParams
from attribution.types import NewFile, Occurrence, Snippet

PAGES = 64
CODE = "".join(f"def f{i}(x, y):\n    return y - x * {i} + g{i}(y)\n" for i in range(60)).encode()


def cached(path: Path) -> int:
    """Bytes of a file in the system's cache; the test is skipped where that cannot be found out."""
    if sys.platform != "linux":
        pytest.skip("needs Linux")
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        view = np.frombuffer(mapped, np.uint8)
        resident = np.zeros(len(view) // mmap.PAGESIZE, np.uint8)
        libc = ctypes.CDLL(None)
        libc.mincore(
            ctypes.c_void_p(view.ctypes.data),
            ctypes.c_size_t(len(view)),
            ctypes.c_void_p(resident.ctypes.data),
        )
        del view
        return int((resident & 1).sum()) * mmap.PAGESIZE


def forgotten(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(PAGES * mmap.PAGESIZE))
    forgotten(path)
    if cached(path):
        pytest.skip("this file system cannot drop pages")
    return path


def wait_for(path: Path, size: int) -> None:
    end = time.monotonic() + 10
    while cached(path) < size and time.monotonic() < end:
        time.sleep(0.01)


def test_the_pages_of_some_rows_are_read_and_no_others(large: Path) -> None:
    with large.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    mapped.madvise(mmap.MADV_RANDOM)
    rows = np.frombuffer(mapped, np.uint64).reshape(-1, 8)
    expect_rows(rows, np.array([64, 640, 641, -1, len(rows)]))  # of 64 bytes; two are no rows
    wait_for(large, 2 * mmap.PAGESIZE)
    assert cached(large) == 2 * mmap.PAGESIZE


def test_parts_are_read_as_a_whole_after_some_waits(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_ahead, "_PATIENCE", 3)
    reading = BulkReading([FileRange(large, 0, PAGES * mmap.PAGESIZE)])
    for _ in range(2):
        reading.waited(lambda: True)
    time.sleep(0.1)
    assert cached(large) == 0
    reading.waited(lambda: True)
    wait_for(large, PAGES * mmap.PAGESIZE)
    assert cached(large) == PAGES * mmap.PAGESIZE


def test_nothing_behind_a_part_is_read(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "_PATIENCE", 1)
    monkeypatch.setattr(reading_ahead, "_PIECE", 4 * mmap.PAGESIZE)
    size = 16 * mmap.PAGESIZE
    BulkReading([FileRange(large, size, size)]).waited(lambda: True)
    wait_for(large, size)
    time.sleep(0.1)
    assert cached(large) == size


@pytest.mark.parametrize("reason", ["too large", "closed", "gone"])
def test_parts_are_left(large: Path, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    monkeypatch.setattr(reading_ahead, "_PATIENCE", 1)
    if reason == "too large":
        monkeypatch.setattr(reading_ahead, "_memory", lambda: 3 * PAGES * mmap.PAGESIZE)
    path = large.with_name("other") if reason == "gone" else large
    BulkReading([FileRange(path, 0, PAGES * mmap.PAGESIZE)]).waited(lambda: reason != "closed")
    time.sleep(0.1)
    assert cached(large) == 0


def test_groups_that_do_not_fit_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[FileRange] = []
    done = threading.Event()

    def record(parts: list[FileRange], _: object) -> None:
        read.extend(parts)
        done.set()

    monkeypatch.setattr(reading_ahead, "_read_all", record)
    monkeypatch.setattr(reading_ahead, "_PATIENCE", 1)
    monkeypatch.setattr(reading_ahead, "_memory", lambda: 4 * 100)
    first, second, third = (FileRange(Path("x"), 0, size) for size in (60, 41, 1))
    BulkReading([first], [second], [third]).waited(lambda: True)
    assert done.wait(10)
    assert read == [first]


@pytest.fixture
def usage(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the system says that a thread has read."""
    counts = SimpleNamespace(ru_majflt=5, ru_inblock=80)
    monkeypatch.setattr(reading_ahead.resource, "getrusage", lambda _: counts)
    return counts


BLOCKS = mmap.PAGESIZE // 512  # that a page has


def test_a_step_is_cold_when_the_last_one_read_many_pages_for_its_items(
    usage: SimpleNamespace,
) -> None:
    step = Step()
    assert step.cold

    def run(items: int, *, faults: int = 0, pages: int = 0) -> bool:
        before = PagesRead()
        usage.ru_majflt += faults
        usage.ru_inblock += pages * BLOCKS
        step.done(before, items)
        return step.cold

    assert run(0)  # nothing was done, so there was nothing to wait for
    assert not run(640)
    assert not run(0)
    assert not run(640, faults=9)
    assert run(640, faults=10)
    assert run(640, pages=10)  # it had asked for them, and was right
    assert run(640, faults=5, pages=10)
    assert not run(640, faults=5, pages=9)  # the blocks are those of the faults
    assert run(1, faults=1)


def test_only_what_the_same_thread_reads_counts(large: Path) -> None:
    if not hasattr(reading_ahead.resource, "RUSAGE_THREAD"):
        pytest.skip("this system does not count by thread")
    before = PagesRead()
    other = threading.Thread(target=large.read_bytes)
    other.start()
    other.join()
    assert not before.are_many(1)
    forgotten(large)
    large.read_bytes()
    assert before.are_many(1)


@pytest.mark.parametrize(
    ("waits", "asked"),
    [
        (set(), []),
        ({(0, 8)}, [range(3)]),  # in the first few items, or in the whole of a segment
        ({(0, 20)}, [range(1, 3)]),
        ({(1, 20)}, []),
        ({(2, 20)}, []),
    ],
)
def test_a_warm_step_that_waits_at_once_asks_for_the_other_segments(
    usage: SimpleNamespace, waits: set[tuple[int, int]], asked: list[range]
) -> None:
    step = Step()
    step.cold = False
    asks: list[range] = []

    def do(segment: int, items: int) -> tuple[int, int]:
        if (segment, items) in waits:
            usage.ru_majflt += 1
        return segment, items

    assert step.run(3, 20, asks.append, do) == [(0, 20), (1, 20), (2, 20)]
    assert asks == asked
    assert step.cold == bool(waits)
    asks.clear()
    step.run(3, 20, asks.append, do)
    assert asks == ([range(3)] if waits else [])


def test_answers_are_the_same_cold_and_warm(tmp_path: Path) -> None:
    with EmbeddedIndex.create(tmp_path / "index", "test", SketchParams()) as index:
        with index.writer() as writer:
            for number in range(40):
                code = CODE.replace(b"g1", b"h%d" % number)
                writer.add(
                    [NewFile(code, "Python", Occurrence(f"o/r{number % 7}", f"{number}.py"))]
                )
            writer.commit()
        attributor = Attributor(index)
        snippet = Snippet(CODE[:900], "Python")
        snapshot = index._current
        assert snapshot.probing.cold
        cold = attributor.attribute(snippet)
        for step in (snapshot.probing, snapshot.comparing, snapshot.listing):
            step.cold = False
        warm = attributor.attribute(snippet)
        assert cold.sources
        assert cold.sources == warm.sources
        assert cold.leads == warm.leads
