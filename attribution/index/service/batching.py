"""`Batcher`: what several threads ask goes to the service in one request.

A request costs a millisecond of work, as much as its answer. A thread that will ask more than once
says so (`Batcher.working`). While such a thread still works, what others ask waits for its next
question: all is sent when all of them wait, or after `PATIENCE`. Where no thread said so, a
question is sent as soon as no request is under way.

A thread reads answers until it has all of its own, then another one that still waits reads on.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["PATIENCE", "Batcher"]

PATIENCE = 0.05  # seconds

Question = TypeVar("Question")
Outcome = TypeVar("Outcome")


@dataclass(slots=True, eq=False)
class _Waiter(Generic[Question, Outcome]):
    """A thread that waits for outcomes."""

    left: int  # how many
    thread: int
    asks_again: bool
    event: threading.Event = field(default_factory=threading.Event)  # set after a change of these:
    requests: list[_Request[Question, Outcome]] = field(default_factory=list)  # to send or read


@dataclass(slots=True, eq=False)
class _Pending(Generic[Question, Outcome]):
    """A question and, later, its outcome."""

    question: Question
    size: int  # bytes
    waiter: _Waiter[Question, Outcome]
    outcome: Outcome | None = None


@dataclass(slots=True, eq=False)
class _Request(Generic[Question, Outcome]):
    batch: list[_Pending[Question, Outcome]]
    outcomes: Iterator[tuple[int, Outcome]] | None = None  # None: it was not sent yet


class Batcher(Generic[Question, Outcome]):
    """Safe to share between threads."""

    def __init__(
        self,
        send: Callable[[Sequence[Question]], Iterator[tuple[int, Outcome]]],
        *,
        requests: int,
        most: int,
        most_bytes: int,
    ) -> None:
        """
        Args:
            send: sends questions in one request, and yields the number and the outcome of each as
                soon as it is known. Failures are outcomes too.
            requests: under way at the same time.
            most: questions in a request.
            most_bytes: of the questions in a request; a larger one is sent alone.
        """
        self._send = send
        self._idle = requests
        self._most = most
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._unsent: deque[_Pending[Question, Outcome]] = deque()
        self._working: set[int] = set()  # threads that will ask soon

    @contextmanager
    def working(self) -> Iterator[None]:
        """For a thread that asks more than once: others' questions wait for its next one."""
        thread = threading.get_ident()
        with self._lock:
            self._working.add(thread)
        try:
            yield
        finally:
            with self._lock:
                self._working.discard(thread)
            self._send_waiting()

    def ask(self, questions: Sequence[tuple[Question, int]]) -> list[Outcome]:
        """The outcomes of questions, in their order.

        Args:
            questions: each with its size in bytes.

        Raises:
            Exception: what `send` raised.
            RuntimeError: it raised in another thread, which sent one of them.
        """
        thread = threading.get_ident()
        with self._lock:
            me: _Waiter[Question, Outcome] = _Waiter(
                len(questions), thread, thread in self._working
            )
            mine = [_Pending(question, size, me) for question, size in questions]
            self._working.discard(thread)
            self._unsent.extend(mine)
        self._send_waiting()
        failure = None
        while me.left:
            if not me.event.wait(PATIENCE):
                self._send_waiting(impatient=True)
            me.event.clear()
            while me.requests:
                try:
                    self._read(me, me.requests.pop())
                except Exception as error:
                    failure = error
        if failure is not None:
            raise failure
        outcomes = [one.outcome for one in mine if one.outcome is not None]
        if len(outcomes) < len(mine):
            raise RuntimeError("the request was given up in another thread")
        return outcomes

    def _send_waiting(self, *, impatient: bool = False) -> None:
        """Make threads send what waits, if no other question can be expected."""
        while True:
            with self._lock:
                if not (self._unsent and self._idle) or (self._working and not impatient):
                    return
                self._idle -= 1
                batch = [self._unsent.popleft()]
                size = batch[0].size
                while self._unsent and len(batch) < self._most:
                    size += self._unsent[0].size
                    if size > self._most_bytes:
                        break
                    batch.append(self._unsent.popleft())
            _hand(batch[0].waiter, _Request(batch))

    def _read(self, me: _Waiter[Question, Outcome], request: _Request[Question, Outcome]) -> None:
        """Read outcomes until mine have come, or to the end if no other thread waits for one."""
        following = None
        wanted = sum(one.waiter is me and one.outcome is None for one in request.batch)
        try:
            if request.outcomes is None:
                request.outcomes = self._send([one.question for one in request.batch])
            for number, outcome in request.outcomes:
                answered = request.batch[number]
                self._settle(answered, outcome)
                wanted -= answered.waiter is me
                if not wanted:
                    others = (one.waiter for one in request.batch if one.outcome is None)
                    following = next(others, None)
                    if following is not None:
                        break
        finally:
            if following is not None:
                _hand(following, request)
            else:
                with self._lock:
                    self._idle += 1
                for one in request.batch:  # after an error
                    if one.outcome is None:
                        self._settle(one, None)
                self._send_waiting()

    def _settle(self, answered: _Pending[Question, Outcome], outcome: Outcome | None) -> None:
        answered.outcome = outcome
        waiter = answered.waiter
        with self._lock:
            waiter.left -= 1
            if waiter.left:
                return
            if waiter.asks_again:
                self._working.add(waiter.thread)
        waiter.event.set()


def _hand(waiter: _Waiter[Question, Outcome], request: _Request[Question, Outcome]) -> None:
    """Let a thread send a request, or read on."""
    waiter.requests.append(request)
    waiter.event.set()
