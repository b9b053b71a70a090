"""A command run beside us, with its time and the peak memory of it and its children."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

__all__ = ["Measured", "run_measured"]

EVERY = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took."""

    status: int
    seconds: float
    peak_bytes: int  # resident, all processes together; mapped files count where they are touched
    output: str  # standard output


def run_measured(command: Sequence[str]) -> Measured:
    """Run a command to its end. What it says on standard error goes to ours."""
    with tempfile.TemporaryFile("w+") as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out)
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(EVERY)
        seconds = time.perf_counter() - began
        out.seek(0)
        return Measured(process.returncode, seconds, peak, out.read())


def resident(pid: int) -> int:
    """Bytes of memory of a process and its children; 0 when it has ended."""
    total = 0
    try:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            total += int(one.memory_info().rss)
    except psutil.NoSuchProcess:
        pass
    return total
