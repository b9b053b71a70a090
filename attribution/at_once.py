"""Several questions at once to an index that is behind a network.

A look-up waits for some three answers, one after the other. Meanwhile the process can work on other
look-ups, and what these ask a service at the same time goes there in one request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["at_once"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def at_once(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> list[Result]:
    """The result for each item, in order.

    Args:
        function: safe to call in several threads.
        threads: how many items are worked on at the same time, `Index.at_once`.

    Raises:
        Exception: what the function raised first, in the order of the items. Those that still
            waited are dropped then.
    """
    if threads == 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(threads, "look-up") as pool:
        try:
            return list(pool.map(function, items))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
