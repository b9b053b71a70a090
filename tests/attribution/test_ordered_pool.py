"""The processes of a pool end with it, and with the process that made it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from attribution.ordered_pool import in_order

ROOT = Path(__file__).parents[2]
WORK = range(20_000_000)  # about half a second of work for `sum`
ENDLESS = """
from itertools import repeat
from attribution.ordered_pool import in_order
for kept, total in in_order(((None, range(20_000_000)) for _ in repeat(0)), sum, 4):
    print(total, flush=True)
"""


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """A word in the environment of every process of the test."""
    value = uuid.uuid4().hex
    monkeypatch.setenv("WHENCE_TEST_MARK", value)
    return value


def _marked(mark: str) -> set[int]:
    """The processes with the mark, of which some may be zombies without an environment."""

    def alive() -> Iterator[int]:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark.encode() in (process / "environ").read_bytes():
                    yield int(process.name)
            except OSError:
                continue

    return set(alive()) - {os.getpid()}


def _until_none(mark: str, seconds: float = 60) -> set[int]:
    end = time.monotonic() + seconds
    while (left := _marked(mark)) and time.monotonic() < end:
        time.sleep(0.1)
    return left


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")
def test_workers_end_when_their_parent_is_killed(mark: str) -> None:
    command = [sys.executable, "-c", ENDLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        for _ in range(4):
            process.stdout.readline()
        assert len(_marked(mark)) >= 5, "the parent and its workers"
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    assert _until_none(mark) == set()


@pytest.mark.parametrize("given_up_after", [1, 3])
def test_a_pool_is_gone_when_its_results_are_read_or_given_up(given_up_after: int) -> None:
    before = set(_children())
    with closing(in_order(((n, WORK) for n in range(3)), sum, 2)) as results:
        for count, (kept, total) in enumerate(results, 1):
            assert (kept, total) == (count - 1, sum(WORK))
            if count == given_up_after:
                break
    assert set(_children()) <= before


def _children() -> list[int]:
    import multiprocessing

    return [process.pid or 0 for process in multiprocessing.active_children()]
