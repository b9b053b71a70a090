"""`whence remove`: leave repositories and owners out of every answer."""

from __future__ import annotations

import io
import re
from pathlib import Path

import click

from attribution.commands.inputs import standard_input
from attribution.commands.options import Command, index_option
from attribution.errors import InputError
from attribution.types import OptOut

__all__ = ["read_opt_outs", "remove"]

# People paste addresses: what follows the host is the repository.
_ADDRESS = re.compile(r"(?:https?|ssh|git)://[^/]+/|git@[^:/]+:", re.IGNORECASE)
# A line of JSON, CSV or prose would be an opt-out that matches nothing but looks applied.
_NO_NAME = re.compile(r"""[\s"'{}\[\],:\\]""")


@click.command(cls=Command)
@index_option
@click.option(
    "--repository",
    "repositories",
    metavar="OWNER/NAME",
    multiple=True,
    help="A repository, or a package's name; can be repeated.",
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
) -> None:
    """Leave repositories or owners out of every answer.

    Takes effect immediately, and also for code that is indexed later. Content
    that another repository contains too remains, under that repository. Run
    `whence compact` to delete the bytes from disk.
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
        if readmit:
            before = index.summary().opt_outs
            index.lift_opt_out(opt_outs)
            index.refresh()
            if lifted := before - index.summary().opt_outs:
                named = count_of(lifted, "opt-out")
                click.echo(f"Lifted {named}. Index the code again to see it in answers.")
            else:
                click.echo("None of them is opted out; `whence info` lists the opt-outs.")
            return
        report = index.remove(opt_outs)
    named = count_of(len(opt_outs), "opt-out")
    click.echo(f"Applied {named}, removed {count_of(report.occurrences, 'occurrence')}.")
    if report.documents:
        click.echo(
            f"{count_of(report.documents, 'file')} ({size_in_words(report.content_bytes)}) had no "
            "other occurrence; `whence compact` deletes the bytes from disk."
        )
    elif not report.occurrences:
        click.echo("None of their code was indexed; it will be left out from now on.")


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
        value = _ADDRESS.sub("", line.partition("#")[0].strip(), count=1)
        if not value:
            continue
        if _NO_NAME.search(value):
            raise InputError(
                f"line {number} of {name} is not owner/name or owner: {value[:80]!r}. Nothing was "
                "removed; fix the line (--repository accepts any characters)"
            )
        opt_outs.append(_opt_out("repository" if "/" in value.strip("/") else "owner", value))
    return opt_outs


def _opt_out(kind: str, value: str) -> OptOut:
    """An opt-out for a name or an address.

    Raises:
        InputError: it names no owner or no repository.
    """
    name = _ADDRESS.sub("", value.strip(), count=1).strip("/").removesuffix(".git")
    if not name or (kind == "owner" and "/" in name):
        wanted = "an owner" if kind == "owner" else "a repository (owner/name, or a package)"
        raise InputError(f"{value!r} is not the name of {wanted}")
    return OptOut(kind, name)
