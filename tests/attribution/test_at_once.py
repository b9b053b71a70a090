"""Several look-ups under way, where each waits for a network."""

from __future__ import annotations

import threading

import pytest

from attribution.at_once import at_once


@pytest.mark.parametrize("threads", [1, 3])
def test_results_are_in_order_and_that_many_items_are_under_way(threads: int) -> None:
    meeting = threading.Barrier(threads, timeout=10)

    def wait(item: int) -> int:
        meeting.wait()  # returns when all threads are here
        return item * item

    assert at_once(wait, range(3 * threads), threads) == [n * n for n in range(3 * threads)]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_first_error_is_raised_and_the_rest_dropped(threads: int) -> None:
    seen = []

    def fail(item: int) -> None:
        seen.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"^0$"):
        at_once(fail, range(1000), threads)
    assert len(seen) < 1000
