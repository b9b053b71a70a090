"""`whence requests`: the requests of authors to remove code, for the operator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from shlex import quote

import click

from attribution.commands.options import Group, IndexLocation
from attribution.config_folder import config_folder
from attribution.errors import InputError
from attribution.locations import in_words
from attribution.types import OptOut
from webapp.removal.store import ACCEPTED, DECLINED, OPEN, RemovalRequest, RequestStore

__all__ = ["default_requests", "requests", "requests_option"]

_NAMES = 3  # of a request, in the list

requests_option = click.option(
    "--requests",
    "requests_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WHENCE_REQUESTS",
    show_envvar=True,
    help="File of the requests. Default: requests.sqlite in the user's configuration folder.",
)


def default_requests() -> Path:
    """The file of requests unless another one is named."""
    return config_folder() / "requests.sqlite"


@click.group(cls=Group)
def requests() -> None:
    """List and decide requests of authors to remove their code.

    They come from the page and the API of `whence serve --contact WHOM`.
    Before you accept one, let its sender show that the code is theirs.
    """


@requests.command(name="list")
@requests_option
@click.option("--all", "all_", is_flag=True, help="Also those that were accepted or declined.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def list_(requests_file: Path | None, all_: bool, as_json: bool) -> None:
    """List the open requests, oldest first."""
    found = list(_store(requests_file).all(None if all_ else OPEN))
    if as_json:
        for request in found:
            click.echo(json.dumps(asdict(request)))
        return
    if not found:
        click.echo(f"whence: no {'' if all_ else 'open '}requests", err=True)
        return
    rows = [("NUMBER", "MADE", "STATE", "WHAT", "CONTACT"), *map(_row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@requests.command()
@click.argument("number", type=int)
@requests_option
def show(number: int, requests_file: Path | None) -> None:
    """Show the request with this NUMBER."""
    from attribution.reports.terminal import printable

    request = _store(requests_file).by_number(number)
    lines = [f"request    {request.number}", f"made       {request.made}"]
    lines.append(f"state      {request.state}" + (f" {request.decided}" if request.decided else ""))
    lines += [f"reason     {request.reason}"] if request.reason else []
    lines.append(f"reference  {request.reference}")
    lines.append(f"contact    {request.contact}")
    lines += [f"remove     {opt_out.kind} {opt_out.value}" for opt_out in request.opt_outs]
    lines += ["statement", *(f"  {line}" for line in request.statement.splitlines())]
    for line in lines:
        click.echo(printable(line))


@requests.command()
@click.argument("number", type=int)
@requests_option
@click.option(
    "--index",
    "locations",
    metavar="LOCATION",
    type=IndexLocation(),
    multiple=True,
    envvar="WHENCE_INDEX",
    show_envvar=True,
    help="Folder of the index, or https://HOST:9200/NAME. Repeat it to remove from several.",
)
@click.option("--reason", default="", help="What else the sender shall read.")
@click.option(
    "--removed", is_flag=True, help="The code was removed already: only record the decision."
)
def accept(
    number: int, requests_file: Path | None, locations: tuple[str, ...], reason: str, removed: bool
) -> None:
    """Remove what a request names from the index, and record it.

    As `whence remove` does: no answer shows it from then on, and it is not
    indexed again. Run `whence compact` to delete the bytes from disk.
    """
    from attribution.reports.numbers import count_of

    store = _store(requests_file)
    request = store.by_number(number)
    if request.state == ACCEPTED:
        raise InputError(f"request {number} was accepted on {request.decided}")
    if removed:
        store.decide(number, ACCEPTED, reason)
        click.echo(f"Recorded: request {number} is accepted.")
        return
    if not locations:
        raise InputError(
            f"name the index with --index; or run `whence remove --index LOCATION "
            f"{_options(request.opt_outs)}` where it is, and then `whence requests accept {number} "
            "--removed`"
        )
    occurrences = _remove(locations, request.opt_outs)
    store.decide(number, ACCEPTED, reason)
    click.echo(
        f"Request {number} is accepted: removed {count_of(occurrences, 'occurrence')} from "
        f"{in_words(locations)}. `whence compact` deletes the bytes from disk."
    )


@requests.command()
@click.argument("number", type=int)
@requests_option
@click.option("--reason", required=True, help="Why; the sender reads it.")
def decline(number: int, requests_file: Path | None, reason: str) -> None:
    """Decline a request, with a reason."""
    if not reason.strip():
        raise InputError("the reason is empty; say why, because the sender reads it")
    _store(requests_file).decide(number, DECLINED, reason.strip())
    click.echo(f"Request {number} is declined.")


@requests.command()
@click.argument("number", type=int)
@requests_option
def delete(number: int, requests_file: Path | None) -> None:
    """Delete a request, with its sender's address. Nothing else changes."""
    _store(requests_file).delete(number)
    click.echo(f"Request {number} is deleted.")


def _store(path: Path | None) -> RequestStore:
    return RequestStore(path or default_requests())


def _remove(locations: Sequence[str], opt_outs: Sequence[OptOut]) -> int:
    """Remove from all indexes, or from none if one cannot be changed; the occurrences removed."""
    from attribution.index import administer

    with ExitStack() as stack:
        indexes = [stack.enter_context(administer(location)) for location in locations]
        return sum(index.remove(opt_outs).occurrences for index in indexes)


def _row(request: RemovalRequest) -> tuple[str, ...]:
    from attribution.reports.terminal import printable

    names = [opt_out.value for opt_out in request.opt_outs]
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    what = ", ".join(names[:_NAMES]) + more
    return (
        str(request.number),
        request.made[:10],
        request.state,
        printable(what),
        printable(request.contact),
    )


def _options(opt_outs: Sequence[OptOut]) -> str:
    return " ".join(f"--{opt_out.kind} {quote(opt_out.value)}" for opt_out in opt_outs)
