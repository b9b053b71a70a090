"""The address of a service, its settings, and what becomes of errors and retries."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import msgspec
import numpy as np
import pytest

from attribution.errors import (
    IndexDamagedError,
    IndexFormatError,
    IndexNotFoundError,
    IndexUnavailableError,
    IndexVersionError,
    InputError,
    ParamsMismatchError,
    StorageError,
    WhenceError,
)
from attribution.index import administer, create_index, open_index
from attribution.index.service import connection as connections
from attribution.index.service.address import ServiceAccess, is_service, parse
from attribution.index.service.connection import Connection
from attribution.index.service.index import ServiceIndex
from attribution.index.service.wire import (
    PROTOCOL,
    STATE,
    Greeting,
    Hit,
    OccurrencesAnswer,
    Reply,
    SketchMessage,
    StoredDocument,
    decode,
    decode_each,
    encode,
)
from attribution.sketching.sketch import SketchParams
from attribution.types import IndexSummary, Occurrence

KEY = "whk_secret-of-the-test"
SUMMARY = IndexSummary("corpus", "2026-01-01", 3, 3, 1, 0, "v1")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_BACKOFF", 0.001)


def greeting(**changes: object) -> dict[str, object]:
    shape = {
        "service": "whence", "protocol": PROTOCOL, "release": "9.9",
        "params": SketchParams().as_dict(),
        "summary": {name: getattr(SUMMARY, name) for name in SUMMARY.__slots__},
    }  # fmt: skip
    return {**shape, **changes}


def problem(status: int, kind: str, detail: str = "why", **headers: str) -> httpx2.Response:
    body = {"type": f"/problems/{kind}", "status": status, "detail": detail}
    headers["Content-Type"] = "application/problem+json"
    return httpx2.Response(status, content=json.dumps(body), headers=headers)


def ok(**changes: object) -> httpx2.Response:
    return httpx2.Response(200, json=greeting(**changes), headers={STATE: "a"})


def connection(
    *answers: httpx2.Response | Exception, key: str | None = KEY, patience: float = 10
) -> tuple[Connection, list[httpx2.Request]]:
    """A connection whose requests get these answers, the last one for ever."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        one = answers[min(len(seen), len(answers)) - 1]
        if isinstance(one, Exception):
            raise one
        return one

    access = ServiceAccess(key=key, patience=patience)
    return Connection("https://whence.example", access, httpx2.MockTransport(answer)), seen


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://whence.example", True),
        ("https://whence.example/", True),
        ("HTTP://127.0.0.1:8000", True),
        ("http://[::1]:8000/", True),
        ("https://whence.example/whence", True),
        ("https://whence.example/code/whence/", True),
        ("https://whence.example:8443/whence/", True),
        ("https://[::1]:8000/whence/", True),
        ("https://[::1]/whence", True),
        ("https://search.example:9200/corpus", False),
        ("https://[::1]:9200/corpus", False),
        ("https://a,b/corpus/", False),
        ("https://a:9200,b:9200/corpus", False),
        ("https://a:9200,b:9200", False),
        ("folder/of/index", False),
        ("https:", False),
        ("", False),
    ],
)
def test_the_address_of_a_service_is_no_elasticsearch_index(location: str, expected: bool) -> None:
    assert is_service(location) is expected


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://whence.example", "unencrypted.*WHENCE_SERVICE_ALLOW_HTTP=1"),
        ("https://whk_secret@whence.example", "set WHENCE_KEY"),
        ("https://whence.example?key=1", "not the address of a service"),
        ("https://whence.example:port", "not the address of a service"),
        ("https://", "not the address of a service"),
        ("https://[::1", "not the address of a service"),
    ],
)
def test_an_invalid_address_is_refused(location: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse(location)
    assert "whk_secret" not in str(caught.value)


def test_plain_http_is_for_loopback_or_by_permission() -> None:
    assert parse("http://127.0.0.1:8000").port == 8000
    assert parse("http://localhost").hostname == "localhost"
    assert parse("http://whence.example", allow_http=True).hostname == "whence.example"


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    environment = {
        "WHENCE_KEY_FILE": str(tmp_path / "key"),
        "WHENCE_SERVICE_TIMEOUT": "7",
        "WHENCE_SERVICE_PATIENCE": "0",
        "WHENCE_SERVICE_ALLOW_HTTP": "1",
    }
    access = ServiceAccess.from_environment(environment=environment)
    assert access == ServiceAccess(KEY, None, 7.0, 0.0, True)
    assert KEY not in repr(access)
    with pytest.raises(InputError, match="not an API key") as caught:
        ServiceAccess.from_environment(environment={"WHENCE_KEY": "two words"})
    assert "two words" not in str(caught.value)
    with pytest.raises(InputError, match="WHENCE_SERVICE_TIMEOUT is 'soon'"):
        ServiceAccess.from_environment(environment={"WHENCE_SERVICE_TIMEOUT": "soon"})


def test_the_key_is_sent_as_a_header_only() -> None:
    link, seen = connection(ok())
    assert link.greeting()[0].summary == SUMMARY
    assert seen[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in str(seen[0].url)


@pytest.mark.parametrize(
    "busy",
    [
        problem(429, "rate-limited", **{"Retry-After": "0"}),
        problem(503, "busy", **{"Retry-After": "0"}),
        problem(503, "index-unavailable"),
        httpx2.Response(502, html="<h1>Bad Gateway</h1>"),
        httpx2.ConnectError("refused"),
        httpx2.RemoteProtocolError("Server disconnected"),
        httpx2.ReadError("reset"),
    ],
)
def test_a_busy_or_restarting_service_is_asked_again(busy: httpx2.Response | Exception) -> None:
    link, seen = connection(busy, busy, ok())
    link.greeting()
    assert len(seen) == 3


def test_retry_after_is_honoured() -> None:
    link, _ = connection(problem(429, "rate-limited", **{"Retry-After": "1"}), ok())
    began = time.monotonic()
    link.greeting()
    assert time.monotonic() - began >= 1


def test_patience_ends() -> None:
    link, seen = connection(problem(503, "busy", "96 wait", **{"Retry-After": "1"}), patience=0.5)
    with pytest.raises(IndexUnavailableError, match="96 wait"):
        link.greeting()
    assert len(seen) == 1  # a second request would come too late


def test_a_time_out_is_not_repeated() -> None:
    link, seen = connection(httpx2.ReadTimeout("slow"))
    with pytest.raises(IndexUnavailableError, match=r"within 30 s.*WHENCE_SERVICE_TIMEOUT"):
        link.greeting()
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (problem(401, "key-needed"), StorageError, "refuses the key; set WHENCE_KEY"),
        (problem(503, "index-missing"), IndexNotFoundError, "why"),
        (problem(503, "index-damaged"), IndexDamagedError, "why"),
        (problem(404, "not-found"), IndexVersionError, "too old"),
        (problem(400, "input"), InputError, "why"),
        (ok(protocol=1), IndexVersionError, "Whence 9.9 .*same release"),
        (ok(service="other"), IndexFormatError, "no Whence service"),
        (
            httpx2.Response(200, html="<html>", headers={"Server": "nginx"}),
            IndexFormatError,
            "nginx answered HTTP 200 with text/html",
        ),
        (
            httpx2.Response(404, json={}, headers={"X-Elastic-Product": "Elasticsearch"}),
            IndexFormatError,
            "Elasticsearch answered; an index has a port",
        ),
        (
            httpx2.Response(302, headers={"Location": "https://login.example/?token=x"}),
            IndexFormatError,
            "refers to https://login.example/$",
        ),
    ],
)
def test_a_refusal_says_what_answered(
    answer: httpx2.Response, error: type[WhenceError], message: str
) -> None:
    link, seen = connection(answer)
    with pytest.raises(error, match=message) as caught:
        link.greeting()
    assert KEY not in str(caught.value)
    assert len(seen) == 1


def test_a_key_is_asked_for() -> None:
    link, _ = connection(problem(401, "key-needed"), key=None)
    with pytest.raises(StorageError, match="needs a key; set WHENCE_KEY or WHENCE_KEY_FILE"):
        link.greeting()


def test_another_lexer_is_refused() -> None:
    link, _ = connection(ok(params={**SketchParams().as_dict(), "lexer_version": 1}))
    with pytest.raises(ParamsMismatchError, match=r"version 1 of the lexer.*\(9.9\)"):
        ServiceIndex(link)


def test_a_change_of_the_index_is_noticed() -> None:
    empty = encode([])

    def names(state: str) -> httpx2.Response:
        return httpx2.Response(200, stream=httpx2.ByteStream(empty), headers={STATE: state})

    link, _ = connection(ok(), names("a"), names("b"), names("a"), ok())
    index = ServiceIndex(link)
    index.similar_names("x")
    assert index.summary() == SUMMARY
    index.similar_names("x")
    assert index.summary().version == "v1, which changed meanwhile (b)"
    index.similar_names("x")  # another worker of the service, which is still at the old state
    assert index.summary().version.startswith("v1, which changed")
    index.refresh()
    assert index.summary() == SUMMARY


@pytest.mark.parametrize("change", [administer, lambda where: create_index(where, "corpus")])
def test_a_service_is_read_only(change: Callable[[str], object]) -> None:
    with pytest.raises(InputError, match="only be read; do this on the machine of the service"):
        change("https://whence.example")


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_FIRST_PATIENCE", 0.1)
    with pytest.raises(IndexUnavailableError, match="cannot be reached"):
        open_index("http://127.0.0.1:9")


def test_the_greeting_may_get_new_fields() -> None:
    link, _ = connection(ok(later="field"))
    assert isinstance(link.greeting()[0], Greeting)


def test_any_name_of_a_file_can_be_sent() -> None:
    occurrences = (Occurrence("ann/tools", "caf\udce9.py"), Occurrence("ann/tools", "café.py"))
    document = StoredDocument("0" * 40, "python", b"\xff\x00")
    for hit in (Hit(document, occurrences, (1,), 0.1), Hit(document, occurrences[1:], (1,), 0.1)):
        assert decode(encode(hit), Hit, 10_000) == hit
    replies = [Reply(n, "a", OccurrencesAnswer((occurrences[n:],))) for n in range(2)]
    for near in (False, True):
        body = [encode(reply, near=near) for reply in replies]
        assert list(decode_each(body, Reply, 10_000)) == replies


@pytest.mark.parametrize(
    "body", [b"", b"no zstd", encode(["list"]), encode({"id": 1}), encode("{")]
)
def test_another_message_is_invalid(body: bytes) -> None:
    with pytest.raises(InputError, match="message"):
        decode(body, StoredDocument, 10_000)


def test_a_long_message_of_several_is_refused() -> None:
    body = encode("short") + encode("x" * 100_000)
    messages = decode_each([body], str, 10_000)
    assert next(messages) == "short"
    with pytest.raises(InputError, match="more than 10000 bytes"):
        next(messages)


def test_a_long_message_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(InputError, match="has 100005 bytes, the limit is 10000"):
        decode(encode(bytes(100_000)), StoredDocument, 10_000)


@pytest.mark.parametrize(
    "changes",
    [
        {"raw": b"odd"},
        {"raw_positions": b""},
        {"raw_positions": np.full(9, 4000, "<u4").tobytes()},
        {"raw": np.zeros(9, "<u8").tobytes()},
        {"raw": (np.arange(9) + (1 << 60)).astype("<u8").tobytes()},
        {"minhash": bytes(4)},
        {"bands": bytes(8)},
        {"tokens": -1},
    ],
)
def test_a_sketch_is_checked_before_kernels_read_it(changes: dict[str, object]) -> None:
    intact = SketchMessage(
        np.arange(9).astype("<u8").tobytes(), np.arange(9).astype("<u4").tobytes(),
        b"", b"", b"", b"", (), 30,
    )  # fmt: skip
    assert intact.sketch(SketchParams()).raw.tolist() == list(range(9))
    with pytest.raises(InputError):
        msgspec.structs.replace(intact, **changes).sketch(SketchParams())
