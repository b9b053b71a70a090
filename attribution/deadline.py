"""`Deadline`: when work has to end, because its time is over or no one waits for the answer."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Deadline", "never"]

_EVERY = 0.1  # seconds between two checks of whether anyone waits: it may cost a system call


def never() -> bool:
    """For work that no one cancels."""
    return False


class Deadline:
    """Stops work: true from some time on, once it was asked then."""

    __slots__ = ("_cancelled", "_next", "_until", "cancelled", "reached", "seconds")

    def __init__(self, seconds: float, cancelled: Callable[[], bool] = never) -> None:
        """
        Args:
            seconds: from now.
            cancelled: whether no one waits for the answer any more.
        """
        self.seconds = seconds
        self.reached = False  # whether the work was cut short
        self.cancelled = False  # whether that was because no one waits
        self._cancelled = cancelled
        now = time.monotonic()
        self._until = now + seconds
        self._next = now + _EVERY

    def __call__(self) -> bool:
        if not self.reached:
            now = time.monotonic()
            if now > self._next:
                self._next = now + _EVERY
                self.cancelled = self._cancelled()
            self.reached = self.cancelled or now > self._until
        return self.reached

    @property
    def reason(self) -> str | None:
        """Why the answer is partial; None when it is not."""
        return f"the time limit of {self.seconds:g} s was reached" if self.reached else None
