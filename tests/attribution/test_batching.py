"""Questions of several threads in one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from attribution.index.service import batching
from attribution.index.service.batching import PATIENCE, Batcher

WAIT = 10  # seconds


class Service:
    """Answers each question with its square; a request ends when `open` is set."""

    def __init__(self, *, most: int = 100, most_bytes: int = 1000, requests: int = 1) -> None:
        self.batcher = Batcher(self.send, requests=requests, most=most, most_bytes=most_bytes)
        self.pool = ThreadPoolExecutor(20)
        self.sent: list[list[int]] = []
        self.open = threading.Event()
        self._asked = 0

    def send(self, questions: Sequence[int]) -> Iterator[tuple[int, int]]:
        self.sent.append(list(questions))
        for number, question in enumerate(questions):
            yield number, question * question
        assert self.open.wait(WAIT)

    def _ask(self, question: int, size: int) -> int:
        (answer,) = self.batcher.ask([(question, size)])
        return answer

    def ask(self, question: int, size: int = 1) -> Future[int]:
        """Ask in a thread of its own; returns when the question was sent or waits to be."""
        answer = self.pool.submit(self._ask, question, size)
        self._asked += 1
        for _ in range(1000):
            if sum(map(len, self.sent)) + len(self.batcher._unsent) == self._asked:
                return answer
            time.sleep(WAIT / 1000)
        raise AssertionError("it was not sent")


def test_what_is_asked_during_a_request_is_sent_together() -> None:
    service = Service()
    answers = [service.ask(question) for question in range(9)]
    service.open.set()
    assert [answer.result(WAIT) for answer in answers] == [n * n for n in range(9)]
    assert service.sent == [[0], list(range(1, 9))]


def test_a_thread_alone_does_not_wait_for_others() -> None:
    service = Service()
    service.open.set()
    assert [service._ask(n, 1) for n in range(5)] == [0, 1, 4, 9, 16]
    assert service.sent == [[n] for n in range(5)]


def test_an_answer_is_passed_on_before_its_request_ends() -> None:
    service = Service()
    ends = threading.Event()

    def send(questions: Sequence[int]) -> Iterator[tuple[int, int]]:
        yield from list(enumerate(questions))[:-1]
        assert ends.wait(WAIT)
        yield len(questions) - 1, questions[-1]

    first, second, third, fourth = (service.ask(question) for question in range(4))
    service.batcher._send = send
    service.open.set()  # the request of the first ends, the second thread sends all others
    assert [one.result(WAIT) for one in (first, second, third)] == [0, 1, 2]
    assert not fourth.done()
    ends.set()
    assert fourth.result(WAIT) == 3


@pytest.mark.parametrize(
    ("limits", "size", "expected"),
    [
        ({"most": 3}, 1, [[0], [1, 2, 3], [4, 5, 6]]),
        ({"most_bytes": 20}, 10, [[0], [1, 2], [3, 4], [5, 6]]),
        ({"most_bytes": 5}, 10, [[n] for n in range(7)]),  # too large to be sent with others
    ],
)
def test_requests_are_limited(limits: dict[str, int], size: int, expected: list[list[int]]) -> None:
    service = Service(**limits)
    answers = [service.ask(question, size) for question in range(7)]
    service.open.set()
    assert [answer.result(WAIT) for answer in answers] == [n * n for n in range(7)]
    assert service.sent == expected


def test_several_requests_are_under_way() -> None:
    service = Service(requests=2)
    answers = [service.ask(question) for question in range(3)]
    assert service.sent == [[0], [1]]
    service.open.set()
    assert [answer.result(WAIT) for answer in answers] == [0, 1, 4]


def test_a_bug_leaves_no_thread_waiting() -> None:
    service = Service()

    def fails(_: Sequence[int]) -> Iterator[tuple[int, int]]:
        raise ZeroDivisionError

    first, *others = (service.ask(question) for question in range(3))
    service.batcher._send = fails
    service.open.set()
    assert first.result(WAIT) == 0
    errors = [type(other.exception(WAIT)) for other in others]
    assert errors == [ZeroDivisionError, RuntimeError]
    service.batcher._send = service.send
    assert service._ask(4, 1) == 16


def test_a_thousand_questions_of_many_threads() -> None:
    service = Service(most=8, requests=3)
    service.open.set()
    answers = list(service.pool.map(lambda n: service._ask(n, 1), range(1000)))
    assert answers == [n * n for n in range(1000)]
    assert sorted(question for one in service.sent for question in one) == list(range(1000))
    assert service.batcher._idle == 3


def test_what_is_asked_waits_for_threads_that_will_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "PATIENCE", WAIT)  # the machine may be busy
    service = Service()
    service.open.set()
    ready = threading.Barrier(3, timeout=WAIT)

    def work(question: int) -> int:
        with service.batcher.working():
            ready.wait()
            return service._ask(question, 1) + service._ask(question + 10, 1)

    answers = list(service.pool.map(work, range(3)))
    assert answers == [n * n + (n + 10) ** 2 for n in range(3)]
    assert [sorted(one) for one in service.sent] == [[0, 1, 2], [10, 11, 12]]


def test_a_thread_that_ends_without_asking_is_not_waited_for() -> None:
    service = Service()
    service.open.set()
    asked = threading.Event()

    def leave() -> None:
        with service.batcher.working():
            assert asked.wait(WAIT)

    leaving = service.pool.submit(leave)
    while not service.batcher._working:
        time.sleep(0.001)
    answer = service.ask(2)
    asked.set()
    leaving.result(WAIT)
    assert answer.result(WAIT) == 4


def test_a_thread_that_works_for_long_holds_up_no_other() -> None:
    service = Service()
    service.open.set()
    end = threading.Event()

    def work_for_long() -> None:
        with service.batcher.working():
            assert end.wait(WAIT)

    working = service.pool.submit(work_for_long)
    while not service.batcher._working:
        time.sleep(0.001)
    started = time.monotonic()
    assert service._ask(5, 1) == 25
    assert PATIENCE <= time.monotonic() - started < WAIT / 2
    end.set()
    working.result(WAIT)


def test_several_questions_of_one_thread_are_sent_together() -> None:
    service = Service(most=4)
    service.open.set()
    assert service.batcher.ask([(n, 1) for n in range(6)]) == [n * n for n in range(6)]
    assert service.sent == [[0, 1, 2, 3], [4, 5]]
    assert service.batcher.ask([]) == []


def test_threads_that_ask_several_questions_and_work() -> None:
    service = Service(most=7, requests=2)
    service.open.set()

    def work(number: int) -> list[int]:
        with service.batcher.working():
            return service.batcher.ask([(number * 10 + n, 1) for n in range(number % 5)])

    answers = list(service.pool.map(work, range(400)))
    assert answers == [[(n * 10 + k) ** 2 for k in range(n % 5)] for n in range(400)]
    assert (service.batcher._idle, service.batcher._working) == (2, set())
