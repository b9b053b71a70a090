"""`whence remove`: leave repositories and owners out of every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attribution.commands.options import Command, index_option, opt_out_option
from attribution.errors import InputError
from attribution.opt_out_lists import opt_out_of
from attribution.types import OptOut

if TYPE_CHECKING:  # numpy is imported with an index
    from attribution.index.interface import Index, IndexAdmin

__all__ = ["remove"]

_SHOWN = 10  # names that are printed; a list may have thousands


@click.command(cls=Command)
@index_option
@click.option(
    "--repository",
    "repositories",
    metavar="OWNER/NAME",
    multiple=True,
    help="A repository or a package: its name, address or package URL; can be repeated.",
)
@click.option(
    "--owner",
    "owners",
    metavar="OWNER",
    multiple=True,
    help="Everything of an owner; can be repeated.",
)
@opt_out_option("")
@click.option("--readmit", is_flag=True, help="Lift these opt-outs instead of adding them.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def remove(
    location: str,
    repositories: tuple[str, ...],
    owners: tuple[str, ...],
    listed: tuple[OptOut, ...],
    readmit: bool,
    dry_run: bool,
) -> int:
    """Leave repositories or owners out of every answer.

    Takes effect immediately, and also for code that is indexed later. Content
    that another repository contains too remains, under that repository. Run
    `whence compact` to delete the bytes from disk.

    The exit code is 2 when nothing was removed (or lifted), unless all of it
    was opted out before.
    """
    from attribution.index import administer

    opt_outs = [opt_out_of("repository", value) for value in repositories]
    opt_outs += [opt_out_of("owner", value) for value in owners]
    opt_outs += listed
    if not opt_outs:
        raise InputError("nothing to remove: give --repository, --owner or --opt-out FILE")
    if dry_run:
        if readmit:
            raise click.UsageError("--dry-run cannot be used with --readmit")
        return _preview(location, opt_outs)
    with administer(location) as index:
        return _readmit(index, opt_outs) if readmit else _remove(index, opt_outs)


def _readmit(index: IndexAdmin, opt_outs: list[OptOut]) -> int:
    from attribution.reports.numbers import count_of

    before = index.summary().opt_outs
    index.lift_opt_out(opt_outs)
    index.refresh()
    if lifted := before - index.summary().opt_outs:
        named = count_of(lifted, "opt-out")
        click.echo(f"Lifted {named}. Index the code again to see it in answers.")
        return 0
    click.echo("whence: none of them is opted out; see `whence info`", err=True)
    return 2


def _remove(index: IndexAdmin, opt_outs: list[OptOut]) -> int:
    from attribution.reports.numbers import count_of, size_in_words

    before = index.summary().opt_outs
    report = index.remove(opt_outs)
    index.refresh()
    known = index.summary().opt_outs == before
    named = count_of(len(opt_outs), "opt-out")
    click.echo(f"Applied {named}, removed {count_of(report.occurrences, 'occurrence')}.")
    for opt_out in opt_outs[:_SHOWN]:
        click.echo(f"  {opt_out.kind} {opt_out.value}")
    if len(opt_outs) > _SHOWN:
        click.echo(f"  and {len(opt_outs) - _SHOWN} more")
    if report.documents:
        click.echo(
            f"{count_of(report.documents, 'file')} ({size_in_words(report.content_bytes)}) had no "
            "other occurrence; `whence compact` deletes the bytes from disk."
        )
    if report.occurrences or known:
        return 0
    click.echo(
        "whence: nothing was removed: the index has no code of them. It will be left out if it is "
        "indexed later; `--readmit` undoes this",
        err=True,
    )
    for line in _near(index, opt_outs):
        click.echo(f"  {line}", err=True)
    return 2


def _preview(location: str, opt_outs: list[OptOut]) -> int:
    from attribution.index import open_index
    from attribution.reports.membership_report import print_preview
    from attribution.reports.removal_json import preview_json
    from attribution.reports.terminal import open_console

    with open_index(location) as index:
        print_preview(open_console("auto"), preview_json(index, opt_outs))
    return 0


def _near(index: Index, opt_outs: list[OptOut]) -> list[str]:
    """A line for each opt-out that other names in the index resemble."""
    lines = []
    for opt_out in opt_outs[:_SHOWN]:
        if names := index.similar_names(opt_out.value):
            options = " or ".join(_option(name) for name in names)
            lines.append(f"{opt_out.value}: did you mean {options}?")
    return lines


def _option(name: str) -> str:
    return f"--owner {name[:-1]}" if name.endswith("/") else f"--repository {name}"
