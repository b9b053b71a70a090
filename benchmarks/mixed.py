"""Copies in files of one's own: a copied function among five that were never indexed.

    python -m benchmarks.mixed --size-mb 300 --texts 100

The copy is as it was, renamed throughout, or edited; it is found when any source told of holds the
original. "Alarms" are texts of five never-indexed functions that are told to have a source (near
copies of indexed code among them); beside it, the same functions asked one by one.
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
    """Ask the texts of both halves."""
    corpus = build_corpus(size_mb)
    asked = [one for one in build_queries(corpus, 300).queries if not one.length]
    rows = []
    with open_index(built_index(corpus)) as index:
        attributor = Attributor(index)
        for half in ("fit", "report"):
            own = [one for one in asked if one.sample.half == half]
            rows.append((half, *figures(attributor, own, texts)))
    columns = ("half", *KINDS, "alarms", "alarms, one by one")
    title = f"A copy among {HOSTS} functions of others, {texts} texts a cell"
    return Part("Copies in files of one's own", (), (Table(title, columns, tuple(rows)),), ())


def figures(attributor: Attributor, asked: Sequence[Query], texts: int) -> tuple[str, ...]:
    """Shares of texts, in the order of the columns."""
    draw = random.Random(3)
    found = dict.fromkeys(KINDS, 0)
    alarms = single = 0
    for _ in range(texts):
        group = draw.choice(("Python", "Go", "C"))
        own = [one for one in asked if one.sample.group == group]
        hosts = draw.sample([q for q in own if not q.indexed and q.kind == "verbatim"], HOSTS)
        codes = [host.code for host in hosts]
        language = hosts[0].sample.language
        alarms += bool(told(attributor, "\n".join(codes), language))
        single += any(told(attributor, code, language) for code in codes)
        for kind in KINDS:
            copy = draw.choice([one for one in own if one.indexed and one.kind == kind])
            parts = [*codes]
            parts.insert(draw.randrange(HOSTS + 1), copy.code)
            found[kind] += not copy.holders.isdisjoint(told(attributor, "\n".join(parts), language))
    counts = (*found.values(), alarms, single)
    return tuple(f"{100 * count / texts:.0f} %" for count in counts)


def told(attributor: Attributor, text: str, language: str) -> set[str]:
    """The documents of all sources that an answer names."""
    answer = attributor.attribute(Snippet(text.encode(), language))
    return {name.rpartition(":")[2] for source in answer.sources for name in source.documents}


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--texts", default=100, show_default=True, help="Texts of each kind and half.")
def main(size_mb: int, texts: int) -> None:
    """Measure copies among code of one's own."""
    click.echo(measure(size_mb, texts).markdown())


if __name__ == "__main__":
    main()
