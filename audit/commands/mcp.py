"""`whence mcp`: tools for coding agents that trace and search code."""

from __future__ import annotations

import click

from attribution.commands.options import Command, indexes_option
from attribution.errors import InputError
from attribution.extras import how_to_install
from attribution.locations import Locations

__all__ = ["mcp"]


@click.command(cls=Command)
@indexes_option()
def mcp(location: Locations) -> None:
    """Give coding agents tools to trace code.

    This is a server for the Model Context Protocol on standard input and
    output. Configure this command line in your agent. The tools are:

    \b
      attribute_code  find the origin of code, its licence, and what to do
      search_corpus   find indexed files by words or an exact phrase
      get_document    read lines of a file, and see where it occurs

    It stops when standard input ends.
    """
    try:
        from audit.mcp.server import serve
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in ("mcp", "mcp_types", "pydantic"):
            raise  # one of our own modules: a bug
        raise InputError(
            f"whence mcp needs the package {exc.name}; install it with "
            f"`{how_to_install('editors')}`"
        ) from exc
    serve(location, lambda line: click.echo(f"whence mcp: {line}", err=True))
