"""`whence remove`: repositories and owners out of every answer, at once."""

from __future__ import annotations

import io
import re
from pathlib import Path

import click

from attribution.commands.options import index_option
from attribution.commands.stdin import standard_input
from attribution.errors import InputError
from attribution.types import OptOut

__all__ = ["read_opt_outs", "remove"]

# An address is what people copy: what follows the host is the repository.
_ADDRESS = re.compile(r"(?:https?|ssh|git)://[^/]+/|git@[^:/]+:", re.IGNORECASE)
# A line of JSON, CSV or prose would be an opt-out that holds nothing, and look applied.
_NO_NAME = re.compile(r"""[\s"'{}\[\],:\\]""")


@click.command()
@index_option
@click.option(
    "--repository",
    "repositories",
    metavar="OWNER/NAME",
    multiple=True,
    help="A repository, or a package's name; may be given again.",
)
@click.option("--owner", "owners", metavar="OWNER", multiple=True, help="All that is an owner's.")
@click.option(
    "--opt-out",
    "files",
    metavar="FILE",
    multiple=True,
    help="A list, one owner/name or owner a line; # starts a comment; - is standard input.",
)
@click.option("--readmit", is_flag=True, help="Lift these opt-outs instead.")
def remove(
    location: str,
    repositories: tuple[str, ...],
    owners: tuple[str, ...],
    files: tuple[str, ...],
    readmit: bool,
) -> None:
    """Take repositories or owners out of every answer.

    It holds at once, and for all that is indexed later. Content that another
    repository also holds stays, under that one. The bytes leave the disk with
    `whence compact`.
    """
    from attribution.index import administer
    from attribution.reports.numbers import count_of, size_in_words

    opt_outs = [_opt_out("repository", value) for value in repositories]
    opt_outs += [_opt_out("owner", value) for value in owners]
    for name in files:
        opt_outs += read_opt_outs(name)
    if not opt_outs:
        raise InputError("nothing to remove: give --repository, --owner or --opt-out FILE")
    named = count_of(len(opt_outs), "opt-out")
    with administer(location) as index:
        if readmit:
            before = index.summary().opt_outs
            index.lift_opt_out(opt_outs)
            index.refresh()
            if lifted := before - index.summary().opt_outs:
                named = count_of(lifted, "opt-out")
                click.echo(f"Lifted {named}. Index their code again to have it in answers.")
            else:
                click.echo("Nothing of them was opted out; `whence info` lists what is.")
            return
        report = index.remove(opt_outs)
    gone = count_of(report.occurrences, "place")
    click.echo(f"Applied {named}: {gone} out of every answer.")
    if report.documents:
        click.echo(
            f"{count_of(report.documents, 'file')} ({size_in_words(report.content_bytes)}) held "
            "nowhere else; the bytes leave the disk with `whence compact`."
        )
    elif not report.occurrences:
        click.echo("Nothing of theirs was indexed; it will be left out from now on.")


def read_opt_outs(name: str) -> list[OptOut]:
    """The opt-outs of a list: `owner/name` is a repository, `owner` all that is an owner's.

    Raises:
        InputError: the file cannot be read, is no UTF-8 text, or a line names nothing.
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
    found = []
    for number, line in enumerate(io.StringIO(text), 1):
        value = _ADDRESS.sub("", line.partition("#")[0].strip(), count=1)
        if not value:
            continue
        if _NO_NAME.search(value):
            raise InputError(
                f"line {number} of {name} is not owner/name or owner: {value[:80]!r}. Nothing was "
                "removed; mend the line (--repository takes a name with any characters)"
            )
        found.append(_opt_out("repository" if "/" in value.strip("/") else "owner", value))
    return found


def _opt_out(kind: str, value: str) -> OptOut:
    """An opt-out that can cover something.

    Raises:
        InputError: it cannot.
    """
    name = _ADDRESS.sub("", value.strip(), count=1).strip("/").removesuffix(".git")
    if not name or (kind == "owner" and "/" in name):
        wanted = "an owner" if kind == "owner" else "a repository (owner/name, or a package)"
        raise InputError(f"{value!r} is not the name of {wanted}")
    return OptOut(kind, name)
