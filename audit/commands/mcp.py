"""`whence mcp`: tools for coding agents that trace and search code."""

from __future__ import annotations

import click

from attribution.commands.options import Command, indexes_option, private_option
from attribution.locations import Locations

__all__ = ["mcp"]


@click.command(cls=Command)
@indexes_option()
@private_option
def mcp(location: Locations, private: bool) -> None:
    """Give coding agents tools to trace code.

    This is a server for the Model Context Protocol on standard input and
    output. Configure this command line in your agent. The tools are:

    \b
      attribute_code  find the origin of code, its licence, and what to do
      search_corpus   find indexed files by words or an exact phrase
      get_document    read lines of a file, and see where it occurs

    It stops when standard input ends.
    """
    from audit.mcp.corpus import Corpus
    from audit.mcp.server import serve

    serve(Corpus(location, private), lambda line: click.echo(f"whence mcp: {line}", err=True))
