"""Copies in files of other code: a copied function among five that were never indexed.

    python -m benchmarks.mixed --size-mb 300 --texts 100

The copy is unchanged, renamed throughout, or edited. It is found when any reported source contains
the original. "Alarms" are texts of five never-indexed functions for which a source is reported
(some are near copies of indexed code); next to it, the same functions looked up one by one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import click

from attribution.attributor import Attributor
from attribution.index import open_index
from attribution.types import Snippet
from benchmarks.built import built_index
from benchmarks.corpus import build_corpus
from benchmarks.queries import Query, build_queries
from benchmarks.report import Part, Table

__all__ = ["measure"]

KINDS = ("verbatim", "all renamed", "edited")
HOSTS = 5  # functions around the copy


def measure(size_mb: int, texts: int) -> Part:
    """Look up the texts of both halves."""
    corpus = build_corpus(size_mb)
    queries = [query for query in build_queries(corpus, 300).queries if not query.length]
    rows = []
    with open_index(built_index(corpus)) as index:
        attributor = Attributor(index)
        for half in ("fit", "report"):
            in_half = [query for query in queries if query.sample.half == half]
            rows.append((half, *figures(attributor, in_half, texts)))
    columns = ("half", *KINDS, "alarms", "alarms, one by one")
    title = f"A copy among {HOSTS} functions of other code, {texts} texts per cell"
    return Part("Copies in files of other code", (), (Table(title, columns, tuple(rows)),), ())


def figures(attributor: Attributor, queries: Sequence[Query], texts: int) -> tuple[str, ...]:
    """Shares of texts, in the order of the columns."""
    draw = random.Random(3)
    found = dict.fromkeys(KINDS, 0)
    alarms = single = 0
    for _ in range(texts):
        group = draw.choice(("Python", "Go", "C"))
        own = [query for query in queries if query.sample.group == group]
        hosts = draw.sample([q for q in own if not q.indexed and q.kind == "verbatim"], HOSTS)
        codes = [host.code for host in hosts]
        language = hosts[0].sample.language
        alarms += bool(reported(attributor, "\n".join(codes), language))
        single += any(reported(attributor, code, language) for code in codes)
        for kind in KINDS:
            copy = draw.choice([q for q in own if q.indexed and q.kind == kind])
            parts = [*codes]
            parts.insert(draw.randrange(HOSTS + 1), copy.code)
            found[kind] += not copy.holders.isdisjoint(
                reported(attributor, "\n".join(parts), language)
            )
    counts = (*found.values(), alarms, single)
    return tuple(f"{100 * count / texts:.0f} %" for count in counts)


def reported(attributor: Attributor, text: str, language: str) -> set[str]:
    """The documents of all reported sources."""
    answer = attributor.attribute(Snippet(text.encode(), language))
    return {name.rpartition(":")[2] for source in answer.sources for name in source.documents}


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--texts", default=100, show_default=True, help="Texts of each kind and half.")
def main(size_mb: int, texts: int) -> None:
    """Measure copies among other code."""
    click.echo(measure(size_mb, texts).markdown())


if __name__ == "__main__":
    main()
