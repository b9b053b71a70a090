"""Several questions of look-ups in one request: failures, cuts and refusals of some of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from attribution.errors import (
    CorpusIndexError,
    IndexDamagedError,
    IndexFormatError,
    IndexUnavailableError,
    WhenceError,
)
from attribution.index.service import connection as connections
from attribution.index.service.address import ServiceAccess
from attribution.index.service.connection import Connection
from attribution.index.service.wire import (
    FetchAnswer,
    FetchRequest,
    OccurrencesAnswer,
    Question,
    Questions,
    Refusal,
    Reply,
    StoredDocument,
    decode,
    encode,
)
from tests.attribution.test_service_connection import problem

Answer = Callable[[list[str]], httpx2.Response]  # to a request for these documents


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_BACKOFF", 0.001)


FIRST = "0" * 40
IDS = ("a" * 40, "b" * 40, "c" * 40)


def answer_to(number: int, id_: str) -> bytes:
    """Bytes of the reply to a question for a document, whose text is its id."""
    document = StoredDocument(id_, "python", id_.encode())
    return encode(Reply(number, "a", FetchAnswer((document,))))


def answers_to(ids: Iterable[str]) -> list[bytes]:
    return [answer_to(number, id_) for number, id_ in enumerate(ids)]


def refusal_to(number: int, status: int, kind: str, seconds: float | None = None) -> bytes:
    return encode(Reply(number, "a", Refusal(status, kind, "why", seconds)))


class Body(httpx2.SyncByteStream):
    """Bytes, and an error at their end."""

    def __init__(self, chunks: Iterable[bytes], error: Exception | None = None) -> None:
        self._chunks = chunks
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        if self._error is not None:
            raise self._error


def ok(chunks: Iterable[bytes], error: Exception | None = None) -> httpx2.Response:
    return httpx2.Response(200, stream=Body(chunks, error))


def id_of(question: Question) -> str:
    assert isinstance(question, FetchRequest)
    return question.documents[0]


def asked(answer: Answer, patience: float = 10) -> tuple[list[object], list[str]]:
    """What three threads get that ask for a document each in one request, and what was sent."""
    sent: list[str] = []
    meeting = threading.Event()

    def handle(request: httpx2.Request) -> httpx2.Response:
        ids = list(map(id_of, decode(request.read(), Questions, 10_000).questions))
        if ids == [FIRST]:  # it is under way when the three ask
            assert meeting.wait(10)
            return ok(answers_to(ids))
        sent.append("".join(id_[0] for id_ in ids))
        return answer(ids)

    access = ServiceAccess(patience=patience)
    link = Connection("http://127.0.0.1:1", access, httpx2.MockTransport(handle))

    def ask(id_: str) -> object:
        try:
            (document,) = link.look_up(FetchRequest((id_,)), FetchAnswer)[0].documents
        except WhenceError as error:
            return error
        return None if document is None else document.id

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, FIRST)
        while link.lookups._idle:
            time.sleep(0.001)
        others = []
        for number, id_ in enumerate(IDS):
            others.append(pool.submit(ask, id_))
            while len(link.lookups._unsent) <= number:
                time.sleep(0.001)
        meeting.set()
        assert first.result(10) == FIRST
        return [other.result(10) for other in others], sent


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_three_answers_of_one_request(size: int) -> None:
    def answer(ids: list[str]) -> httpx2.Response:
        body = b"".join(answers_to(ids))
        return ok(body[at : at + size] for at in range(0, len(body), size))

    found, sent = asked(answer)
    assert found == list(IDS)
    assert sent == ["abc"]


def test_one_that_is_refused_is_asked_again_and_the_others_keep_their_answers() -> None:
    def answer(ids: list[str]) -> httpx2.Response:
        replies = answers_to(ids)
        if len(ids) == 3:
            replies[1] = refusal_to(1, 429, "rate-limited", 0.2)
        return ok(replies)

    began = time.monotonic()
    found, sent = asked(answer)
    assert found == list(IDS)
    assert sent == ["abc", "b"]
    assert time.monotonic() - began >= 0.2


def test_one_that_fails_leaves_the_others_their_answers() -> None:
    def answer(ids: list[str]) -> httpx2.Response:
        replies = answers_to(ids)
        replies[1] = refusal_to(1, 503, "index-damaged")
        replies[2] = refusal_to(2, 500, "internal")
        return ok(replies)

    found, _ = asked(answer, patience=0)
    assert found[0] == IDS[0]
    assert [type(error) for error in found[1:]] == [IndexDamagedError, CorpusIndexError]


@pytest.mark.parametrize("error", [httpx2.ReadError("reset"), None])
def test_after_a_cut_what_came_is_used_and_the_rest_asked_again(error: Exception | None) -> None:
    def answer(ids: list[str]) -> httpx2.Response:
        replies = answers_to(ids)
        if len(ids) == 3:
            return ok([replies[0], replies[1][:9]], error)
        return ok(replies)

    found, sent = asked(answer)
    assert found == list(IDS)
    assert sent[0] == "abc"
    assert sorted("".join(sent[1:])) == ["b", "c"]


def test_a_time_out_is_that_of_the_first_without_an_answer() -> None:
    def answer(ids: list[str]) -> httpx2.Response:
        replies = answers_to(ids)
        if len(ids) == 3:
            return ok(replies[:1], httpx2.ReadTimeout("slow"))
        return ok(replies)

    found, sent = asked(answer)
    assert (found[0], found[2]) == (IDS[0], IDS[2])
    assert isinstance(found[1], IndexUnavailableError) and "within 30 s" in str(found[1])
    assert sent == ["abc", "c"]


def test_what_an_earlier_question_held_up_is_asked_alone_and_has_its_patience_left() -> None:
    def answer(ids: list[str]) -> httpx2.Response:
        if ids == [IDS[2]]:
            return ok(answers_to(ids))
        time.sleep(0.4)
        return ok([], httpx2.ReadTimeout("slow"))

    found, sent = asked(answer, patience=0.3)
    assert found[2] == IDS[2]
    assert all("did not answer within 30 s" in str(error) for error in found[:2])
    assert sent[0] == "abc" and sorted(sent[1:]) == ["b", "c"]


def test_an_unreachable_service_is_the_reason_for_all_questions() -> None:
    def answer(_: list[str]) -> httpx2.Response:
        raise httpx2.ConnectTimeout("no route")

    found, _ = asked(answer, patience=0)
    assert all("cannot be reached (no route)" in str(error) for error in found)


def test_a_request_that_is_refused_as_a_whole_is_sent_again() -> None:
    refused: list[int] = []

    def answer(ids: list[str]) -> httpx2.Response:
        if not refused:
            refused.append(len(ids))
            return problem(503, "busy", **{"Retry-After": "0"})
        return ok(answers_to(ids))

    found, _ = asked(answer)
    assert found == list(IDS) and refused == [3]


def test_an_answer_that_is_none_is_an_error() -> None:
    def other(ids: list[str]) -> httpx2.Response:
        reply = encode(Reply(0, "a", OccurrencesAnswer(((),))))
        return ok([reply, *answers_to(ids)[1:]])

    found, _ = asked(other)
    assert isinstance(found[0], IndexFormatError) and found[1:] == list(IDS[1:])
    found, _ = asked(lambda _: ok([b"<html>"]))
    assert {type(error) for error in found} == {IndexFormatError}
