"""Runs a command and measures its time, and the memory of it and its children."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["Measured", "run_measured"]

EVERY = 0.05  # seconds between two measurements
RARELY = 10  # measurements for each one of the PSS, which takes the kernel a millisecond


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements of a command."""

    seconds: float
    cpu: float  # seconds, all processes together; of each up to EVERY too low
    own_cpu: float  # seconds, without its children; the same
    # Bytes resident, all processes together; mapped pages count once they are touched.
    peak_bytes: int
    # The same with each page counted once (PSS); 0 where the system does not report it.
    peak_shared_once: int
    output: str  # standard output
    code: int  # its exit code


def run_measured(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: bool = True,
) -> Measured:
    """Run a command to its end. Its standard error goes to ours.

    Raises:
        CalledProcessError: it failed, unless `check` is false.
    """
    with tempfile.TemporaryFile("w+") as out:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, env=env, cwd=cwd)
        peak = once = looks = 0
        # Of each process: a fork server's are not our child's to wait for.
        cpu: dict[int, float] = {}
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            peak = max(peak, memory(process.pid, resident))
            if looks % RARELY == 0:
                once = max(once, memory(process.pid, proportional))
            for running in processes(process.pid):
                with suppress(psutil.Error):
                    cpu[running.pid] = sum(running.cpu_times()[:2])
            looks += 1
            time.sleep(EVERY)
        seconds = time.perf_counter() - started
        _, status, usage = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        if check and status:
            raise subprocess.CalledProcessError(process.returncode, command)
        out.seek(0)
        total = max(usage.ru_utime + usage.ru_stime, sum(cpu.values()))
        return Measured(
            seconds,
            total,
            cpu.get(process.pid, 0.0),
            peak,
            once,
            out.read(),
            process.returncode,
        )


def processes(pid: int) -> list[psutil.Process]:
    """A process and its children; none after it has exited."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def memory(pid: int, of: Callable[[psutil.Process], int]) -> int:
    """Bytes of memory of a process and its children; 0 after it has exited."""
    total = 0
    with suppress(psutil.Error):
        for running in processes(pid):
            total += of(running)
    return total


def resident(process: psutil.Process) -> int:
    """Bytes of its pages in memory."""
    return int(process.memory_info().rss)


def proportional(process: psutil.Process) -> int:
    """Bytes of its pages in memory, where a page shared by n processes counts 1/n."""
    return int(getattr(process.memory_full_info(), "pss", 0))
