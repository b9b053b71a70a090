"""Recall and false alarms by kind of change, language and length, on held-out packages.

    python -m benchmarks.quality --size-mb 100 --queries 150
    python -m benchmarks.quality --packages --size-mb 1000 --queries 120

Recall@1: the first document contains the original. "At 1 %": the same above a threshold of
confidence at which at most 1 % of the never-indexed functions of the *fit* half are reported (all
kinds together), measured on the *report* half. "As labelled": the same with the product's own
labels. Their factors and threshold were fitted on the fit half of the packages; the features and
two of the three limits of the gate (`attribution.verdict.RARE`) were chosen with both halves of
this machine's code in view, so the figures without `--packages` are slightly too good.
"""

from __future__ import annotations

from pathlib import Path

import click

from attribution.index import open_index
from attribution.settings import AttributorSettings
from benchmarks.built import built_index
from benchmarks.corpus import build_corpus
from benchmarks.features import write_features
from benchmarks.figures import figures
from benchmarks.package_corpus import package_corpus
from benchmarks.queries import build_queries
from benchmarks.query_runs import run_queries
from benchmarks.report import Part

__all__ = ["measure"]


def measure(
    size_mb: int,
    queries: int,
    *,
    rebuild: bool = False,
    packages: bool = False,
    private: bool = False,
) -> Part:
    """Run all queries and compute the figures, of this machine's code or of fetched packages."""
    corpus = package_corpus(size_mb) if packages else build_corpus(size_mb)
    location = built_index(corpus, rebuild=rebuild)
    asked = build_queries(corpus, queries, windows=not packages)
    with open_index(location) as index:
        answers = list(run_queries(index, asked.queries, AttributorSettings(private=private)))
    if not private:
        write_features(answers, corpus.folder / "features.parquet")
    return figures(answers, asked)


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Indexed code, MB.")
@click.option("--queries", default=300, show_default=True, help="Functions per language.")
@click.option(
    "--rebuild", is_flag=True, help="Build the index again, e.g. after a change of its format."
)
@click.option("--packages", is_flag=True, help="Packages in 15 languages instead of this machine.")
@click.option("--private", is_flag=True, help="Look up by fingerprints alone.")
@click.option("--to", type=click.Path(path_type=Path), help="Also write the Markdown to this file.")
def main(
    size_mb: int, queries: int, rebuild: bool, packages: bool, private: bool, to: Path | None
) -> None:
    """Measure recall and false alarms; reuses the corpus and the index in the cache."""
    text = measure(size_mb, queries, rebuild=rebuild, packages=packages, private=private).markdown()
    click.echo(text)
    if to is not None:
        to.write_text(text)


if __name__ == "__main__":
    main()
