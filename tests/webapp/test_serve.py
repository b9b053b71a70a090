"""`whence serve` as a process that starts, answers, refuses and stops."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.load import wait_for_model
from benchmarks.served import ROOT, Served, command, serving
from tests.support.webapp_client import PARSER, make_index
from webapp.guards.keys import KeyFile
from webapp.serving import gunicorn_conf


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_index(tmp_path_factory.mktemp("corpus") / "index")


@pytest.fixture(scope="module")
def served(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("serve"), "--index", str(index)) as service:
        yield service


def ask(
    service: Served, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request(method, path, data, headers)
    response = connection.getresponse()
    read = response.read()
    connection.close()
    kind = response.headers.get_content_subtype()
    return response.status, json.loads(read) if kind.endswith("json") else read.decode()


def refused(*arguments: str, **environment: str) -> str:
    """The error of `whence serve` when it does not start."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("WHENCE")}
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=30,
        env={**clean, **environment},
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


# --- it runs ---


def test_it_answers(served: Served) -> None:
    assert ask(served, "GET", "/healthz") == (200, {"status": "ok"})
    status, ready = ask(served, "GET", "/readyz")
    assert (status, ready["index"]["status"]) == (200, "ok")
    status, answer = ask(served, "POST", "/api/v1/attributions", {"code": PARSER})
    assert (status, answer["label"]) == (200, "verbatim")
    assert answer["sources"][0]["occurrences"][0]["repository"] == "quay/harbour"
    status, page = ask(served, "GET", "/check")
    assert status == 200 and "Whence" in page


def test_its_log_is_json(served: Served) -> None:
    ask(served, "GET", "/nothing", **{"X-Request-Id": "find-me"})
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert any(line.get("request_id") == "find-me" for line in lines)


def test_a_foreign_host_is_refused(served: Served) -> None:
    assert ask(served, "GET", "/healthz", Host="evil.example")[0] == 421


def chunked(service: Served, pieces: Iterator[bytes]) -> tuple[int, bytes]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as wire:
        wire.sendall(
            b"POST /api/v1/attributions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        try:
            for piece in pieces:
                wire.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            wire.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # refused before all was sent
        answer = b""
        try:
            while part := wire.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    return int(answer.split()[1]), answer


def test_a_chunked_body_is_read_up_to_the_limit(served: Served) -> None:
    body = json.dumps({"code": PARSER}).encode()
    assert chunked(served, iter([body[:50], body[50:]]))[0] == 200
    status, answer = chunked(served, (b'{"code": "' if i == 0 else b"x" * 65536 for i in range(17)))
    assert status == 413, answer
    assert b"/problems/too-large" in answer


def test_a_damaged_body_is_a_client_error(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as wire:
        wire.sendall(
            b"POST /api/v1/attributions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
        )
        wire.shutdown(socket.SHUT_WR)
        answer = wire.recv(65536)
    assert answer.split()[1] == b"400"


def sent(service: Served, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        answer = b""
        while part := wire.recv(65536):
            answer += part
    return answer


def test_a_chunk_without_size_is_a_client_error(served: Served) -> None:
    answer = sent(
        served,
        b"POST /api/v1/attributions HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    )
    assert answer.split()[1] == b"400"


def test_a_malformed_request_is_not_logged(served: Served) -> None:
    head = b"POST /healthz HTTP/1.1\r\nHost: localhost\r\n"
    for data in (
        head + b"Authorization Bearer whk_hidden\r\n\r\n",
        head + b"Content-Length: 0\r\n\r\nhidden = code()\r\n\r\n",
        head + b"X: a\r\n hidden\r\n\r\n",
    ):
        assert b"400 Bad Request" in sent(served, data)
    log = served.log.read_text()
    assert "Invalid request: InvalidHeader" in log
    assert "hidden" not in log


def test_health_answers_while_many_connections_idle(served: Served) -> None:
    idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(40)]
    for wire in idle[::2]:
        wire.sendall(b"POST /api/v1/attributions HTTP/1.1\r\nHost: local")
    began = time.monotonic()
    assert ask(served, "GET", "/healthz")[0] == 200
    assert time.monotonic() - began < 5
    for wire in idle:
        wire.close()


# --- it stops ---


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_soon_with_an_idle_browser_attached(
    index: Path, tmp_path: Path, how: signal.Signals
) -> None:
    with serving(tmp_path, "--index", str(index)) as service:
        browser = http.client.HTTPConnection("127.0.0.1", service.port)
        browser.request("GET", "/")
        browser.getresponse().read()
        assert service.stop(how) < 3
        assert service.process.returncode == 0
        browser.close()
        assert "SIGKILL" not in service.log.read_text()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", service.port))


class Endless(BaseHTTPRequestHandler):
    """A server with OpenAI's API whose model never stops."""

    def do_GET(self) -> None:
        body = json.dumps({"object": "list", "data": [{"id": "endless"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        chunk = {"choices": [{"index": 0, "text": "anchor = 1\n", "finish_reason": None}]}
        try:
            while True:
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                time.sleep(0.05)
        except OSError:
            pass  # the reader has gone

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  (its name there)
        """Silent."""


@pytest.fixture
def endless() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"remote:http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_soon_with_a_stream_open(
    index: Path, tmp_path: Path, endless: str, how: signal.Signals
) -> None:
    with serving(tmp_path, "--index", str(index), "--model", endless) as service:
        wait_for_model(service, 30)
        streams = []
        for _ in range(3):
            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
            body = {"prompt": "def", "stream": True, "max_tokens": 100_000}
            head = {"Content-Type": "application/json"}
            connection.request("POST", "/v1/completions", json.dumps(body), head)
            response = connection.getresponse()
            assert response.status == 200
            assert b"anchor" in response.read(400)
            streams.append((connection, response))
        assert service.stop(how) < 3
        assert service.process.returncode == 0
        assert "SIGKILL" not in service.log.read_text()
        for connection, response in streams:
            with contextlib.suppress(http.client.IncompleteRead, ConnectionResetError):
                response.read()
            connection.close()


def test_its_port_can_be_used_again_at_once(index: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--index", str(index)) as service:
        ask(service, "GET", "/healthz")
        service.stop()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", service.port))


# --- it refuses ---


def test_a_worker_that_cannot_start_ends_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """os._exit(0) would hide gunicorn's exit code for it, and it would be started for ever."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    gunicorn_conf._exit(None, SimpleNamespace(booted=False))
    assert ended == []
    gunicorn_conf._exit(None, SimpleNamespace(booted=True))
    assert ended == [0]


def test_a_port_in_use_is_reported_with_the_remedy(index: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused("--index", str(index), "--port", port)
    assert said.startswith(f"whence: port {port} of 127.0.0.1 is in use")
    assert "--port" in said


def test_a_wrong_index_is_reported_at_start(tmp_path: Path) -> None:
    said = refused("--index", str(tmp_path / "nowhere"), "--port", "0")
    assert said.startswith("whence: there is no index at ")
    assert "whence index" in said and "--allow-missing-index" in said


def test_it_starts_without_an_index_on_request(tmp_path: Path) -> None:
    location = str(tmp_path / "nowhere")
    with serving(tmp_path, "--index", location, "--allow-missing-index") as service:
        status, answer = ask(service, "POST", "/api/v1/attributions", {"code": PARSER})
        assert (status, answer["type"]) == (503, "/problems/index-missing")
        assert ask(service, "GET", "/readyz")[0] == 503
        assert ask(service, "GET", "/healthz")[0] == 200


def test_a_public_address_needs_keys(index: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    public = ("--index", str(index), "--host", "0.0.0.0", "--port", "0")
    said = refused(*public, WHENCE_KEYS=str(keys))
    assert said.startswith("whence: other machines can reach 0.0.0.0")
    assert "whence keys add" in said and "--no-auth" in said
    assert "exclude each other" in refused(*public, "--no-auth", "--keys", str(keys))
    key = KeyFile(keys).add("ci")
    with serving(tmp_path, *public[:4], "--keys", str(keys)) as service:
        assert ask(service, "GET", "/api/v1/index")[0] == 401
        status, _ = ask(service, "GET", "/api/v1/index", Authorization=f"Bearer {key}")
        assert status == 200


def test_invalid_options_are_refused_before_it_listens(index: Path) -> None:
    at = ("--index", str(index), "--port", "0")
    assert "600/minute" in refused(*at, "--rate-limit", "often")
    assert "--workers 1" in refused(*at, "--workers", "2", "--model", "demo")
    assert "not an address of this machine" in refused(*at, "--host", "no such host", "--no-auth")


# --- several processes ---


def test_workers_count_together(index: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--index", str(index), "--workers", "2") as service:
        for _ in range(30):
            assert ask(service, "GET", "/healthz")[0] == 200
        limit = time.monotonic() + 20
        while True:
            _, text = ask(service, "GET", "/metrics")
            line = 'whence_requests_total{method="GET",route="/healthz",status="200"} 30.0'
            if line in text:
                break
            assert time.monotonic() < limit, text
            time.sleep(0.2)
        service.stop()


def test_the_printed_address_can_be_opened(served: Served) -> None:
    with urllib.request.urlopen(served.address + "/") as page:
        assert page.status == 200


def test_connections_that_send_nothing_delay_no_one(served: Served) -> None:
    silent = []
    try:
        for _ in range(500):
            silent.append(socket.create_connection(("127.0.0.1", served.port)))
        started = time.monotonic()
        assert ask(served, "POST", "/api/v1/attributions", {"code": PARSER})[0] == 200
        assert time.monotonic() - started < 2  # measured: 0.1 s; five seconds and more before
    finally:
        for connection in silent:
            connection.close()


def test_a_password_in_a_models_address_is_refused_and_not_shown(index: Path) -> None:
    spec = "remote:http://me:sk-secret@127.0.0.1:9/v1"
    error = refused("--index", str(index), "--model", spec)
    assert "WHENCE_REMOTE_API_KEY" in error
    assert "sk-secret" not in error
