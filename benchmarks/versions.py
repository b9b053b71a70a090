"""Look-ups and checks of several checkouts of Whence, in turns, on the same indexes.

    python -m benchmarks.versions INDEX QUERIES.jsonl CHECKOUT CHECKOUT... [--audit FOLDER]

QUERIES.jsonl is an input of `whence lookup --jsonl`. The machine may have other things to do: cold
times are less the time for which other processes had the processor, warm ones are the shortest of
some rounds, and checks are measured in processor time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import click

from benchmarks.metrics import quantile
from benchmarks.report import Table

ROUNDS = 2
HERE = Path(__file__).parent


def measured(checkout: Path, script: str, *arguments: str) -> list[float]:
    """What a script of this folder prints when it runs with the code of a checkout."""
    done = subprocess.run(
        [sys.executable, "-P", str(HERE / script), *arguments],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return [float(value) for value in json.loads(done.stdout)]


@click.command()
@click.argument("index")
@click.argument("questions", type=click.Path(exists=True))
@click.argument("checkouts", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--audit", type=click.Path(exists=True), help="Folder of files to check.")
def main(index: str, questions: str, checkouts: tuple[Path, ...], audit: str | None) -> None:
    """Print a table."""
    cold: dict[Path, list[float]] = defaultdict(list)
    warm: dict[Path, list[float]] = {}
    rates: dict[Path, float] = defaultdict(float)
    for turn in range(ROUNDS):
        for checkout in checkouts:
            cold[checkout] += measured(checkout, "lookups.py", index, questions, "--cold", "--own")
            if turn == 0:
                warm[checkout] = measured(checkout, "lookups.py", index, questions, "--best")
            if audit:
                seconds, files = measured(checkout, "checks.py", index, audit)
                rates[checkout] = max(rates[checkout], files / seconds)
    rows = [
        (
            checkout.name, *(f"{quantile(cold[checkout], q):.2f}" for q in (0.5, 0.99)),
            *(f"{quantile(warm[checkout], q):.2f}" for q in (0.5, 0.99)),
            f"{1e3 * len(warm[checkout]) / sum(warm[checkout]):.0f}",
            f"{rates[checkout]:.0f}" if audit else "-",
        )
        for checkout in checkouts
    ]  # fmt: skip
    columns = (
        "checkout", "cold p50 ms", "cold p99", "warm p50", "warm p99", "look-ups a second",
        "files checked a second",
    )  # fmt: skip
    click.echo(Table(f"{index}, one thread", columns, tuple(rows)).markdown())


if __name__ == "__main__":
    main()
