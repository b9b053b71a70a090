"""A remote generator with a real server in a thread, which misbehaves in all known ways."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from inference.acceptance import Acceptances
from inference.errors import (
    GenerationTimeoutError,
    LicenseNotAcceptedError,
    ModelError,
    OverloadedError,
    PromptError,
    RemoteError,
    UnsupportedPromptError,
)
from inference.interface import (
    Chat,
    Completion,
    FinishReason,
    Infill,
    Message,
    Parameters,
    Piece,
    Prompt,
)
from inference.opening import open_generator, public_name
from inference.remote import RemoteGenerator, RemoteLimits

QUICK = RemoteLimits(connect=2, first_byte=1.0, silence=1.0, backoff=0.01, longest_pause=0.5)
Step = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers the next request as the test's script says."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *arguments: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.server.heard.append(("GET", dict(self.headers), None))
        self.answer(200, {"object": "list", "data": self.server.models})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.server.script.pop(0)(self)

    def answer(self, status: int, shape: object, **headers: str) -> None:
        data = shape if isinstance(shape, bytes) else json.dumps(shape).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, *parts: bytes, pause: float = 0.0) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for part in parts:
            self.wfile.write(part)
            self.wfile.flush()
            time.sleep(pause)
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script: list[Step], models: list[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.models = models
        self.heard: list[tuple[str, dict[str, str], Any]] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the tests."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def serving(*script: Step, models: list[dict[str, Any]] | None = None) -> Iterator[Server]:
    server = Server(list(script), [{"id": "tiny"}] if models is None else models)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def event(shape: object) -> bytes:
    return f"data: {json.dumps(shape, ensure_ascii=False)}\n\n".encode()


def words(*texts: str, reason: str = "stop", index: int = 0) -> bytes:
    chunks = [{"choices": [{"index": index, "text": text}]} for text in texts]
    end = {"choices": [{"index": index, "text": "", "finish_reason": reason}]}
    return b"".join(map(event, [*chunks, end]))


USAGE = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}})
DONE = b"data: [DONE]\n\n"


def ask(
    server: Server, prompt: Prompt | None = None, parameters: Parameters | None = None
) -> list[Piece]:
    with RemoteGenerator.connect(server.address, limits=QUICK) as model:
        return list(model.generate(prompt or Completion("def f"), parameters or Parameters()))


def text(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_a_completion_with_its_parameters_and_tokens() -> None:
    with serving(lambda h: h.stream(words("a", "b", reason="length") + USAGE + DONE)) as server:
        parameters = Parameters(max_tokens=9, top_k=3, stop=("x",), seed=4, temperature=0.5)
        with RemoteGenerator.connect(server.address, limits=QUICK) as model:
            generation = model.generate(Completion("def f"), parameters)
            pieces = list(generation)
        assert model.card.id == "tiny"
        assert text(pieces) == "ab"
        assert pieces[-1].finish_reason is FinishReason.LENGTH
        assert sum(piece.tokens for piece in pieces) == 5
        assert generation.prompt_tokens == 7
        path, _, body = server.heard[-1]
        assert path == "/v1/completions"
        assert body == {
            "model": "tiny", "prompt": "def f", "max_tokens": 9, "temperature": 0.5, "top_k": 3,
            "seed": 4, "stop": ["x"], "stream": True, "stream_options": {"include_usage": True},
        }  # fmt: skip


def test_a_chat() -> None:
    def stream(handler: Handler) -> None:
        deltas = ({"role": "assistant", "content": None}, {"content": "hi"}, {})
        reasons = (None, None, "stop")
        assert handler.path == "/v1/chat/completions"
        handler.stream(
            *(
                event({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
                for delta, reason in zip(deltas, reasons, strict=True)
            ),
            DONE,
        )

    with serving(stream) as server:
        pieces = ask(server, Chat((Message("user", "hello"),)))
        assert text(pieces) == "hi"
        assert server.heard[-1][2]["messages"] == [{"role": "user", "content": "hello"}]


def test_an_infill_sends_the_suffix_and_a_refusal_is_reported_clearly() -> None:
    refuse: Step = lambda h: h.answer(400, {"message": "suffix is not currently supported"})  # noqa: E731
    with serving(lambda h: h.stream(words("x") + DONE), refuse) as server:
        assert text(ask(server, Infill("a", "b"))) == "x"
        assert server.heard[-1][2]["suffix"] == "b"
        with pytest.raises(UnsupportedPromptError, match="cannot fill gaps"):
            ask(server, Infill("a", "b"))


def test_choices_are_separate() -> None:
    with serving(lambda h: h.stream(words("a", index=1) + words("b") + DONE)) as server:
        pieces = ask(server, parameters=Parameters(n=2))
        assert {p.choice: text([q for q in pieces if q.choice == p.choice]) for p in pieces} == {
            0: "b",
            1: "a",
        }
        ends = [piece.choice for piece in pieces if piece.finish_reason]
        assert sorted(ends) == [0, 1]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_events_cut_anywhere(size: int) -> None:
    stream = (
        ": a comment\r\n\r\n"
        'data: {"choices": [{"text": "é\u20ac"}]}\r\n\r\n'
        'event: x\rid: 3\rdata: {"choices":\rdata: [{"text": "\U0001f600\\n"}]}\r\r'
        'data:{"choices": [{"text": "!"}]}\n\n'
        "data: [DONE]"
    ).encode()
    parts = [stream[i : i + size] for i in range(0, len(stream), size)]
    with serving(lambda h: h.stream(*parts)) as server:
        assert text(ask(server)) == "é\u20ac\U0001f600\n!"


def test_an_endless_line_is_cut_off() -> None:
    endless = [b"data: ", *[b"x" * 100_000] * 100]
    with (
        serving(lambda h: h.stream(*endless)) as server,
        pytest.raises(RemoteError, match="exceeded the"),
    ):
        ask(server)


def test_a_server_that_does_not_stream() -> None:
    whole = {"choices": [{"index": 0, "text": "ab", "finish_reason": "stop"}]}
    with serving(lambda h: h.answer(200, whole)) as server:
        assert text(ask(server)) == "ab"


def test_a_server_without_usage_gets_a_second_request() -> None:
    refuse: Step = lambda h: h.answer(422, {"detail": [{"msg": "stream_options: extra field"}]})  # noqa: E731
    with serving(refuse, lambda h: h.stream(words("a") + DONE)) as server:
        pieces = ask(server)
        assert text(pieces) == "a"
        assert "stream_options" not in server.heard[-1][2]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_it_retries_before_the_first_byte(status: int) -> None:
    def fail(handler: Handler) -> None:
        handler.answer(status, {"error": {"message": "later"}}, Retry_After="0")

    with serving(fail, fail, lambda h: h.stream(words("a") + DONE)) as server:
        assert text(ask(server)) == "a"
        assert len(server.heard) == 4  # the models, and three attempts


def test_retry_after_is_respected_up_to_a_limit() -> None:
    brief: Step = lambda h: h.answer(429, {}, Retry_After="0.3")  # noqa: E731
    long: Step = lambda h: h.answer(429, {"error": "full"}, Retry_After="900")  # noqa: E731
    with serving(brief, lambda h: h.stream(words("a") + DONE), long) as server:
        began = time.monotonic()
        ask(server)
        assert time.monotonic() - began >= 0.3
        with pytest.raises(OverloadedError, match="full") as caught:
            ask(server)
        assert caught.value.retry_after == 900
        assert not server.script


def test_nothing_is_retried_after_the_first_byte() -> None:
    with serving(lambda h: h.stream(event({"choices": [{"text": "a"}]}))) as server:
        with RemoteGenerator.connect(server.address, limits=QUICK) as model:
            generation = model.generate(Completion("x"), Parameters())
            assert next(generation).text == "a"
            with pytest.raises(RemoteError, match="in the middle"):
                next(generation)
        assert len(server.heard) == 2


def test_an_error_in_the_middle() -> None:
    failing = event({"choices": [{"text": "a"}]}) + event({"error": {"message": "CUDA is gone"}})
    with (
        serving(lambda h: h.stream(failing)) as server,
        pytest.raises(RemoteError, match="CUDA is gone"),
    ):
        ask(server)


@pytest.mark.parametrize("data", [b"data: not json\n\n", b"data: [1]\n\n", b"\xff\xfe\n\n"])
def test_nonsense(data: bytes) -> None:
    with serving(lambda h: h.stream(data)) as server, pytest.raises(RemoteError):
        ask(server)


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, PromptError), (404, ModelError), (413, PromptError), (422, PromptError),
     (401, ModelError), (500, RemoteError)],
)  # fmt: skip
def test_refusals_are_translated(status: int, error: type[Exception]) -> None:
    def refuse(handler: Handler) -> None:
        handler.answer(status, {"error": {"message": "the reason", "type": "x"}})

    with (
        serving(refuse) as server,
        pytest.raises(error, match=r"the reason|refuses access") as caught,
    ):
        ask(server)
    assert caught.type is error
    assert len(server.heard) == 2


def test_the_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHENCE_REMOTE_API_KEY", "sk-secret")
    repeat: Step = lambda h: h.answer(400, {"error": "bad key sk-secret"})  # noqa: E731
    with serving(repeat) as server:
        with pytest.raises(PromptError) as caught:
            ask(server)
        assert server.heard[-1][1]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in str(caught.value)
    with pytest.raises(ModelError, match="WHENCE_REMOTE_API_KEY") as refused:
        open_generator("remote:http://me:sk-secret@127.0.0.1/v1#m")
    assert "sk-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("remote:http://10.0.0.7:8000/v1#org/model", "remote:org/model"),
        ("remote:http://10.0.0.7:8000/v1", "remote"),
        ("local:folder", "local:folder"),
        ("demo", "demo"),
    ],
)
def test_the_address_of_the_server_is_not_public(spec: str, name: str) -> None:
    assert public_name(spec) == name


def test_errors_do_not_name_the_address() -> None:
    with pytest.raises(RemoteError) as caught:
        RemoteGenerator.connect("http://127.0.0.1:9/v1", "m", limits=RemoteLimits(attempts=1))
    assert "127.0.0.1" not in str(caught.value)


def test_silence_ends_in_a_time_out() -> None:
    def nothing(handler: Handler) -> None:
        handler.server.script.append(nothing)
        time.sleep(1.5)

    def half(handler: Handler) -> None:
        handler.stream(event({"choices": [{"text": "a"}]}), b"", pause=1.5)

    def comments(handler: Handler) -> None:
        handler.stream(*[b": ping\n\n"] * 15, pause=0.1)

    for step in (nothing, half, comments):
        with serving(step) as server, pytest.raises(GenerationTimeoutError, match="sent no"):
            ask(server)


def test_cancelling_from_another_thread_closes_the_connection() -> None:
    gone = threading.Event()

    def endless(handler: Handler) -> None:
        handler.stream(event({"choices": [{"text": "a"}]}))
        handler.connection.settimeout(5)
        if handler.connection.recv(1) == b"":
            gone.set()

    with serving(endless) as server:
        with RemoteGenerator.connect(server.address, limits=RemoteLimits()) as model:
            generation = model.generate(Completion("x"), Parameters())
            assert next(generation).text == "a"
            threading.Timer(0.2, generation.cancel).start()
            began = time.monotonic()
            last = list(generation)[-1]
            assert time.monotonic() - began < 3
            assert last.finish_reason is FinishReason.CANCELLED
            generation.cancel()
        assert gone.wait(5)


def test_cancelled_while_it_waits_for_a_retry() -> None:
    with serving(lambda h: h.answer(429, {}, Retry_After="30")) as server:
        limits = RemoteLimits(longest_pause=60)
        with RemoteGenerator.connect(server.address, limits=limits) as model:
            generation = model.generate(Completion("x"), Parameters())
            threading.Timer(0.2, generation.cancel).start()
            began = time.monotonic()
            assert [piece.finish_reason for piece in generation] == [FinishReason.CANCELLED]
            assert time.monotonic() - began < 5


def test_no_server_no_model_no_address() -> None:
    with serving() as server:
        address = server.address
    with pytest.raises(RemoteError, match="cannot be reached"):
        RemoteGenerator.connect(address, limits=QUICK)
    with serving(models=[]) as server, pytest.raises(ModelError, match="lists no models"):
        RemoteGenerator.connect(server.address, limits=QUICK)
    for wrong in ("ftp://x/v1", "x", "http://"):
        with pytest.raises(ModelError, match="not an address"):
            RemoteGenerator.connect(wrong)


def test_a_named_model_and_its_context() -> None:
    listed = [{"id": "a"}, {"id": "b", "max_model_len": 4096}]
    with serving(models=listed) as server:
        bare = server.address.removesuffix("/v1")
        with RemoteGenerator.connect(bare, "b", limits=QUICK) as model:
            assert (model.card.id, model.card.context_tokens) == ("b", 4096)


def test_a_restricted_model_needs_acceptance(tmp_path: Path) -> None:
    models = [{"id": "bigcode/starcoder2-3b"}]
    with serving(lambda h: h.stream(words("a") + DONE), models=models) as server:
        record = Acceptances(tmp_path, {})
        with RemoteGenerator.connect(server.address, None, record, limits=QUICK) as model:
            with pytest.raises(LicenseNotAcceptedError, match="bigcode-openrail-m"):
                model.generate(Completion("x"), Parameters())
            model.accept(record.accept(model.card.id, model.card.license, "prompt"))
            assert text(list(model.generate(Completion("x"), Parameters()))) == "a"


def test_an_address_with_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(ModelError, match="WHENCE_REMOTE_API_KEY") as caught:
        open_generator("remote:http://ann:hidden-word@127.0.0.1:9/v1#m")
    assert "hidden-word" not in str(caught.value)
