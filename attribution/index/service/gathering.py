"""`Gathering`: what several threads ask goes to the service in one request.

A request costs a millisecond of work, as much as its answer. A thread that finds no request under
way sends its question at once; what others ask meanwhile is sent together by one of them as soon as
the request returns. So nothing ever waits to be joined by more. A thread reads answers until it has
its own, then one that still waits reads on.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Gathering"]

Question = TypeVar("Question")
Outcome = TypeVar("Outcome")


@dataclass(slots=True, eq=False)
class _Asked(Generic[Question, Outcome]):
    """A question that a thread waits for."""

    question: Question
    size: int  # bytes
    woken: threading.Event = field(default_factory=threading.Event)  # one of these is set then:
    outcome: Outcome | None = None
    exchange: _Exchange[Question, Outcome] | None = None  # that its thread has to send or read


@dataclass(slots=True, eq=False)
class _Exchange(Generic[Question, Outcome]):
    """A request."""

    batch: list[_Asked[Question, Outcome]]
    outcomes: Iterator[tuple[int, Outcome]] | None = None  # None: it was not sent yet


class Gathering(Generic[Question, Outcome]):
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
        self._waiting: deque[_Asked[Question, Outcome]] = deque()  # empty while a request is idle

    def ask(self, question: Question, size: int) -> Outcome:
        """The outcome of a question.

        Args:
            size: of the question, in bytes.

        Raises:
            RuntimeError: `send` raised in the thread that sent the question.
        """
        asked: _Asked[Question, Outcome] = _Asked(question, size)
        with self._lock:
            if self._idle:
                self._idle -= 1
                asked.exchange = _Exchange([asked])
            else:
                self._waiting.append(asked)
        if asked.exchange is None:
            asked.woken.wait()
        if asked.exchange is not None:
            self._read(asked, asked.exchange)
        if asked.outcome is None:
            raise RuntimeError("the request was given up in another thread")
        return asked.outcome

    def _read(
        self, mine: _Asked[Question, Outcome], exchange: _Exchange[Question, Outcome]
    ) -> None:
        """Read outcomes until mine has come, or to the end if no other thread waits for one."""
        following = None
        try:
            if exchange.outcomes is None:
                exchange.outcomes = self._send([asked.question for asked in exchange.batch])
            for number, outcome in exchange.outcomes:
                asked = exchange.batch[number]
                asked.outcome = outcome
                asked.woken.set()
                if asked is mine:
                    following = next((one for one in exchange.batch if one.outcome is None), None)
                    if following is not None:
                        break
        finally:
            if following is not None:
                following.exchange = exchange
                following.woken.set()
            else:
                self._hand_over()
                for asked in exchange.batch:  # after an error
                    asked.woken.set()

    def _hand_over(self) -> None:
        """Make the thread that waits longest send what has gathered."""
        with self._lock:
            if not self._waiting:
                self._idle += 1
                return
            batch = [self._waiting.popleft()]
            size = batch[0].size
            while self._waiting and len(batch) < self._most:
                size += self._waiting[0].size
                if size > self._most_bytes:
                    break
                batch.append(self._waiting.popleft())
        batch[0].exchange = _Exchange(batch)
        batch[0].woken.set()
