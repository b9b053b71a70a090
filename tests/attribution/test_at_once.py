"""Several look-ups under way, where each waits for a network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from attribution.at_once import at_once


class Slow:
    """As much of an index as is needed."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.workers: list[str] = []

    @contextmanager
    def working(self) -> Iterator[None]:
        self.workers.append(threading.current_thread().name)
        yield


@pytest.mark.parametrize("threads", [1, 3])
def test_results_are_in_order_and_that_many_items_are_under_way(threads: int) -> None:
    meeting = threading.Barrier(threads, timeout=10)

    def wait(item: int) -> int:
        meeting.wait()  # returns when all threads are here
        return item * item

    index = Slow(threads)
    assert at_once(wait, range(3 * threads), index) == [n * n for n in range(3 * threads)]
    assert len(index.workers) == (0 if threads == 1 else 3 * threads)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_first_error_is_raised_and_the_rest_dropped(threads: int) -> None:
    seen = []

    def fail(item: int) -> None:
        seen.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"^0$"):
        at_once(fail, range(1000), Slow(threads))
    assert len(seen) < 1000
