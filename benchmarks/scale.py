"""How an index grows: bytes, segments, memory and times at several sizes, projected to 1 TB.

    python -m benchmarks.scale SOURCE... --folder FOLDER [--jobs 2] [--queries 1000]

The sources are added one after another to one index in FOLDER, which is kept. After each one, the
same functions are looked up: those of sources that are not yet indexed have no right answer. The
slopes are fitted to the points by least squares: straight lines for bytes and seconds, powers of
the size for times of look-ups and memory. The machine should have nothing else to do, and a
look-up with the files out of memory measures its disk.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from attribution.index import open_index
from attribution.index.embedded.manifest import load
from benchmarks.built import WHENCE
from benchmarks.child import Measured, run_measured
from benchmarks.code_files import LANGUAGES
from benchmarks.functions import functions
from benchmarks.machine import description
from benchmarks.metrics import quantile
from benchmarks.parts import measured
from benchmarks.report import Table
from benchmarks.speed import times

TERABYTE = 1e12
LONGEST_FILE = 200_000  # bytes of a file that questions are drawn from
LINES = range(8, 41)


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured with one size of the index."""

    content: int  # bytes of distinct code
    documents: int
    disk: int  # bytes of the index
    sizes: dict[str, int]  # of its parts
    segments: int
    seconds: float  # of indexing, so far
    cpu: float
    peak: int  # bytes that all processes of indexing had together, each page counted once
    warm: tuple[float, float]  # milliseconds: p50 and p99 of look-ups
    cold: tuple[float, float]
    info: float  # seconds of CPU of `whence info`
    search: float  # of `whence search`


def drawn(sources: Sequence[str], count: int) -> list[dict[str, str]]:
    """Functions of 8 to 40 lines from files of all sources, the same for the same files."""
    chance = random.Random(0)
    found = []
    for source in sources:
        files = sorted(source_files(Path(source)))
        chance.shuffle(files)
        own: list[dict[str, str]] = []
        for path in files:
            language = LANGUAGES[path.suffix[1:]]
            text = path.read_text(encoding="utf-8", errors="replace")
            fitting = [f.text for f in functions(text, language) if f.text.count("\n") in LINES]
            if fitting:
                own.append({"code": chance.choice(fitting), "language": language})
            if len(own) * len(sources) >= count:
                break
        found += own
    return [{"id": str(number), **one} for number, one in enumerate(found)]


def source_files(folder: Path) -> Iterator[Path]:
    """Files of the languages in which functions can be found."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            readable = path.suffix[1:] in LANGUAGES and not path.is_symlink()
            if readable and 0 < path.stat().st_size <= LONGEST_FILE:
                yield path


def point(index: Path, questions: Path, runs: Sequence[Measured]) -> Point:
    """Measure an index."""
    with open_index(str(index)) as opened:
        found = opened.describe()
    cold, warm = times(index, questions, "--cold"), times(index, questions)
    return Point(
        content=found.content_bytes,
        documents=found.summary.documents,
        disk=sum(found.sizes.values()),
        sizes=dict(found.sizes),
        segments=len(load(index).segments),
        seconds=sum(run.seconds for run in runs),
        cpu=sum(run.cpu for run in runs),
        peak=max(run.peak_shared_once for run in runs),
        warm=(quantile(warm, 0.5), quantile(warm, 0.99)),
        cold=(quantile(cold, 0.5), quantile(cold, 0.99)),
        info=cpu_of("info", "--index", str(index)),
        search=cpu_of("search", "allocate", "buffer", "--index", str(index)),
    )


def cpu_of(*arguments: str) -> float:
    """Seconds of CPU that a short command takes."""
    return run_measured([WHENCE, *arguments]).cpu


def tables(points: Sequence[Point]) -> Iterator[Table]:
    """The points, the parts of the last one, and the projection."""
    columns = (
        "MB", "documents", "on disk", "segments", "wall s", "CPU s", "peak MB", "warm p50 ms",
        "warm p99", "cold p50", "cold p99", "info CPU s", "search CPU s",
    )  # fmt: skip
    rows = [
        (
            f"{p.content / 1e6:,.0f}", f"{p.documents:,}", f"{p.disk / p.content:.3f}",
            str(p.segments), f"{p.seconds:,.0f}", f"{p.cpu:,.0f}", f"{p.peak / 1e6:,.0f}",
            *(f"{ms:.2f}" for ms in (*p.warm, *p.cold)), f"{p.info:.2f}",
            f"{p.search:.2f}",
        )
        for p in points
    ]  # fmt: skip
    yield Table("Sizes", columns, tuple(rows))
    last = points[-1]
    parts = sorted(last.sizes.items(), key=lambda item: -item[1])
    shares = [(name, f"{size / last.content:.3f}") for name, size in parts]
    yield Table("Bytes a byte of code, of the largest", ("part", "share"), tuple(shares))
    yield Table("Projected to 1 TB", ("what", "slope", "at 1 TB"), tuple(projected(points)))


def projected(points: Sequence[Point]) -> Iterator[tuple[str, str, str]]:
    """The slope of each figure and its value at 1 TB."""
    size = np.array([p.content for p in points], np.float64)
    lines = {
        "GB on disk": [p.disk / 1e9 for p in points],
        "documents, millions": [p.documents / 1e6 for p in points],
        "core hours of indexing": [p.cpu / 3600 for p in points],
        "segments": [float(p.segments) for p in points],
    }
    for name, values in lines.items():
        slope, start = np.polyfit(size, values, 1)
        yield name, f"{slope * 1e9:.3g} a GB", f"{slope * TERABYTE + start:,.0f}"
    powers = {
        "peak MB of indexing": [p.peak / 1e6 for p in points],
        "warm p50, ms": [p.warm[0] for p in points],
        "warm p99, ms": [p.warm[1] for p in points],
        "cold p50, ms": [p.cold[0] for p in points],
        "cold p99, ms": [p.cold[1] for p in points],
        "CPU s of `whence info`": [p.info for p in points],
        "CPU s of `whence search`": [p.search for p in points],
    }
    for name, values in powers.items():
        power, start = np.polyfit(np.log(size), np.log(values), 1)
        at = math.exp(power * math.log(TERABYTE) + start)
        yield name, f"size to the {power:.2f}", f"{at:,.1f}"


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--folder", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True)
@click.option("--queries", default=1000, show_default=True)
def main(sources: Sequence[str], folder: Path, jobs: int, queries: int) -> None:
    """Measure, and print tables."""
    click.echo(description())
    index, questions = folder / "index", folder / "questions.jsonl"
    lines = [json.dumps(one) for one in drawn(sources, queries)]
    questions.write_text("\n".join(lines) + "\n")
    runs: list[Measured] = []
    points: list[Point] = []
    for source in sources:
        runs.append(measured("index", source, "--to", str(index), "--jobs", str(jobs)))
        points.append(point(index, questions, runs))
        click.echo(f"{source}: {points[-1]}", err=True)
    for table in tables(points) if len(points) > 1 else ():
        click.echo("\n" + table.markdown())


if __name__ == "__main__":
    main()
