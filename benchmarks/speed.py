"""Build rate, memory, sizes, look-up times, throughput, start and growth.

    python -m benchmarks.speed --size-mb 300

Each figure is measured in its own process, started by the user's command where there is one. The
machine should have nothing else to do.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import click

from attribution.index import open_index
from benchmarks.built import WHENCE, build_index, built_index
from benchmarks.child import Measured, run_measured
from benchmarks.corpus import Corpus, build_corpus
from benchmarks.metrics import quantile
from benchmarks.queries import Query, build_queries
from benchmarks.report import Bar, Part, Table
from benchmarks.subset import first_parts

__all__ = ["measure"]

BATCH = 6000  # snippets for `whence lookup --jsonl`
STARTS = 5  # runs, of which the median counts
GROWTH = 10  # times the smaller corpus
COLD_RUNS = 3


def measure(size_mb: int, queries: int) -> Part:
    """All figures of speed and size. Builds the corpus's index again."""
    corpus = build_corpus(size_mb)
    small = first_parts(corpus, max(1, len(corpus.parts) // GROWTH))
    say("building")
    build = building(corpus)
    size, parts = sizes(corpus)
    # Unchanged functions, indexed and never indexed, like those of a user.
    asked = [q for q in build_queries(corpus, queries).queries if not q.length]
    asked = [q for q in asked if q.kind == "verbatim"]
    say("looking up")
    found, table = looking_up(corpus, asked)
    say("growth")
    bars = (*build, *size, *found, *commands(corpus, asked), growth(corpus, small))
    note = f"{corpus.bytes / 1e6:.0f} MB in {len(corpus.indexed)} files; MB are 10^6 bytes."
    return Part("Speed and size", bars, (table, parts), (note,))


def say(step: str) -> None:
    """Print the step that begins."""
    click.echo(f"speed: {step}", err=True)


def building(corpus: Corpus) -> list[Bar]:
    """Rates and memory of building."""
    parts = [str(part) for part in corpus.parts]
    with tempfile.TemporaryDirectory(prefix="whence-bench-", dir=corpus.folder) as folder:
        sketched = python("benchmarks.sketching", folder, *parts)
    figures = json.loads(sketched.output)
    bare = figures["bytes"] / 1e6 / figures["seconds"]
    complete = build_index(corpus)
    rate = corpus.bytes / 1e6 / complete.seconds
    peak = complete.peak_bytes / 2**30
    return [
        Bar("build, fingerprints and MinHash", ">= 150 MB/s", f"{bare:.0f} MB/s", bare >= 150),
        Bar("build, complete, from start to end", ">= 60 MB/s", f"{rate:.0f} MB/s", rate >= 60),
        Bar("build, peak memory", "<= 2 GiB", f"{peak:.2f} GiB", peak <= 2),
    ]


def sizes(corpus: Corpus) -> tuple[list[Bar], Table]:
    """Sizes of the parts of the index, as shares of the corpus."""
    with open_index(corpus.folder / "index") as index:
        found = index.describe()
    content = found.content_bytes
    parts = sorted(found.sizes.items(), key=lambda item: -item[1])
    rows = tuple((name, f"{size / 1e6:.1f}", f"{size / content:.3f}") for name, size in parts)
    prints = sum(size for name, size in found.sizes.items() if "fingerprint" in name) / content
    whole = sum(found.sizes.values()) / content
    bars = [
        Bar("size, fingerprints", "<= .50", f"{prints:.2f}", prints <= 0.5),
        Bar("size, everything with contents", "<= .85", f"{whole:.2f}", whole <= 0.85),
    ]
    return bars, Table("Size of the parts on disk", ("part", "MB", "of the corpus"), rows)


def looking_up(corpus: Corpus, asked: Sequence[Query]) -> tuple[list[Bar], Table]:
    """Times of look-ups within a process."""
    location = corpus.folder / "index"
    questions = written(asked, corpus.folder / "speed.jsonl")
    indexed = [query.sample.indexed for query in asked]
    warm = times(location, questions)
    # The order decides which look-up reads a page first, so use the times of several runs.
    cold = [time for _ in range(COLD_RUNS) for time in times(location, questions, "--cold")]
    p50, p99 = quantile(warm, 0.5), quantile(warm, 0.99)
    cold99 = quantile(cold, 0.99)
    bars = [
        Bar("look-up, warm, p50", "<= 1 ms", f"{p50:.2f} ms", p50 <= 1),
        Bar("look-up, warm, p99", "<= 5 ms", f"{p99:.2f} ms", p99 <= 5),
        Bar("look-up, cold, p99", "<= 20 ms", f"{cold99:.2f} ms", cold99 <= 20),
    ]
    groups = {
        "warm, all": warm,
        "warm, indexed": [t for t, known in zip(warm, indexed, strict=True) if known],
        "warm, never indexed": [t for t, known in zip(warm, indexed, strict=True) if not known],
        "cold, all": cold,
    }
    for name in ("Python", "Go", "C"):
        groups[f"warm, {name}"] = [
            t for t, query in zip(warm, asked, strict=True) if query.sample.group == name
        ]
    rows = [(name, str(len(own)), *spread(own)) for name, own in groups.items()]
    columns = ("look-ups", "count", "p50 ms", "p90 ms", "p99 ms", "slowest ms")
    return bars, Table("Functions of 8-40 lines, in process, one thread", columns, tuple(rows))


def spread(values: Sequence[float]) -> tuple[str, ...]:
    """p50, p90, p99 and maximum."""
    return tuple(f"{quantile(values, share):.2f}" for share in (0.5, 0.9, 0.99, 1.0))


def commands(corpus: Corpus, asked: Sequence[Query]) -> list[Bar]:
    """Start and throughput of `whence lookup` on all cores."""
    location = str(corpus.folder / "index")
    one = corpus.folder / "one.py"
    one.write_text(next(q.code for q in asked if q.sample.indexed and q.sample.group == "Python"))
    command = [WHENCE, "lookup", str(one), "--index", location]
    run_measured(command)
    start = statistics.median(run_measured(command).seconds for _ in range(STARTS))
    many = written(list(islice(cycle(asked), BATCH)), corpus.folder / "many.jsonl")
    command = [WHENCE, "lookup", "--jsonl", str(many), "--index", location]
    batch = run_measured(command, check=False)  # 2 where a snippet is too short
    answered = batch.output.count("\n")
    if answered != BATCH:
        raise RuntimeError(f"whence lookup --jsonl gave {answered} answers to {BATCH} questions")
    rate = BATCH / batch.seconds
    return [
        Bar("start of `whence lookup`, to the answer", "<= 1.5 s", f"{start:.2f} s", start <= 1.5),
        Bar(
            f"`whence lookup --jsonl`, {BATCH} functions, start included",
            ">= 2000/s",
            f"{rate:.0f}/s",
            rate >= 2000,
        ),
    ]


def growth(corpus: Corpus, small: Corpus) -> Bar:
    """The same look-ups in a tenth of the corpus and in all of it."""
    drawn = [q for q in build_queries(small, 100).queries if not q.length]
    asked = [q for q in drawn if q.kind == "verbatim" and q.sample.indexed]
    questions = written(asked, corpus.folder / "growth.jsonl")
    before = times(built_index(small, rebuild=True), questions, "--best")
    after = times(corpus.folder / "index", questions, "--best")
    ratio = quantile(after, 0.5) / quantile(before, 0.5)
    tail = quantile(after, 0.99) / quantile(before, 0.99)
    factor = corpus.bytes / small.bytes
    return Bar(
        f"look-up time, {factor:.0f} times the corpus",
        "<= 3 times",
        f"p50 {ratio:.2f}, p99 {tail:.2f} times",
        max(ratio, tail) <= 3,
    )


def written(asked: Sequence[Query], path: Path) -> Path:
    """Write the queries as JSON lines."""
    lines = [
        json.dumps({"id": str(number), "code": query.code, "language": query.sample.language})
        for number, query in enumerate(asked)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def times(location: Path, questions: Path, *options: str) -> list[float]:
    """Milliseconds of each look-up."""
    measured = python("benchmarks.lookups", str(location), str(questions), *options)
    return [float(value) for value in json.loads(measured.output)]


def python(module: str, *arguments: str) -> Measured:
    """Run one of our modules."""
    return run_measured([sys.executable, "-m", module, *arguments])


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--queries", default=300, show_default=True, help="Functions per language.")
def main(size_mb: int, queries: int) -> None:
    """Measure speed and size."""
    click.echo(measure(size_mb, queries).markdown())


if __name__ == "__main__":
    main()
