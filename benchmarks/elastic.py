"""The Elasticsearch engine beside the embedded one, on the same corpus.

    python -m benchmarks.elastic http://127.0.0.1:9200 --size-mb 100

Both indexes are built by the command that a user runs, by the same client on the same machine; the
server should have nothing else to do. Look-ups are of functions of 8-40 lines, indexed and never
indexed, answered in full (candidates, texts, alignment, occurrences), one at a time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import click

from attribution.attributor import Attributor
from attribution.index import Index, open_index
from attribution.index.elastic.access import Access
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.location import parse
from attribution.index.elastic.state import find_base, load
from attribution.index.elastic.versions import drop, settle
from attribution.types import Attribution, Snippet
from benchmarks.built import build_index, index_command
from benchmarks.child import run_measured
from benchmarks.corpus import Corpus, build_corpus
from benchmarks.lookups import load_code
from benchmarks.metrics import quantile
from benchmarks.queries import build_queries
from benchmarks.report import Bar, Part, Table

__all__ = ["measure"]

WARM = 200  # look-ups before those that count
LEASES = 45  # seconds: nodes tell every 30 what they have; then merges may drop second copies


def measure(server: str, size_mb: int, snippets: int) -> Part:
    """All figures. Builds both indexes anew."""
    corpus = build_corpus(size_mb)
    location = f"{server.rstrip('/')}/whence-bench-{size_mb}"
    embedded = build_index(corpus)
    seconds = build(corpus, location)
    asked = questions(corpus, snippets)
    load_code(asked)
    with open_index(corpus.folder / "index") as ours, open_index(location) as theirs:
        content = theirs.describe().content_bytes
        fresh = sum(theirs.describe().sizes.values()) / content
        time.sleep(LEASES)
        began = time.perf_counter()
        cluster = Cluster(parse(location), Access.from_environment())
        settle(cluster, load(cluster))
        merging = time.perf_counter() - began
        sizes = theirs.describe().sizes
        settled = sum(sizes.values()) / content
        first, mine = answers(ours, asked)
        second, other = answers(theirs, asked)
        own = sum(ours.describe().sizes.values()) / content
    equal, different = agreement(asked, first, second)
    share = equal / len(asked)
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
    rows = (
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
        Table("Beside the embedded engine", ("figure", "Elasticsearch", "embedded"), rows),
        Table("Size of the parts, merged", ("part", "MB", "of the corpus"), parts),
    )
    return Part("Elasticsearch", bars, tables, notes)


def build(corpus: Corpus, location: str) -> float:
    """Seconds of `whence index` into a new index; one that is there is dropped.

    Raises:
        RuntimeError: the command failed.
    """
    cluster = Cluster(parse(location), Access.from_environment())
    base = find_base(cluster)
    if base is not None:
        drop(cluster, base)
    measured = run_measured(index_command(corpus.parts, location))
    if measured.status:
        raise RuntimeError(f"whence index ended with status {measured.status}")
    return measured.seconds


def questions(corpus: Corpus, count: int) -> list[Snippet]:
    """Functions as they are, half of them never indexed where there are as many."""
    asked = [
        Snippet(query.code.encode(), query.sample.language)
        for query in build_queries(corpus, count // 2).queries
        if not query.length and query.kind == "verbatim"
    ]
    random.Random(5).shuffle(asked)
    return asked[:count]


def answers(index: Index, asked: Sequence[Snippet]) -> tuple[list[Attribution], list[float]]:
    """The answers, and the milliseconds of each."""
    attributor = Attributor(index)
    for snippet in asked[:WARM]:
        attributor.attribute(snippet)
    found, times = [], []
    for snippet in asked:
        began = time.perf_counter()
        found.append(attributor.attribute(snippet))
        times.append(1e3 * (time.perf_counter() - began))
    return found, times


def agreement(
    asked: Sequence[Snippet], first: Sequence[Attribution], second: Sequence[Attribution]
) -> tuple[int, list[str]]:
    """How many answers agree in label and first source, and what differs in the others."""
    different = []
    for snippet, ours, theirs in zip(asked, first, second, strict=True):
        if told(ours) != told(theirs):
            line = snippet.code.decode(errors="replace").strip().partition("\n")[0][:60]
            different.append(f"`{line}`: embedded {told(ours)}, Elasticsearch {told(theirs)}.")
    return len(asked) - len(different), different


def told(answer: Attribution) -> tuple[str, str]:
    """Label and first source."""
    source = answer.sources[0].document[-12:] if answer.sources else "-"
    return str(answer.label), source


@click.command()
@click.argument("server")
@click.option("--size-mb", default=100, show_default=True, help="Indexed code, MB.")
@click.option("--snippets", default=1000, show_default=True, help="Functions asked.")
def main(server: str, size_mb: int, snippets: int) -> None:
    """Measure the engine at SERVER, e.g. http://127.0.0.1:9200."""
    click.echo(measure(server, size_mb, snippets).markdown())


if __name__ == "__main__":
    main()
