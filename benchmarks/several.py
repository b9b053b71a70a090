"""Look-up times of several indexes asked as one, beside each of them alone.

    python -m benchmarks.several QUERIES.jsonl INDEX INDEX...

QUERIES.jsonl is an input of `whence lookup --jsonl`. The bar is 1.3 times the slowest index alone.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import numpy as np

from attribution.attributor import Attributor
from attribution.index import open_index
from attribution.types import Snippet

BAR = 1.3
ROUNDS = 5


@click.command()
@click.argument("questions", type=click.Path(path_type=Path, exists=True))
@click.argument("indexes", nargs=-1, required=True)
def main(questions: Path, indexes: tuple[str, ...]) -> None:
    """Print the median and the 99th percentile of each, and the ratio to the slowest."""
    read = [json.loads(line) for line in questions.read_text().splitlines()]
    snippets = [Snippet(one["code"].encode(), one["language"]) for one in read]
    asked = {index: open_index(index) for index in indexes} | {"together": open_index(indexes)}
    attributors = {name: Attributor(index) for name, index in asked.items()}
    times = {name: np.full(len(snippets), np.inf) for name in asked}
    # in turns, so that other work on the machine slows all of them
    for _ in range(1 + ROUNDS):
        for number, snippet in enumerate(snippets):
            for name, attributor in attributors.items():
                started = time.perf_counter()
                attributor.attribute(snippet)
                spent = (time.perf_counter() - started) * 1e3
                times[name][number] = min(times[name][number], spent)
    figures = {name: np.percentile(spent, (50, 99)) for name, spent in times.items()}
    for name, (middle, high) in figures.items():
        print(f"{name}: p50 {middle:.2f} ms, p99 {high:.2f} ms")
    together = figures.pop("together")
    slowest = np.max(list(figures.values()), axis=0)
    ratios = together / slowest
    print(f"together / slowest alone: p50 {ratios[0]:.2f}, p99 {ratios[1]:.2f}; bar {BAR}")


if __name__ == "__main__":
    main()
