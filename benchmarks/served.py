"""A real `whence serve` process, for tests and benchmarks that need the whole stack."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import processes

ROOT = Path(__file__).parent.parent
_READY = re.compile(r"Whence is running at (http://\S+)/ ")


@dataclass(frozen=True, slots=True)
class Served:
    """A running service."""

    process: subprocess.Popen[str]
    address: str  # "http://127.0.0.1:40123"
    log: Path  # its standard error
    start_seconds: float  # seconds until it was ready

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def stop(self, how: signal.Signals = signal.SIGTERM, patience: float = 10) -> float:
        """Stop it; returns the seconds that this took. Fails when it does not stop."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(patience)
        return time.monotonic() - started

    def cpu(self) -> float:
        """Seconds of processor time so far, of all its processes."""
        return float(sum(sum(one.cpu_times()[:2]) for one in processes(self.process.pid)))

    def memory(self, kind: str = "Pss") -> int:
        """Bytes in memory of all its processes, as `memory_of`."""
        return memory_of(self.process.pid, kind)


def memory_of(pid: int, kind: str = "Pss") -> int:
    """Bytes in memory of a process and its children.

    Args:
        kind: Pss counts shared pages once; Anonymous leaves out those of files.
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return sum(_resident(int(one), kind) for one in [str(pid), *children.split()])


def _resident(pid: int, kind: str) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(rf"^{kind}:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "attribution.cli", "serve", *arguments]


@contextlib.contextmanager
def serving(folder: Path, *arguments: str, patience: float = 60, port: int = 0) -> Iterator[Served]:
    """Start `whence serve ARGUMENTS --port PORT`, and stop it at the end if it still runs.

    Its log goes to a file in the folder. It does not get our WHENCE_ variables.
    """
    log = folder / "serve.log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WHENCE")}
    started = time.monotonic()
    with log.open("w") as errors:
        process = subprocess.Popen(
            command(*arguments, "--port", str(port)),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            ready = _READY.search(line)
            assert ready is not None, f"{line}{log.read_text()}"
            yield Served(process, ready[1], log, time.monotonic() - started)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(patience)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            assert process.stdout is not None
            process.stdout.close()
