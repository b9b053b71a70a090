"""A server in its own process that replays texts, and clients that receive them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil

from benchmarks.prefixes import lost, marks_of
from benchmarks.replay import times_file
from benchmarks.stream_texts import Text

__all__ = ["ReceivedStream", "Run", "Server", "run", "served"]


@dataclass(slots=True)
class ReceivedStream:
    """What a client received of one generation."""

    text: list[float] = field(default_factory=list)  # when each token arrived
    reported: dict[str, float] = field(default_factory=dict)  # when a document was first reported
    early: dict[str, bool] = field(default_factory=dict)  # whether it was before the end
    states: int = 0
    flickers: int = 0
    final_seconds: float = 0.0  # from the last token to the final state
    status: str = ""


class Server:
    """The service in its own process."""

    def __init__(self, folder: Path, address: str, process: psutil.Process) -> None:
        self.folder, self.address, self._process = folder, address, process

    def cpu(self) -> float:
        """Seconds of processor time so far, workers included."""
        times = [process.cpu_times() for process in (self._process, *self._process.children())]
        return sum(float(spent.user + spent.system) for spent in times)

    def looked(self) -> float:
        """Processor seconds that attribution of generations has taken so far."""
        for line in httpx2.get(f"{self.address}/metrics").text.splitlines():
            if line.startswith('whence_lookup_seconds_sum{phase="generation"}'):
                return float(line.split()[-1])
        return 0.0


@contextmanager
def served(plan: dict[str, Any]) -> Iterator[Server]:
    """The service that replays the plan's texts."""
    with tempfile.TemporaryDirectory(prefix="whence-bench-") as temporary:
        folder = Path(temporary)
        (folder / "plan.json").write_text(json.dumps(plan))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "benchmarks.replay:application()"]
        command += ["-k", "gthread", "--threads", "32", "-b", f"127.0.0.1:{port}"]
        command += ["--no-control-socket", "--log-level", "warning"]
        environment = {**os.environ, "WHENCE_REPLAY": str(folder / "plan.json")}
        with subprocess.Popen(command, env=environment) as process:
            try:
                address = f"http://127.0.0.1:{port}"
                wait_for(address)
                yield Server(folder, address, psutil.Process(process.pid))
            finally:
                process.terminate()


def wait_for(address: str) -> None:
    """Wait until the service has opened its index and compiled its kernels."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            if httpx2.get(f"{address}/readyz").status_code == 200:
                # the first look-up of a process imports and compiles
                httpx2.post(f"{address}/overlap", json={"document": "x = y(z)\n" * 20}, timeout=60)
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("the service did not start; see its messages above")


def receive(
    server: Server, number: int, seed: int, attribution: str, language: str
) -> ReceivedStream:
    """Request a text and record its stream."""
    received = ReceivedStream()
    shown: dict[str, set[int]] = {}
    body = {
        "model": "replay",
        "prompt": str(number),
        "seed": seed,
        "stream": True,
        "attribution": attribution,
        "language": language,
    }
    with httpx2.stream(
        "POST", f"{server.address}/v1/completions", json=body, timeout=60
    ) as response:
        for line in response.iter_lines():
            now = time.monotonic()
            if not line.startswith("data: {"):
                continue
            chunk = json.loads(line[6:])
            if chunk.get("choices"):
                if chunk["choices"][0]["text"]:
                    received.text.append(now)
            elif "attribution" in chunk:
                final = chunk["attribution_of"]["final"]
                marks = marks_of(chunk["attribution"]["sources"])
                received.states += 1
                received.flickers += lost(shown, marks)
                shown = marks
                for document in marks:
                    received.reported.setdefault(document, now)
                    received.early.setdefault(document, not final)
                if final:
                    received.final_seconds = now - received.text[-1]
                    received.status = chunk["attribution"]["status"]
    return received


@dataclass(frozen=True, slots=True)
class Run:
    """All texts, streamed once."""

    received: list[ReceivedStream]
    times: list[list[float]]  # when the model emitted each token
    looked: float  # processor seconds that attribution took
    cpu: float  # processor seconds that the server took
    generation: float  # seconds of generation, all streams together

    @property
    def late(self) -> list[float]:
        """Seconds from the emission of each token to its arrival."""
        return [
            arrived - emitted
            for received, times in zip(self.received, self.times, strict=True)
            for arrived, emitted in zip(received.text, times, strict=True)
        ]


def run(server: Server, texts: Sequence[Text], attribution: str, seed: int, at_once: int) -> Run:
    """Stream every text, `at_once` of them concurrently."""
    received: list[ReceivedStream | None] = [None] * len(texts)
    numbers = iter(range(len(texts)))

    def listen() -> None:
        for number in numbers:
            received[number] = receive(server, number, seed, attribution, texts[number].language)

    looked, cpu = server.looked(), server.cpu()
    listeners = [threading.Thread(target=listen) for _ in range(at_once)]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join()
    files = [times_file(server.folder, number, seed) for number in range(len(texts))]
    times = [json.loads(file.read_text()) for file in files]
    return Run(
        [stream for stream in received if stream is not None],
        times,
        server.looked() - looked,
        server.cpu() - cpu,
        sum(moments[-1] - moments[0] for moments in times),
    )
