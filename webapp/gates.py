"""`Gate`: a limit on what runs at once, with a bounded queue and a bounded wait.

Bounded queues keep a loaded service responsive: a request that finds the queue full gets an error
at once, instead of waiting behind a queue that grows faster than it moves. Clients take turns: one
that sends a thousand requests does not delay the single request of another, nor fill the queue.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Self

__all__ = ["BusyError", "Gate"]


class BusyError(Exception):
    """The queue is full, or the wait was too long."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds


@dataclass(slots=True, eq=False)
class _Turn:
    """A request that waits."""

    decided: threading.Event = field(default_factory=threading.Event)
    refused: bool = False  # valid once it is decided


class Gate(AbstractContextManager["Gate"]):
    """A context manager that up to `active` threads are inside of.

    Clients enter in turn, the requests of each in their order. Another thread than the one that
    entered may leave, as a streamed answer does.

    Args:
        name: plural noun of what passes, for messages and metrics.
        active: limit of those inside.
        waiting: limit of those that wait.
        patience: seconds to wait at most.
        on_change: called with (name, active, waiting) after each change.
    """

    def __init__(
        self,
        name: str,
        active: int,
        waiting: int,
        patience: float,
        on_change: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.name = name
        self.active_limit = active
        self.waiting_limit = waiting
        self._patience = patience
        self._on_change = on_change
        self._lock = threading.Lock()
        self._active = 0
        # of each client that waits; the next to enter is the first of the first
        self._queues: OrderedDict[str, deque[_Turn]] = OrderedDict()

    @property
    def active(self) -> int:
        """How many are inside."""
        return self._active

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._queues.values()))

    @contextmanager
    def turn(self, client: str) -> Iterator[None]:
        """Enter as a client, and leave. Raises as `acquire`."""
        self.acquire(client)
        try:
            yield
        finally:
            self.release()

    def acquire(self, client: str = "") -> None:
        """Enter; waits if necessary.

        Args:
            client: who enters; clients take turns.

        Raises:
            BusyError: the queue is full, or the wait was too long. Of a full queue, the last
                request of the client with most of them is refused.
        """
        with self._lock:
            if self._active < self.active_limit and not self._queues:
                self._active += 1
                self._notify()
                return
            if self.waiting >= self.waiting_limit and not self._refuse_other_than(client):
                raise self._full()
            turn = _Turn()
            self._queues.setdefault(client, deque()).append(turn)
            self._notify()
        turn.decided.wait(self._patience)
        with self._lock:
            if turn.refused:
                raise self._full()
            if turn.decided.is_set():
                return  # `release` counted us as active
            self._queues[client].remove(turn)
            if not self._queues[client]:
                del self._queues[client]
            self._notify()
        raise BusyError(
            f"{self.active_limit} {self.name} are under way and none ended within "
            f"{self._patience:g} s; try again in a moment",
            retry_after=2.0,
        )

    def _refuse_other_than(self, client: str) -> bool:
        """Make room in the queue: refuse the last request of the client with most, if it is another
        that has at least two more than this one; returns whether there was one."""
        most = max(self._queues, key=lambda name: len(self._queues[name]), default=client)
        if len(self._queues.get(most, ())) < len(self._queues.get(client, ())) + 2:
            return False
        last = self._queues[most].pop()
        last.refused = True
        last.decided.set()
        return True

    def _full(self) -> BusyError:
        return BusyError(
            f"{self._active} {self.name} are under way and {self.waiting} wait, which is the "
            "limit; try again in a moment",
            retry_after=1.0,
        )

    def release(self) -> None:
        """Leave; the client whose turn it is enters."""
        with self._lock:
            if self._queues:
                client, queue = self._queues.popitem(last=False)
                queue.popleft().decided.set()
                if queue:
                    self._queues[client] = queue  # as the last
            else:
                self._active -= 1
            self._notify()

    def _notify(self) -> None:
        if self._on_change is not None:
            self._on_change(self.name, self._active, self.waiting)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()
