"""`whence compact`: removed bytes leave the disk."""

from __future__ import annotations

import click

from attribution.commands.options import index_option

__all__ = ["compact"]


@click.command()
@index_option
def compact(location: str) -> None:
    """Rewrite the index so that what was removed is gone from disk."""
    from attribution.index import open_index
    from attribution.reports.numbers import size_in_words

    with open_index(location) as index:
        before = sum(index.describe().sizes.values())
        index.compact()
        index.refresh()
        after = sum(index.describe().sizes.values())
    click.echo(f"Compacted {location}: {size_in_words(before)} before, {size_in_words(after)} now.")
