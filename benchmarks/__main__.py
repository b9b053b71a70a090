"""`python -m benchmarks`, which `make bench` runs: all figures, compared with the design's bars.

Builds the corpus from code on this machine, measures speed, quality and the peers, prints the
tables and, when all parts ran, writes benchmarks/RESULTS.md, which includes benchmarks/notes.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from benchmarks import (
    audit,
    generation,
    live,
    mixed,
    peers,
    planted,
    quality,
    service,
    speed,
    streaming,
)
from benchmarks.corpus import build_corpus
from benchmarks.machine import description
from benchmarks.report import Bar, Part, bars_table

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "RESULTS.md"
NOTES = FOLDER / "notes.md"
LIVE_TEXTS = 40
MIXED_TEXTS = 100
STREAMS, STREAM_RATE = 9, 60.0  # texts, tokens a second
AUDITED, HOSTS, COPIES = 20_000, 2000, 200  # files
PARTS = (
    "speed", "quality", "peers", "mixed", "service", "live", "streaming", "generation", "audit",
    "planted",
)  # fmt: skip


@click.command()
@click.option(
    "--size-mb", default=300, show_default=True, help="Indexed code, MB; at most about 1000."
)
@click.option("--queries", default=300, show_default=True, help="Functions per language.")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Parts to run; default: all.")
@click.option(
    "--refresh", is_flag=True, help="Collect the corpus again, e.g. after installing packages."
)
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the results; by default benchmarks/RESULTS.md if all parts run.",
)
def main(size_mb: int, queries: int, only: tuple[str, ...], refresh: bool, to: Path | None) -> None:
    """Measure, and print the figures next to the bars."""
    started = time.monotonic()
    machine = description()
    click.echo("corpus", err=True)
    build_corpus(size_mb, refresh=refresh)
    runs: dict[str, Callable[[], Part]] = {
        "speed": lambda: speed.measure(size_mb, queries),
        "quality": lambda: quality.measure(size_mb, queries),
        "peers": lambda: peers.measure(size_mb),
        "mixed": lambda: mixed.measure(size_mb, MIXED_TEXTS),
        "service": lambda: service.measure(size_mb),
        "live": lambda: live.measure(size_mb, LIVE_TEXTS),
        "streaming": lambda: streaming.measure(size_mb, STREAMS, STREAM_RATE),
        "generation": generation.measure,
        "audit": lambda: audit.measure(size_mb, AUDITED),
        "planted": lambda: planted.measure(size_mb, HOSTS, COPIES, 0),
    }
    parts = [run() for name, run in runs.items() if not only or name in only]
    spent = time.monotonic() - started
    command = f"`python -m benchmarks --size-mb {size_mb} --queries {queries}`"
    text = document(parts, f"{machine}\n* Run: {command}, {spent / 60:.0f} minutes")
    click.echo(text)
    target = to or (None if only else RESULTS)
    if target is not None:
        target.write_text(text)
        click.echo(f"written: {target.name}", err=True)


def document(parts: list[Part], machine: str) -> str:
    """The whole report."""
    bars: list[Bar] = [bar for part in parts for bar in part.bars]
    table = bars_table(bars)
    missed = [f"* {b.what}: {b.measured}, bar {b.bar}" for b in bars if b.reached is False]
    pieces = ["# Benchmarks", machine, "## The bars of the design, section 9", table.rstrip()]
    if missed:
        pieces.append("Not reached:\n\n" + "\n".join(missed))
    if NOTES.exists():
        pieces.append(NOTES.read_text().strip())
    pieces += [part.markdown(with_bars=False).rstrip() for part in parts]
    return "\n\n".join(pieces) + "\n"


if __name__ == "__main__":
    main()
