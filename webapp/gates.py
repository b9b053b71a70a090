"""`Gate`: so many at once, so many waiting, nobody for ever.

Bounded queues keep a loaded service answering: whoever finds the queue full is told at once to
come back, instead of waiting behind a line that grows faster than it moves.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

__all__ = ["BusyError", "Gate"]


class BusyError(Exception):
    """There is no room, or the wait was too long."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds


class Gate:
    """Lets `active` through at once, first come, first served; `waiting` more may wait.

    A context manager. It may be left by another thread than the one that entered, as a
    streamed answer does.
    """

    def __init__(
        self,
        name: str,
        active: int,
        waiting: int,
        patience: float,
        watch: Callable[[str, int, int], None] | None = None,
    ) -> None:
        """Make a gate.

        Args:
            name: plural noun of what passes, for messages and metrics.
            active: most at once.
            waiting: most that wait.
            patience: seconds that one waits.
            watch: told (name, active, waiting) after each change.
        """
        self.name = name
        self.active_limit = active
        self.waiting_limit = waiting
        self._patience = patience
        self._watch = watch
        self._lock = threading.Lock()
        self._active = 0
        self._line: deque[threading.Event] = deque()

    @property
    def active(self) -> int:
        """How many are inside."""
        return self._active

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    def acquire(self) -> None:
        """Enter, waiting for a place if need be.

        Raises:
            BusyError: the queue is full, or no place came free in time.
        """
        with self._lock:
            if self._active < self.active_limit and not self._line:
                self._active += 1
                self._tell()
                return
            if len(self._line) >= self.waiting_limit:
                raise BusyError(
                    f"{self._active} {self.name} are under way and {len(self._line)} wait, which "
                    "is the limit; try again in a moment",
                    retry_after=1.0,
                )
            turn = threading.Event()
            self._line.append(turn)
            self._tell()
        if turn.wait(self._patience):
            return  # whoever left handed its place over
        with self._lock:
            if turn.is_set():  # it came between the time-out and the lock
                return
            self._line.remove(turn)
            self._tell()
        raise BusyError(
            f"no place among {self.active_limit} {self.name} came free within "
            f"{self._patience:g} s; try again in a moment",
            retry_after=2.0,
        )

    def release(self) -> None:
        """Leave; the first who waits takes the place."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._active -= 1
            self._tell()

    def _tell(self) -> None:
        if self._watch is not None:
            self._watch(self.name, self._active, len(self._line))

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
