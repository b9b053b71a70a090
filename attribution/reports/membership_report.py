"""Whether an index has code of an owner or a repository, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from attribution.index.interface import Membership
from attribution.reports.numbers import count_of
from attribution.reports.terminal import printable
from attribution.repository_names import RepositoryName

__all__ = ["print_membership"]


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
