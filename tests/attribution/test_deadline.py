"""Look-ups keep their time limit, and end when no one waits for the answer."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from attribution.attributor import Attributor
from attribution.deadline import Deadline
from attribution.index.interface import Index
from attribution.settings import AttributorSettings
from attribution.types import Snippet, Status
from tests.support.index_engines import MemoryEngine, file, fill

_LINES = 6000


def table(seed: int, lines: int = _LINES) -> bytes:
    """A repetitive text, the slowest to align: a second for every 30 kB."""
    rng = random.Random(seed)
    rows = (", ".join(rng.choice(("0", "NULL", "1", "ab")) for _ in range(8)) for _ in range(lines))
    return "\n".join(rows).encode()


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    engine = MemoryEngine()
    index = engine.create()
    rows = table(0)
    fill(index, [file(rows + b"\n" + table(n, 900), f"o/{n}", "a.py") for n in range(1, 9)])
    yield index
    index.close()


def seconds_for(attributor: Attributor) -> tuple[float, Status, str]:
    started = time.monotonic()
    answer = attributor.attribute(Snippet(table(0), "python"))
    return time.monotonic() - started, answer.status, answer.status_reason or ""


def test_the_time_limit_is_kept(index: Index) -> None:
    seconds_for(Attributor(index, AttributorSettings(max_seconds=0.1)))  # loads the kernels
    taken, status, reason = seconds_for(Attributor(index, AttributorSettings(max_seconds=0.5)))
    assert status is Status.PARTIAL
    assert reason.startswith("the time limit of 0.5 s was reached; nothing from line ")
    assert taken < 0.8  # one step of a busy machine


def test_a_cancelled_look_up_ends_within_a_second(index: Index) -> None:
    end = time.monotonic() + 0.3
    taken, status, reason = seconds_for(Attributor(index, cancelled=lambda: time.monotonic() > end))
    assert (status, reason) == (Status.NOT_CHECKED, "the look-up was cancelled")
    assert taken < 1.3


def test_a_deadline_stays_reached() -> None:
    waiting = iter([False, True])
    deadline = Deadline(60.0, lambda: next(waiting))
    assert not deadline()
    assert deadline.reason is None
    time.sleep(0.11)
    assert not deadline()
    time.sleep(0.11)
    assert deadline()
    assert deadline()  # the iterator is exhausted: it is not asked again
    assert deadline.cancelled
