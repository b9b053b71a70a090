"""What several processes gain: `whence index --jobs` with 1, 2 and 4 of them, and `whence merge`.

    python -m benchmarks.parts SOURCE... [--jobs 1 --jobs 2 --jobs 4] [--folder FOLDER]

CPU time says how much work there is, and the share of the parent process how much of it others
wait for: it lists the sources before they start, and merges their parts after they have ended.
From these comes the rate with more cores than this machine has, T(n) = serial + own + work / n,
`own` being what each process costs by itself. CPU time hardly depends on the load of the machine;
the busy cores do, so look at those on an idle one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import psutil

from attribution.index import open_index
from benchmarks.machine import description

EVERY = 0.05  # seconds between two measurements
CORES = (16, 64)
_PRIVATE = re.compile(r"^RssAnon:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """The measurements of a command and of all processes that it started."""

    seconds: float
    parent_cpu: float  # seconds
    total_cpu: float  # seconds, of all processes
    peak_private: int  # bytes of one process, without mapped files
    peak_resident: int  # bytes of one process, with them


def measured(*arguments: str) -> Run:
    """Run `whence` to its end.

    Raises:
        CalledProcessError: it failed.
    """
    command = [sys.executable, "-m", "attribution.cli", *arguments, "--quiet"]
    started = time.perf_counter()
    process = subprocess.Popen(command, start_new_session=True)
    cpu: dict[int, float] = {}
    private = resident = 0
    while process.poll() is None:
        for pid in session(process.pid):
            try:
                running = psutil.Process(pid)
                cpu[pid] = sum(running.cpu_times()[:2])
                resident = max(resident, running.memory_info().rss)
                status = Path(f"/proc/{pid}/status").read_text()
            except (psutil.Error, OSError):
                continue
            if found := _PRIVATE.search(status):
                private = max(private, int(found[1]) * 1024)
        time.sleep(EVERY)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds = time.perf_counter() - started
    return Run(seconds, cpu[process.pid], sum(cpu.values()), private, resident)


def session(leader: int) -> list[int]:
    """The processes of a session."""
    found = []
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == leader:
                found.append(pid)
        except OSError:
            continue
    return found


def row(name: str, run: Run, size: int) -> str:
    """A line of the table."""
    return (
        f"| {name} | {run.seconds:.1f} | {run.total_cpu:.1f} | {run.total_cpu / run.seconds:.2f} "
        f"| {size / 1e6 / run.seconds:.1f} | {size / 1e6 / run.total_cpu:.1f} "
        f"| {run.parent_cpu:.2f} | {run.peak_private / 1e6:,.0f} | {run.peak_resident / 1e6:,.0f} |"
    )


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--jobs", multiple=True, type=int, default=(1, 2, 4), show_default=True)
@click.option("--map", "mapping", default="", help="As for `whence index`.")
@click.option("--folder", help="Where indexes are written; by default the temporary folder.")
def main(sources: Sequence[str], jobs: Sequence[int], mapping: str, folder: str | None) -> None:
    """Measure, and print tables."""
    if mapping:
        sources = (*sources, "--map", mapping)
    print(description())
    columns = (
        "wall s | CPU s | cores busy | MB/s | MB/s a CPU | parent's CPU s | private | resident"
    )
    with tempfile.TemporaryDirectory(prefix="whence-parts-", dir=folder) as place:
        target = str(Path(place) / "index")
        runs: dict[int, Run] = {}
        print(f"\n| processes | {columns} |\n|{'---|' * 9}")
        size = 0
        for count in jobs:
            shutil.rmtree(target, ignore_errors=True)
            runs[count] = measured("index", *sources, "--to", target, "--jobs", str(count))
            with open_index(target) as index:
                size = index.describe().content_bytes
            print(row(str(count), runs[count], size), flush=True)
        project(runs, size)
        print(f"\n{size / 1e6:,.0f} MB in the index; private and resident memory in MB, of the "
              "largest process")  # fmt: skip
        shutil.rmtree(target)
        parts = [str(Path(place) / f"part{n}") for n in (1, 2)]
        for number, part in enumerate(parts, 1):
            measured("index", *sources, "--to", part, "--part", f"{number}/2", "--jobs", "1")
        print(f"\n| merge of | {columns} |\n|{'---|' * 9}")
        print(row("two parts", measured("merge", *parts, "--to", target), size))


def project(runs: dict[int, Run], size: int) -> None:
    """Print the serial share, and the rate with more cores."""
    one, most = min(runs), max(runs)
    if one != 1 or most == 1:
        return
    work, serial = runs[1].total_cpu, runs[most].parent_cpu
    own = max(0.0, (runs[most].total_cpu - serial - work) / most)
    print(
        f"\nOf {work:.1f} s of work, {serial:.1f} s are serial with {most} processes "
        f"({serial / work:.1%}), and each process costs {own:.1f} s more ({own / work:.1%})."
    )
    for cores in CORES:
        seconds = serial + own + work / cores
        print(f"Projected for {cores} cores: {size / 1e6 / seconds:,.0f} MB/s")


if __name__ == "__main__":
    main()
