"""`whence remove`: leave repositories and owners out of every answer."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attribution.commands.inputs import standard_input
from attribution.commands.options import Command, index_option
from attribution.errors import InputError
from attribution.repository_names import read_name
from attribution.types import OptOut

if TYPE_CHECKING:  # numpy is imported with an index
    from attribution.index.interface import Index

__all__ = ["read_opt_outs", "remove"]

# A line of JSON, CSV or prose would be an opt-out that matches nothing but looks applied.
_NO_NAME = re.compile(r"""[\s"'{}\[\],\\]|:(?![\w/])""")

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
@click.option(
    "--opt-out",
    "files",
    metavar="FILE",
    multiple=True,
    help="A list with one owner/name or owner per line; # starts a comment; - is standard input.",
)
@click.option("--readmit", is_flag=True, help="Lift these opt-outs instead of adding them.")
def remove(
    location: str,
    repositories: tuple[str, ...],
    owners: tuple[str, ...],
    files: tuple[str, ...],
    readmit: bool,
) -> int:
    """Leave repositories or owners out of every answer.

    Takes effect immediately, and also for code that is indexed later. Content
    that another repository contains too remains, under that repository. Run
    `whence compact` to delete the bytes from disk.

    The exit code is 2 when nothing was removed (or lifted), unless all of it
    was opted out before.
    """
    from attribution.index import administer
    from attribution.reports.numbers import count_of, size_in_words

    opt_outs = [_opt_out("repository", value) for value in repositories]
    opt_outs += [_opt_out("owner", value) for value in owners]
    for name in files:
        opt_outs += read_opt_outs(name)
    if not opt_outs:
        raise InputError("nothing to remove: give --repository, --owner or --opt-out FILE")
    with administer(location) as index:
        before = index.summary().opt_outs
        if readmit:
            index.lift_opt_out(opt_outs)
            index.refresh()
            if lifted := before - index.summary().opt_outs:
                named = count_of(lifted, "opt-out")
                click.echo(f"Lifted {named}. Index the code again to see it in answers.")
                return 0
            click.echo("whence: none of them is opted out; see `whence info`", err=True)
            return 2
        report = index.remove(opt_outs)
        index.refresh()
        known = index.summary().opt_outs == before
        absent = () if report.occurrences or known else _near(index, opt_outs)
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
    for line in absent:
        click.echo(f"  {line}", err=True)
    return 2


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


def read_opt_outs(name: str) -> list[OptOut]:
    """Read a list of opt-outs: `owner/name` is a repository, `owner` everything of an owner.

    Raises:
        InputError: the file cannot be read, is not UTF-8, or a line is invalid.
    """
    try:
        if name == "-":
            text = standard_input().read().decode("utf-8-sig")
        else:
            text = Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from error
    opt_outs = []
    for number, line in enumerate(io.StringIO(text), 1):
        value = re.split(r"(?:^|\s)#", line)[0].strip()  # an address may contain a #
        if not value:
            continue
        if _NO_NAME.search(value):
            raise InputError(
                f"line {number} of {name} is not owner/name or owner: {value[:80]!r}. Nothing was "
                "removed; fix the line (--repository accepts any characters)"
            )
        named = read_name(value)
        opt_outs.append(OptOut(named.kind or "owner", named.path))
    return opt_outs


def _opt_out(kind: str, value: str) -> OptOut:
    """An opt-out for a name or an address.

    Raises:
        InputError: it names no owner or no repository.
    """
    name = read_name(value)
    if name.kind not in (kind, None):
        wanted = "an owner" if kind == "owner" else "a repository (owner/name, or a package)"
        raise InputError(f"{value!r} is not the name of {wanted}; it is read as {name}")
    return OptOut(kind, name.path)
