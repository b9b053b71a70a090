"""What several processes gain: `whence index --jobs` with 1, 2 and 4 of them, and `whence merge`.

    python -m benchmarks.parts SOURCE... [--jobs 1 --jobs 2 --jobs 4] [--folder FOLDER]

CPU time says how much work there is, and the share of the parent process how much of it others
wait for: it lists the sources before they start, and merges their parts after they have ended.
From these comes the rate with more cores than this machine has, T(n) = serial + own + work / n,
`own` being what each process costs by itself. CPU time hardly depends on the load of the machine;
the busy cores do, so look at those on an idle one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from attribution.index import open_index
from benchmarks.child import Measured, run_measured
from benchmarks.machine import description

CORES = (16, 64)


def measured(*arguments: str) -> Measured:
    """Run `whence` to its end.

    Raises:
        CalledProcessError: it failed.
    """
    command = [sys.executable, "-m", "attribution.cli", *arguments, "--quiet"]
    return run_measured(command)


def row(name: str, run: Measured, size: int) -> str:
    """A line of the table."""
    return (
        f"| {name} | {run.seconds:.1f} | {run.cpu:.1f} | {run.cpu / run.seconds:.2f} "
        f"| {size / 1e6 / run.seconds:.1f} | {size / 1e6 / run.cpu:.1f} "
        f"| {run.own_cpu:.2f} | {run.peak_shared_once / 1e6:,.0f} | {run.peak_bytes / 1e6:,.0f} |"
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
    columns = "wall s | CPU s | cores busy | MB/s | MB/s a CPU | parent's CPU s | PSS | resident"
    with tempfile.TemporaryDirectory(prefix="whence-parts-", dir=folder) as place:
        target = str(Path(place) / "index")
        runs: dict[int, Measured] = {}
        print(f"\n| processes | {columns} |\n|{'---|' * 9}")
        size = 0
        for count in jobs:
            shutil.rmtree(target, ignore_errors=True)
            runs[count] = measured("index", *sources, "--to", target, "--jobs", str(count))
            with open_index(target) as index:
                size = index.describe().content_bytes
            print(row(str(count), runs[count], size), flush=True)
        project(runs, size)
        print(f"\n{size / 1e6:,.0f} MB in the index; memory in MB, of all processes together")
        shutil.rmtree(target)
        parts = [str(Path(place) / f"part{n}") for n in (1, 2)]
        for number, part in enumerate(parts, 1):
            measured("index", *sources, "--to", part, "--part", f"{number}/2", "--jobs", "1")
        print(f"\n| merge of | {columns} |\n|{'---|' * 9}")
        print(row("two parts", measured("merge", *parts, "--to", target), size))


def project(runs: dict[int, Measured], size: int) -> None:
    """Print the serial share, and the rate with more cores."""
    one, most = min(runs), max(runs)
    if one != 1 or most == 1:
        return
    work, serial = runs[1].cpu, runs[most].own_cpu
    own = max(0.0, (runs[most].cpu - serial - work) / most)
    print(
        f"\nOf {work:.1f} s of work, {serial:.1f} s are serial with {most} processes "
        f"({serial / work:.1%}), and each process costs {own:.1f} s more ({own / work:.1%})."
    )
    for cores in CORES:
        seconds = serial + own + work / cores
        print(f"Projected for {cores} cores: {size / 1e6 / seconds:,.0f} MB/s")


if __name__ == "__main__":
    main()
