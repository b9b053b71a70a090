"""`whence mcp` and `whence lsp` answer every request, also one that they cannot read."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from audit.lsp.input import MAX_MESSAGE
from audit.mcp.stdio import MAX_LINE
from benchmarks.served import ROOT

SECONDS = 60  # for an answer; the machine may be busy
HELLO = {
    "mcp": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
    "lsp": {"processId": None, "rootUri": None, "capabilities": {}},
}


def request(number: object, method: str, params: object) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(message).encode()


def mcp_call(number: object, code: str = "MARK") -> bytes:
    params = {"name": "attribute_code", "arguments": {"code": code}}
    return request(number, "tools/call", params)


def lsp_call(number: object, uri: str = "MARK") -> bytes:
    position = {"line": 0, "character": 0}
    return request(
        number, "textDocument/hover", {"textDocument": {"uri": uri}, "position": position}
    )


CALLS: dict[str, Callable[..., bytes]] = {"mcp": mcp_call, "lsp": lsp_call}


def replies_of(command: str, stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """The messages that a server writes: lines, or bodies after a header."""
    if command == "mcp":
        yield from map(json.loads, stream)
        return
    while header := stream.readline():
        if header.lower().startswith(b"content-length:"):
            size = int(header.split(b":")[1])
        elif not header.strip():
            yield json.loads(stream.read(size))


class Server:
    """A real process, and what it wrote."""

    def __init__(self, command: str) -> None:
        self.command = command
        self._process = subprocess.Popen(
            [sys.executable, "-m", "attribution.cli", command, "--index", "/nonexistent/index"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        self._replies: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.send(request(1, "initialize", HELLO[command]))
        self.reply_to(1)
        ready = "notifications/initialized" if command == "mcp" else "initialized"
        self.send(json.dumps({"jsonrpc": "2.0", "method": ready, "params": {}}).encode())

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for reply in replies_of(self.command, stream):
                self._replies.put(reply)

    def send(self, message: bytes) -> None:
        header = b"" if self.command == "mcp" else b"Content-Length: %d\r\n\r\n" % len(message)
        self.write(header + message + b"\n" * (self.command == "mcp"))

    def write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def most_memory(self) -> int:
        """Bytes of memory that the process has had at most."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) << 10

    def reply_to(self, number: object) -> dict[str, Any]:
        """The next reply, which must be to this request; messages to the user are skipped."""
        while True:
            reply = self._replies.get(timeout=SECONDS)
            if "method" not in reply:
                assert reply["id"] == number, reply
                return reply

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join(SECONDS)
        assert self._process.wait(SECONDS) == 0


@pytest.fixture(scope="module", params=["mcp", "lsp"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    opened = Server(request.param)
    yield opened
    opened.close()


def marked(text: bytes) -> Callable[[Callable[..., bytes]], bytes]:
    """The usual request, with bytes in one of its strings."""
    return lambda call: call(7).replace(b"MARK", text)


def valued(value: bytes) -> Callable[[Callable[..., bytes]], bytes]:
    """The usual request, with something other than a string."""
    return lambda call: call(7).replace(b'"MARK"', value)


def always(message: bytes) -> Callable[[Callable[..., bytes]], bytes]:
    return lambda _: message


# Each with the id of the reply; None where the id cannot be read.
INVALID: dict[str, tuple[Callable[[Callable[..., bytes]], bytes], object, object]] = {
    "lone surrogate": (marked(rb"\ud83d"), 7, 7),
    "surrogates in the wrong order": (marked(rb"\ude00\ud83d"), 7, 7),
    "invalid UTF-8": (marked(b"\xff\xc0\x80"), 7, None),
    "NUL": (marked(b"\x00"), 7, None),
    "escaped NUL": (marked(rb"\u0000"), 7, 7),
    "long": (marked(b"x" * 8_000_000), 7, 7),
    "NaN": (valued(b"NaN"), 7, 7),
    "infinity": (valued(b"-1e999"), 7, 7),
    "long number": (valued(b"9" * 6000), None, None),
    "nesting": (valued(b"[" * 600 + b"]" * 600), 7, 7),
    "deep nesting": (valued(b"[" * 100_000 + b"]" * 100_000), None, None),
    "parameters of another type": (
        lambda call: call(7).replace(b'params": {', b'params": [{')[:-1] + b"]}",
        7,
        7,
    ),
    "unknown method": (always(request(7, "no/such/method", {})), 7, 7),
    "unknown method, lone surrogate": (always(request(7, "\ud83d", {})), 7, 7),
    "surrogate as id": (always(request("\ud83d", "no/such/method", {})), None, "\ud83d"),
    "id of null": (always(request(None, "no/such/method", {})), None, None),
    "fraction as id": (always(request(1.5, "no/such/method", {})), None, None),
    "list as id": (always(request([], "no/such/method", {})), None, None),
    "no version": (lambda call: call(7).replace(b'"jsonrpc": "2.0", ', b""), 7, None),
    "no JSON": (always(b"no JSON"), None, None),
    "cut off": (lambda call: call(7)[:-9], None, None),
    "array": (always(b"[]"), None, None),
    "batch": (lambda call: b"[" + call(7) + b"]", None, None),
    "text": (always(b'"text"'), None, None),
    "null": (always(b"null"), None, None),
}


@pytest.mark.parametrize("kind", list(INVALID))
def test_what_cannot_be_read_gets_a_reply_and_the_server_goes_on(server: Server, kind: str) -> None:
    make, *numbers = INVALID[kind]
    call = CALLS[server.command]
    server.send(make(call))
    reply = server.reply_to(numbers[server.command == "lsp"])
    assert ("error" in reply) != ("result" in reply)
    server.send(call(8))
    server.reply_to(8)


@pytest.mark.parametrize("server", ["mcp"], indirect=True)
def test_a_line_of_mcp_that_is_too_long_is_dropped(server: Server) -> None:
    before = server.most_memory()
    server.send(mcp_call(7, "x" * (8 * MAX_LINE)))
    error = server.reply_to(None)["error"]
    assert (error["code"], error["message"]) == (
        -32600,
        f"the message is longer than the limit of {MAX_LINE} characters; nothing was checked",
    )
    assert server.most_memory() - before < 4 * MAX_LINE
    server.send(mcp_call(9))
    server.reply_to(9)


@pytest.mark.parametrize("server", ["lsp"], indirect=True)
def test_a_message_of_lsp_that_is_too_long_is_dropped(server: Server) -> None:
    size = MAX_MESSAGE + 1
    before = server.most_memory()
    server.send(b" " * size)
    error = server.reply_to(None)["error"]
    assert (error["code"], error["message"]) == (
        -32600,
        f"the message has {size} bytes, the limit is {MAX_MESSAGE}",
    )
    assert server.most_memory() - before < MAX_MESSAGE // 2
    server.send(lsp_call(9))
    server.reply_to(9)


def test_a_stated_length_of_a_terabyte_takes_no_memory() -> None:
    server = Server("lsp")
    server.write(b"x" * 100_000 + b"\r\nContent-Length: 1000000000000\r\n\r\n{}")
    server.close()
