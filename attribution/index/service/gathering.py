"""`Gathering`: what several threads ask goes to the service in one request.

A request costs a millisecond of work, as much as its answer. A thread that finds no request under
way sends its question at once; what others ask meanwhile is sent together by one of them as soon as
the request returns. So nothing ever waits to be joined by more.
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
    batch: list[_Asked[Question, Outcome]] | None = None  # that its thread has to send


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
                asked.batch = [asked]
            else:
                self._waiting.append(asked)
        if asked.batch is None:
            asked.woken.wait()
        if asked.batch is not None:
            self._exchange(asked.batch)
        if asked.outcome is None:
            raise RuntimeError("the request was given up in another thread")
        return asked.outcome

    def _exchange(self, batch: list[_Asked[Question, Outcome]]) -> None:
        try:
            for number, outcome in self._send([one.question for one in batch]):
                batch[number].outcome = outcome
                batch[number].woken.set()
        finally:
            self._hand_over()
            for one in batch:  # after an error
                one.woken.set()

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
        batch[0].batch = batch
        batch[0].woken.set()
