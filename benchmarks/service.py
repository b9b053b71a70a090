"""The bars of the service: a look-up over HTTP, and the start of the web process.

    python -m benchmarks.service --size-mb 300

A client with one connection sends look-ups one after another to a real `whence serve` without a
model; its start is compared with that of a bare Flask app under the same gunicorn.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import click

from benchmarks import service_start
from benchmarks.built import built_index
from benchmarks.corpus import build_corpus
from benchmarks.load import alone, snippets, wait_for_model
from benchmarks.report import Bar, Part, Table
from benchmarks.served import serving

__all__ = ["measure"]

WARM, ASKED = 400, 3000  # look-ups to warm up, and measured ones
ROUNDS = 5  # starts


def measure(size_mb: int) -> Part:
    """Start services on the corpus's index, and send look-ups to one."""
    corpus = build_corpus(size_mb)
    location = str(built_index(corpus))
    codes = snippets(Path(statistics.__file__).parent, 400)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), "--index", location) as service,
    ):
        wait_for_model(service, 60)
        alone(service, codes, WARM)
        asked = alone(service, codes, ASKED)
    if asked.bad or len(asked.seconds) != ASKED:
        raise RuntimeError(f"of {ASKED} look-ups {len(asked.seconds)} were answered: {asked.bad}")
    ours, bare = service_start.measure(location, ROUNDS)
    start = statistics.median(one.answer_seconds for one in ours)
    memory = max(one.opened_memory or 0 for one in ours) / 1e6
    p50, p99 = asked.share(0.5), asked.share(0.99)
    bars = (
        Bar("look-up over HTTP, p50", "<= 5 ms", f"{p50:.1f} ms", p50 <= 5),
        Bar("look-up over HTTP, p99", "<= 25 ms", f"{p99:.1f} ms", p99 <= 25),
        Bar("start of the web process without a model", "<= 1 s", f"{start:.2f} s", start <= 1),
        Bar("its memory after a look-up", "<= 250 MB", f"{memory:.0f} MB", memory <= 250),
    )
    rows = (
        ("start to first answer, median s", f"{start:.2f}",
         f"{statistics.median(one.answer_seconds for one in bare):.2f}"),
        ("memory then, MB", f"{statistics.median(one.memory for one in ours) / 1e6:.0f}",
         f"{statistics.median(one.memory for one in bare) / 1e6:.0f}"),
    )  # fmt: skip
    table = Table(f"{ROUNDS} starts", ("what", "Whence", "bare Flask"), rows)
    return Part("The service", bars, (table,), ())


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--to", type=click.Path(path_type=Path), help="Also write the Markdown to this file.")
def main(size_mb: int, to: Path | None) -> None:
    """Measure look-ups over HTTP and the start."""
    text = measure(size_mb).markdown()
    click.echo(text)
    if to is not None:
        to.write_text(text)


if __name__ == "__main__":
    main()
