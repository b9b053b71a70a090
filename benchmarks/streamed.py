"""A server process that replays texts, and its clients."""

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
import psutil  # type: ignore[import-untyped]

from benchmarks.prefixes import lost, marks_of
from benchmarks.replay import times_file
from benchmarks.stream_texts import Text

__all__ = ["Heard", "Run", "Server", "run", "served"]


@dataclass(slots=True)
class Heard:
    """The events that a client received of one generation."""

    text: list[float] = field(default_factory=list)  # when each token arrived
    reported: dict[str, float] = field(default_factory=dict)  # when a document was first reported
    early: dict[str, bool] = field(default_factory=dict)  # whether that was before the end
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
        times = [one.cpu_times() for one in (self._process, *self._process.children())]
        return sum(float(one.user + one.system) for one in times)

    def looked(self) -> float:
        """Seconds of a processor that attribution of generations took so far."""
        for line in httpx2.get(f"{self.address}/metrics").text.splitlines():
            if line.startswith('whence_lookup_seconds_sum{phase="generation"}'):
                return float(line.split()[-1])
        return 0.0


@contextmanager
def served(plan: dict[str, Any]) -> Iterator[Server]:
    """The service that replays the plan's texts."""
    with tempfile.TemporaryDirectory(prefix="whence-bench-") as place:
        folder = Path(place)
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
    raise SystemExit("the service did not start: see its messages above")


def hear(server: Server, number: int, seed: int, attribution: str, language: str) -> Heard:
    """Request a text and record its events."""
    heard = Heard()
    shown: dict[str, set[int]] = {}
    body = {
        "model": "replay",
        "prompt": str(number),
        "seed": seed,
        "stream": True,
        "attribution": attribution,
        "language": language,
    }
    with httpx2.stream("POST", f"{server.address}/v1/completions", json=body, timeout=60) as got:
        for line in got.iter_lines():
            now = time.monotonic()
            if not line.startswith("data: {"):
                continue
            chunk = json.loads(line[6:])
            if chunk.get("choices"):
                if chunk["choices"][0]["text"]:
                    heard.text.append(now)
            elif "attribution" in chunk:
                final = chunk["attribution_of"]["final"]
                marks = marks_of(chunk["attribution"]["sources"])
                heard.states += 1
                heard.flickers += lost(shown, marks)
                shown = marks
                for document in marks:
                    heard.reported.setdefault(document, now)
                    heard.early.setdefault(document, not final)
                if final:
                    heard.final_seconds = now - heard.text[-1]
                    heard.status = chunk["attribution"]["status"]
    return heard


@dataclass(frozen=True, slots=True)
class Run:
    """All texts, streamed once."""

    heard: list[Heard]
    times: list[list[float]]  # when the model emitted each token
    looked: float  # seconds of a processor that attribution took
    cpu: float  # seconds of all processors that the server took
    generation: float  # seconds of generation, all streams together

    @property
    def late(self) -> list[float]:
        """Seconds from each token's emission to its arrival."""
        return [
            arrived - made
            for heard, times in zip(self.heard, self.times, strict=True)
            for arrived, made in zip(heard.text, times, strict=True)
        ]


def run(server: Server, texts: Sequence[Text], attribution: str, seed: int, at_once: int) -> Run:
    """Stream every text, `at_once` of them concurrently."""
    heard: list[Heard | None] = [None] * len(texts)
    numbers = iter(range(len(texts)))

    def listen() -> None:
        for number in numbers:
            heard[number] = hear(server, number, seed, attribution, texts[number].language)

    looked, cpu = server.looked(), server.cpu()
    listeners = [threading.Thread(target=listen) for _ in range(at_once)]
    for one in listeners:
        one.start()
    for one in listeners:
        one.join()
    files = [times_file(server.folder, number, seed) for number in range(len(texts))]
    times = [json.loads(file.read_text()) for file in files]
    return Run(
        [one for one in heard if one is not None],
        times,
        server.looked() - looked,
        server.cpu() - cpu,
        sum(moments[-1] - moments[0] for moments in times),
    )
