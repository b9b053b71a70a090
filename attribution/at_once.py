"""Several questions at once to an index that is behind a network.

A look-up waits for some three answers, one after the other. Meanwhile the process can work on other
look-ups, and what these ask a service at the same time goes there in one request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from attribution.index.interface import Index

__all__ = ["at_once"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def at_once(
    function: Callable[[Item], Result], items: Iterable[Item], index: Index
) -> list[Result]:
    """The result for each item, in order.

    Args:
        function: safe to call in several threads.
        index: what it asks; `Index.at_once` items are worked on at the same time.

    Raises:
        Exception: what the function raised first, in the order of the items. Those that still
            waited are dropped then.
    """
    if index.at_once == 1:
        return [function(item) for item in items]

    def work(item: Item) -> Result:
        with index.working():
            return function(item)

    with ThreadPoolExecutor(index.at_once, "look-up") as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
