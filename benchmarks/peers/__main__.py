"""`python -m benchmarks.peers`: prints only the peers' table."""

from __future__ import annotations

import click

from benchmarks.peers import measure


@click.command()
@click.option("--size-mb", default=300, show_default=True, help="Size of the corpus, MB.")
def main(size_mb: int) -> None:
    """Measure the peers on a part of the corpus."""
    click.echo(measure(size_mb).markdown())


main()
