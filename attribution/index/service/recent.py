"""`Recent`: what was read last, up to a total size."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic, TypeVar

__all__ = ["Recent"]

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by an id, as of a document; those used longest ago are dropped. Thread-safe."""

    def __init__(self, limit: int, size_of: Callable[[Value], int]) -> None:
        """
        Args:
            limit: of the sum of sizes.
        """
        self._limit = limit
        self._size_of = size_of
        self._size = 0
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, ids: Iterable[str]) -> dict[str, Value]:
        """The known values among those."""
        with self._lock:
            known = {id_: self._values[id_] for id_ in ids if id_ in self._values}
            for id_ in known:
                self._values.move_to_end(id_)
        return known

    def newest(self, most: int) -> list[str]:
        """The ids of the values that were used last, at most `most`."""
        with self._lock:
            return list(islice(reversed(self._values), most))

    def put(self, id_: str, value: Value) -> None:
        """Keep a value."""
        with self._lock:
            if id_ in self._values:
                self._size -= self._size_of(self._values.pop(id_)) + 1
            self._values[id_] = value
            self._size += self._size_of(value) + 1
            while self._size > self._limit:
                _, dropped = self._values.popitem(last=False)
                self._size -= self._size_of(dropped) + 1

    def clear(self) -> None:
        """Drop all."""
        with self._lock:
            self._values.clear()
            self._size = 0
