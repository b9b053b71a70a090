"""Start time and memory of the service, compared with a bare Flask app.

    python -m benchmarks.service_start --index LOCATION

Both run under gunicorn with one gthread worker. "First answer" is the time from the start of the
process to the first answer to GET /healthz. Memory is the proportional set size of master and
worker, measured then, and again after the index was opened (in the background) and a look-up was
answered.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.served import ROOT, memory_of, serving

_BARE = """
from flask import Flask
app = Flask(__name__)
@app.get("/healthz")
def healthz():
    return {"status": "ok"}
"""
_CODE = "def add(first, second):\\n    return first + second\\n" * 4


@dataclass(frozen=True, slots=True)
class Start:
    """One start."""

    answer_seconds: float  # seconds to the first answer
    memory: int  # bytes at the first answer
    opened_seconds: float | None = None  # seconds to the answer to the first look-up
    opened_memory: int | None = None  # bytes after that look-up


def measure(index: str, rounds: int) -> tuple[list[Start], list[Start]]:
    """Alternate starts of Whence and of the bare app."""
    ours, bare = [], []
    for _ in range(rounds):
        ours.append(_whence(index))
        bare.append(_flask())
    return ours, bare


def _whence(index: str) -> Start:
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), "--index", index) as service,
    ):
        _answer(service.port, started)
        seconds, memory = time.monotonic() - started, service.memory()
        body = json.dumps({"code": _CODE})
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        connection.request(
            "POST", "/api/v1/attributions", body, {"Content-Type": "application/json"}
        )
        assert connection.getresponse().read()
        connection.close()
        return Start(seconds, memory, time.monotonic() - started, service.memory())


def _flask() -> Start:
    with tempfile.TemporaryDirectory() as folder, _port() as port:
        (Path(folder) / "bare.py").write_text(_BARE)
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--chdir", folder, "--bind", f"127.0.0.1:{port}",
             "--worker-class", "gthread", "--threads", "64", "--no-control-socket", "bare:app"],
            cwd=ROOT, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _answer(port, started)
            return Start(time.monotonic() - started, memory_of(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


@contextlib.contextmanager
def _port() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    yield port


def _answer(port: int, started: float) -> None:
    while time.monotonic() - started < 60:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            connection.close()
            return
        time.sleep(0.005)
    raise SystemExit(f"no answer on port {port}")


@click.command()
@click.option("--index", required=True, help="Folder of an index.")
@click.option("--rounds", default=5, show_default=True)
def main(index: str, rounds: int) -> None:
    """Print the start of the service next to that of a bare Flask app."""
    ours, bare = measure(index, rounds)

    def row(what: str, starts: list[Start]) -> str:
        seconds = statistics.median(one.answer_seconds for one in starts)
        memory = statistics.median(one.memory for one in starts)
        return f"{what:24} {seconds:6.2f} s {memory / 1e6:7.0f} MB"

    print(f"median of {rounds} starts, to the first answer")
    print(row("bare Flask, gunicorn", bare))
    print(row("whence serve", ours) + "   (bar: 1 s, 250 MB)")
    opened = statistics.median(one.opened_seconds or 0 for one in ours)
    held = statistics.median(one.opened_memory or 0 for one in ours)
    print(f"{'  its first look-up':24} {opened:6.2f} s {held / 1e6:7.0f} MB")


if __name__ == "__main__":
    main()
