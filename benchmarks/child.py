"""Runs a command and measures its time and the peak memory of it and its children."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

__all__ = ["Measured", "run_measured"]

EVERY = 0.05  # seconds between two measurements of memory
RARELY = 10  # measurements for each one of the PSS, which takes the kernel a millisecond


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements of a command."""

    status: int
    seconds: float
    peak_bytes: (
        int  # bytes resident, all processes together; mapped pages count once they are touched
    )
    peak_shared_once: (
        int  # the same with each page counted once (PSS); 0 where the system does not report it
    )
    output: str  # standard output


def run_measured(command: Sequence[str]) -> Measured:
    """Run a command to its end. Its standard error goes to ours."""
    with tempfile.TemporaryFile("w+") as out:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out)
        peak = once = looks = 0
        while process.poll() is None:
            peak = max(peak, memory(process.pid, resident))
            if looks % RARELY == 0:
                once = max(once, memory(process.pid, proportional))
            looks += 1
            time.sleep(EVERY)
        seconds = time.perf_counter() - started
        out.seek(0)
        return Measured(process.returncode, seconds, peak, once, out.read())


def memory(pid: int, of: Callable[[psutil.Process], int]) -> int:
    """Bytes of memory of a process and its children; 0 after it has exited."""
    total = 0
    try:
        process = psutil.Process(pid)
        for running in (process, *process.children(recursive=True)):
            total += of(running)
    except psutil.Error:
        pass
    return total


def resident(process: psutil.Process) -> int:
    """Bytes of its pages in memory."""
    return int(process.memory_info().rss)


def proportional(process: psutil.Process) -> int:
    """Bytes of its pages in memory, where a page shared by n processes counts 1/n."""
    return int(getattr(process.memory_full_info(), "pss", 0))
