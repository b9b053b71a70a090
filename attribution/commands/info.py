"""`whence info`: what an index contains."""

from __future__ import annotations

from collections.abc import Sequence

import click

from attribution.commands.options import Command, color_option, format_option, indexes_option
from attribution.errors import InputError
from attribution.locations import Locations, listed
from attribution.repository_names import read_name

__all__ = ["info"]


@click.command(cls=Command)
@indexes_option()
@click.option("--check", is_flag=True, help="Verify every stored byte against its checksum.")
@click.option("--skipped", is_flag=True, help="List each file that was left out, and why.")
@click.option(
    "--repository",
    metavar="OWNER[/NAME]",
    help="Only say whether it has code of an owner, repository or package. An address will do.",
)
@format_option
@color_option
def info(
    location: Locations, check: bool, skipped: bool, repository: str | None, form: str, color: str
) -> None:
    """Show what the index contains, by language and licence.

    Exits with 2 if the index is damaged; --check reads every byte.
    """
    from attribution.index import administer, open_index

    if repository is not None:
        if check or skipped:
            raise click.UsageError("--repository cannot be used with --check or --skipped")
        _membership(location, repository, form, color)
        return
    locations = listed(location)
    if len(locations) > 1 and (check or skipped):
        raise click.UsageError("--check and --skipped take one --index")
    if len(locations) > 1:
        _describe_several(locations, form, color)
        return
    admin = administer(locations[0]) if check or skipped else None
    with admin or open_index(locations[0]) as index:
        # Both are generators: an index may have left out millions of files.
        parts = admin.verify() if admin and check else None
        skips = admin.skips() if admin and skipped else None
        if form == "json":
            from attribution.reports.index_report import description_json
            from attribution.reports.json_report import json_text

            click.echo(json_text(description_json(index.describe(), parts, skips)))
            return
        from attribution.reports.index_report import print_description, print_parts, print_skips
        from attribution.reports.terminal import open_console

        console = open_console(color)
        if skips is not None:
            print_skips(console, skips)
        else:
            print_description(console, locations[0], index.describe())
        if parts is not None:
            print_parts(console, parts)


def _membership(location: Locations, repository: str, form: str, color: str) -> None:
    from attribution.index import open_index
    from attribution.reports.json_report import json_text
    from attribution.reports.membership_json import holding_json, name_json
    from attribution.reports.membership_report import (
        print_membership,
        print_preview,
        print_removed,
    )
    from attribution.reports.removal_json import named_removals, preview_json, removed_json
    from attribution.reports.terminal import open_console

    name = read_name(repository)
    with open_index(location) as index:
        holdings = list(index.membership(name.path))
        similar = [] if holdings else index.similar_names(name.path)
        removed = removed_json(index, name.path, lambda one: one.describe())
        opt_outs = named_removals(name, (holding.repository for holding in holdings))
        preview = None
        if holdings:
            try:
                preview = preview_json(index, opt_outs)
            except InputError as error:  # too many
                click.echo(f"whence: no preview of a removal: {error}", err=True)
    if form == "text":
        console = open_console(color)
        print_membership(console, name, holdings, similar)
        print_removed(console, removed)
        if preview is not None:
            print_preview(console, preview)
        return
    answer = {
        **name_json(repository, name, similar, found=bool(holdings)),
        "repositories": [holding_json(holding) for holding in holdings],
        "removed": removed,
        "removal_preview": preview,
    }
    click.echo(json_text(answer))


def _describe_several(locations: Sequence[str], form: str, color: str) -> None:
    from attribution.index import open_index
    from attribution.reports.index_report import description_json, print_description
    from attribution.reports.json_report import json_text
    from attribution.reports.terminal import open_console

    described = []
    for location in locations:
        with open_index(location) as index:
            described.append((location, index.describe()))
    if form == "json":
        click.echo(json_text({"indexes": [description_json(one) for _, one in described]}))
        return
    console = open_console(color)
    for number, (location, description) in enumerate(described):
        if number:
            console.print()
        print_description(console, location, description)
