"""`whence info`: what an index contains."""

from __future__ import annotations

import click

from attribution.commands.options import Command, color_option, format_option, index_option

__all__ = ["info"]


@click.command(cls=Command)
@index_option
@click.option("--check", is_flag=True, help="Verify every stored byte against its checksum.")
@click.option("--skipped", is_flag=True, help="List each file that was left out, and why.")
@format_option
@color_option
def info(location: str, check: bool, skipped: bool, form: str, color: str) -> None:
    """Show what the index contains, by language and licence.

    Exits with 2 if the index is damaged; --check reads every byte.
    """
    from attribution.index import administer

    with administer(location) as index:
        # Both are generators: an index may have left out millions of files.
        parts = index.verify() if check else None
        skips = index.skips() if skipped else None
        if form == "json":
            from attribution.reports.index_report import description_json

            click.echo(description_json(index.describe(), parts, skips))
            return
        from attribution.reports.index_report import print_description, print_parts, print_skips
        from attribution.reports.terminal import open_console

        console = open_console(color)
        if skips is not None:
            print_skips(console, skips)
        else:
            print_description(console, location, index.describe())
        if parts is not None:
            print_parts(console, parts)
