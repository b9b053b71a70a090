"""Whether an index has code of an owner or a repository, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from attribution.index.interface import Membership
from attribution.reports.numbers import count_of
from attribution.reports.terminal import printable
from attribution.repository_names import RepositoryName

__all__ = ["print_membership", "print_preview", "print_removed"]

_ROWS = 10  # files that stay; JSON has more


def print_membership(
    console: Console, name: RepositoryName, holdings: Sequence[Membership], similar: Sequence[str]
) -> None:
    """Print what an index has under a name, or names in it that are like it.

    Args:
        similar: as `Index.similar_names` returns them.
    """
    host = f" ({name.host} is not compared, only the name)" if name.host else ""
    verb = "Yes, the index has" if holdings else "No, the index has no"
    console.print(Text(printable(f"{verb} code of {name.path}{host}."), "bold"), soft_wrap=True)
    for holding in holdings:
        licenses = ", ".join(holding.licenses)
        files = count_of(holding.documents, "file")
        where = f", in index {holding.index}" if holding.index else ""
        line = f"  {holding.repository}  {files}, {licenses}{where}"
        console.print(Text(printable(line)), soft_wrap=True)
    if similar:
        names = ", ".join(alike.rstrip("/") for alike in similar)
        console.print(Text(printable(f"Names in the index like it: {names}")), soft_wrap=True)


def print_removed(console: Console, removed: Sequence[Mapping[str, Any]]) -> None:
    """Print what was removed, and when; `removed_json` gives it."""
    for entry in removed:
        console.print(Text(printable(entry["says"])), soft_wrap=True)


def print_preview(console: Console, preview: Mapping[str, Any]) -> None:
    """Print what a removal would do; `preview_json` gives it."""
    gone, staying = preview["files_deleted"], preview["files_staying"]
    lines = [
        f"A removal would remove {count_of(preview['occurrences'], 'occurrence')} of "
        f"{count_of(preview['files'], 'file')}: {gone:,} would be deleted, {staying:,} would stay"
        + (" because other repositories have the same content:" if staying else ".")
    ]
    for file in preview["staying"][:_ROWS]:
        own, other = file["removed"][0], file["elsewhere"][0]
        more = file["elsewhere_total"] - 1
        lines.append(
            f"  {own['repository']}/{own['path']}  also {other['repository']}/{other['path']}"
            + (f" and {more:,} more" if more else "")
        )
    if staying > _ROWS:
        lines.append(f"  and {staying - _ROWS:,} more files")
    for line in lines:
        console.print(Text(printable(line)), soft_wrap=True)
