"""The Elasticsearch engine compared with the embedded one, on the same corpus.

    python -m benchmarks.elastic http://127.0.0.1:9200 --size-mb 30 --size-mb 90

Both indexes are built with `whence index`, by the same client on the same machine; the server
should have nothing else to do. Look-ups are of functions of 8-40 lines, indexed and never indexed,
answered completely (candidates, texts, alignment, occurrences), one at a time. Agreement is of
label and first source, for functions that are unchanged, re-indented, renamed, edited, or five
lines pasted among others. With several sizes, the last table shows how the figures grow.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import click

from attribution.attributor import Attributor
from attribution.index import Index, open_index
from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import find_base, load
from attribution.index.elastic.force_merge import force_merge
from attribution.index.elastic.versions import drop
from attribution.types import Attribution, Snippet
from benchmarks.built import build_index, index_command
from benchmarks.child import run_measured
from benchmarks.corpus import Corpus, build_corpus
from benchmarks.lookups import load_code
from benchmarks.metrics import quantile
from benchmarks.queries import KINDS, build_queries
from benchmarks.report import Bar, Part, Table

__all__ = ["Figures", "measure"]

WARM = 200  # look-ups before the measured ones


@dataclass(frozen=True, slots=True)
class Figures:
    """The measurements at one size."""

    part: Part
    row: tuple[str, ...]  # of the table by size


def measure(server: str, size_mb: int, snippets: int) -> Figures:
    """All figures at one size. Builds both indexes."""
    corpus = build_corpus(size_mb)
    location = f"{server.rstrip('/')}/whence-bench-{size_mb}"
    embedded = build_index(corpus)
    seconds = build(corpus, location)
    asked = queries_of(corpus, snippets)
    load_code([snippet for _, snippet in asked])
    with open_index(corpus.folder / "index") as ours, open_index(location) as theirs:
        content = theirs.describe().content_bytes
        fresh = sum(theirs.describe().sizes.values()) / content
        started = time.perf_counter()
        cluster = Cluster(parse(location), Access.from_environment())
        force_merge(load(cluster))
        merging = time.perf_counter() - started
        sizes = theirs.describe().sizes
        settled = sum(sizes.values()) / content
        first, mine = answers(ours, asked)
        second, other = answers(theirs, asked)
        own = sum(ours.describe().sizes.values()) / content
    rows, different = agreement(asked, first, second)
    share = 1 - len(different) / len(asked)
    rate, beside = corpus.bytes / 1e6 / seconds, corpus.bytes / 1e6 / embedded.seconds
    p50, p99 = quantile(other, 0.5), quantile(other, 0.99)
    bars = (
        Bar("bulk, start to end", ">= 15 MB/s", f"{rate:.1f} MB/s", rate >= 15),
        Bar("look-up, verified, p50", "<= 15 ms", f"{p50:.1f} ms", p50 <= 15),
        Bar("look-up, verified, p99", "<= 50 ms", f"{p99:.1f} ms", p99 <= 50),
        Bar("size with contents, as indexed", "<= 1.1", f"{fresh:.2f}", fresh <= 1.1),
        Bar("size with contents, merged", "<= 1.1", f"{settled:.2f}", settled <= 1.1),
        Bar("agreement with the embedded engine", ">= 99 %", f"{share:.1%}", share >= 0.99),
    )
    beside_rows = (
        ("build, MB/s", f"{rate:.1f}", f"{beside:.1f}"),
        ("look-up p50, ms", f"{p50:.1f}", f"{quantile(mine, 0.5):.2f}"),
        ("look-up p99, ms", f"{p99:.1f}", f"{quantile(mine, 0.99):.2f}"),
        ("bytes per corpus byte", f"{settled:.2f}", f"{own:.2f}"),
    )
    parts = tuple(
        (name, f"{size / 1e6:.1f}", f"{size / content:.3f}") for name, size in sizes.items()
    )
    notes = (
        f"{corpus.bytes / 1e6:.0f} MB in {len(corpus.indexed)} files, {len(asked)} snippets; "
        f"merging took {merging:.0f} s.",
        *different,
    )
    tables = (
        Table(
            "Compared with the embedded engine",
            ("figure", "Elasticsearch", "embedded"),
            beside_rows,
        ),
        Table("Agreement by kind", ("kind", "asked", "agree"), rows),
        Table("Size of the parts, merged", ("part", "MB", "of the corpus"), parts),
    )
    size = (f"{corpus.bytes / 1e6:.0f}", f"{rate:.1f}", f"{fresh:.2f}", f"{settled:.2f}")
    row = (*size, f"{p50:.1f}", f"{p99:.1f}", f"{share:.1%}")
    return Figures(Part(f"Elasticsearch, {size_mb} MB", bars, tables, notes), row)


def build(corpus: Corpus, location: str) -> float:
    """Seconds of `whence index` into a new index; drops an existing one.

    Raises:
        CalledProcessError: the command failed.
    """
    cluster = Cluster(parse(location), Access.from_environment())
    base = find_base(cluster)
    if base is not None:
        drop(cluster, base)
    return run_measured(index_command(corpus.parts, location)).seconds


def queries_of(corpus: Corpus, count: int) -> list[tuple[str, Snippet]]:
    """Changed functions with the kind of change, equally many of each kind."""
    queries = [query for query in build_queries(corpus, 60).queries if not query.length]
    random.Random(5).shuffle(queries)
    each = -(-count // len(KINDS))
    asked: list[tuple[str, Snippet]] = []
    for kind in KINDS:
        of_kind = [query for query in queries if query.kind == kind][:each]
        asked += [(kind, Snippet(query.code.encode(), query.sample.language)) for query in of_kind]
    random.Random(7).shuffle(asked)
    return asked[:count]


def answers(
    index: Index, asked: Sequence[tuple[str, Snippet]]
) -> tuple[list[Attribution], list[float]]:
    """The answers, and the milliseconds of each."""
    attributor = Attributor(index)
    for _, snippet in asked[:WARM]:
        attributor.attribute(snippet)
    found, times = [], []
    for _, snippet in asked:
        started = time.perf_counter()
        found.append(attributor.attribute(snippet))
        times.append(1e3 * (time.perf_counter() - started))
    return found, times


def agreement(
    asked: Sequence[tuple[str, Snippet]],
    first: Sequence[Attribution],
    second: Sequence[Attribution],
) -> tuple[tuple[tuple[str, str, str], ...], list[str]]:
    """Rows of kind, number and agreements, and a line about each disagreement."""
    different: list[str] = []
    total, equal = Counter[str](), Counter[str]()
    for (kind, snippet), ours, theirs in zip(asked, first, second, strict=True):
        total[kind] += 1
        agree = in_short(ours)[:2] == in_short(theirs)[:2]
        equal[kind] += agree
        if not agree:
            line = snippet.code.decode(errors="replace").strip().partition("\n")[0][:60]
            different.append(
                f"{kind}, `{line}`: embedded {in_short(ours)}, Elasticsearch {in_short(theirs)}."
            )
    return tuple((kind, str(total[kind]), str(equal[kind])) for kind in KINDS), different


def in_short(answer: Attribution) -> tuple[str, str, str]:
    """Label, first source and confidence of an answer."""
    source = answer.sources[0].document[-12:] if answer.sources else "-"
    return str(answer.label), source, f"{answer.confidence:.3f}"


@click.command()
@click.argument("server")
@click.option("--size-mb", "sizes", default=(90,), show_default=True, multiple=True)
@click.option("--snippets", default=1000, show_default=True, help="Functions to look up.")
def main(server: str, sizes: tuple[int, ...], snippets: int) -> None:
    """Measure the engine at SERVER, e.g. http://127.0.0.1:9200."""
    rows = []
    for size_mb in sizes:
        figures = measure(server, size_mb, snippets)
        rows.append(figures.row)
        click.echo(figures.part.markdown())
    columns = ("MB", "bulk MB/s", "size", "merged", "p50 ms", "p99 ms", "agree")
    click.echo(Table("Growth", columns, tuple(rows)).markdown())


if __name__ == "__main__":
    main()
