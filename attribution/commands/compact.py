"""`whence compact`: delete removed content from disk."""

from __future__ import annotations

import click

from attribution.commands.options import Command, index_option

__all__ = ["compact"]


@click.command(cls=Command)
@index_option
@click.option(
    "--drop-old",
    is_flag=True,
    help="Elasticsearch: first delete the versions that `whence index --rebuild` replaced.",
)
def compact(location: str, drop_old: bool) -> None:
    """Delete removed content from disk by rewriting the index.

    In Elasticsearch, also merges segments, so that nothing is stored twice;
    after a large load it takes about as long as the load did.
    """
    from attribution.index import administer
    from attribution.reports.numbers import size_in_words

    with administer(location) as index:
        if drop_old:
            dropped = index.drop_old_versions()
            for version in dropped:
                click.echo(f"Deleted version {version.name}: {size_in_words(version.size)}.")
            if not dropped:
                click.echo("There is no old version to delete.")
        before = sum(index.describe().sizes.values())
        index.compact()
        index.refresh()
        after = sum(index.describe().sizes.values())
    click.echo(f"Compacted {location}: {size_in_words(before)} before, {size_in_words(after)} now.")
