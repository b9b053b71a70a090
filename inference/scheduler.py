"""One thread that owns the model and computes requests in turns, round robin.

A turn is one token of each choice, or one part of a prompt: no request starves, and a cancelled one
costs at most one more turn. Two threads in the model would compete for the same cores and double
the peak memory. Requests beyond `max_active` wait; beyond `max_waiting` they are refused.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from inference.engine import Engine, Request
from inference.errors import GenerationError, OverloadedError
from inference.interface import Generation
from inference.job import Job, JobGeneration

__all__ = ["Scheduler"]

_MIN_RETRY, _MAX_RETRY = 1.0, 60.0  # seconds: bounds of Retry-After
_LATEST = 0.2  # weight of the latest request in the mean duration


class Scheduler:
    """Runs requests on an Engine in turns. Safe to share between threads."""

    def __init__(self, engine: Engine, *, max_active: int = 4, max_waiting: int = 16) -> None:
        self._engine = engine
        self._max_active = max_active
        self._max_waiting = max_waiting
        self._changed = threading.Condition()  # guards all below
        self._waiting: deque[Job] = deque()
        self._active: deque[Job] = deque()  # in the order of their turns
        self._closing = False
        # started by the first request, since a thread would not survive the fork of a server
        self._thread: threading.Thread | None = None
        self._mean = 1.0  # seconds that a request takes

    def submit(
        self,
        request: Request,
        decode: Callable[[Sequence[int]], str],
        notes: tuple[str, ...] = (),
    ) -> Generation:
        """Queue a request.

        Raises:
            OverloadedError: too many requests wait.
            GenerationError: the scheduler was closed.
        """
        job = Job(request, decode)
        with self._changed:
            if self._closing:
                raise GenerationError("the model was closed and cannot generate any more")
            if len(self._active) + len(self._waiting) >= self._max_active + self._max_waiting:
                raise self._overloaded()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="generation", daemon=True)
                self._thread.start()
            self._waiting.append(job)
            self._changed.notify()
        return JobGeneration(job, len(request.prompt), notes)

    def close(self) -> None:
        """Cancel all requests, wait for the thread, close the engine. May be called again."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()
        self._engine.close()

    def _overloaded(self) -> OverloadedError:
        ahead = len(self._waiting) + 1
        seconds = min(_MAX_RETRY, max(_MIN_RETRY, self._mean * ahead / self._max_active))
        return OverloadedError(
            f"{len(self._active)} requests are being generated and {len(self._waiting)} wait, the "
            f"limits are {self._max_active} and {self._max_waiting}; try again in {seconds:.0f} s",
            retry_after=seconds,
        )

    def _run(self) -> None:
        while (job := self._next()) is not None:
            more = job.turn(self._engine, alone=len(self._active) == 1)
            with self._changed:
                self._active.popleft()
                if more:
                    self._active.append(job)
                else:
                    self._mean += _LATEST * (job.seconds - self._mean)
            # free the memory of a job that has ended while this thread waits
            del job
        for job in (*self._active, *self._waiting):
            job.cancelled = True
            job.turn(self._engine, alone=False)
        self._active.clear()
        self._waiting.clear()

    def _next(self) -> Job | None:
        """The job whose turn it is, which stays the first of the active ones; None: closing."""
        with self._changed:
            while not self._closing:
                self._forget_cancelled()
                while self._waiting and len(self._active) < self._max_active:
                    self._active.append(self._waiting.popleft())
                if self._active:
                    return self._active[0]
                self._changed.wait()
            return None

    def _forget_cancelled(self) -> None:
        """End waiting jobs that were cancelled, so that others can take their turn."""
        for job in [job for job in self._waiting if job.cancelled]:
            self._waiting.remove(job)
            job.turn(self._engine, alone=False)
