"""`whence merge`: one index of parts that were indexed apart."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.commands.options import Command, IndexLocation

__all__ = ["merge"]


@click.command(cls=Command)
@click.argument("parts", nargs=-1, required=True, metavar="PART...")
@click.option(
    "--to",
    "location",
    required=True,
    metavar="FOLDER",
    type=IndexLocation(),
    envvar="WHENCE_INDEX",
    help="The index to create or add to.  [env: WHENCE_INDEX]",
)
@click.option("--name", help="Name of a new corpus; by default the name of the index's folder.")
@click.option("--quiet", "-q", is_flag=True, help="Print no summary.")
def merge(parts: tuple[str, ...], location: str, name: str | None, quiet: bool) -> None:
    """Make one index of parts, or add them to one.

    A PART is the folder of an index, such as those of `whence index --part`.
    Its files are linked, not written again, or copied where they are on
    another disk. The parts stay as they are and may be deleted afterwards.

    Files that several parts have are kept once. Opt-outs of any part, or of
    the index, hold for all. A merge that was stopped can be started again, and
    merging a part twice changes nothing.
    """
    from attribution.index import merge_indexes
    from attribution.reports.numbers import count_of

    report = merge_indexes(parts, location, name or Path(location).resolve().name)
    if not quiet:
        lines = [
            f"Merged {count_of(len(parts), 'part')} into {location}",
            f"  added: {count_of(report.documents, 'distinct file')}, "
            f"{count_of(report.occurrences, 'occurrence')}",
        ]
        if report.duplicates:
            copies = count_of(report.duplicates, "file")
            lines.append(f"  left out: {copies}, in the index already or opted out")
        click.echo("\n".join(lines), err=True)
    if report.missing_parts:
        click.echo(
            f"whence: {location} is not complete: of the work that was cut into parts, "
            f"{', '.join(report.missing_parts)} did not end, are not merged yet, or were cut from "
            "sources of other names or sizes (then index all parts again, into new folders)",
            err=True,
        )
