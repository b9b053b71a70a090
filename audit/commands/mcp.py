"""`whence mcp`: look-ups and searches as tools for coding agents."""

from __future__ import annotations

import click

from attribution.commands.options import index_option
from attribution.errors import InputError

__all__ = ["mcp"]


@click.command()
@index_option
def mcp(location: str) -> None:
    """Give coding agents tools to trace code.

    Speaks the Model Context Protocol on standard input and output: set it up
    in an agent as a server with this command line. Its tools:

    \b
      attribute_code  where code is from, under which licence, what to do
      search_corpus   files of the index with words or an exact phrase
      get_document    lines of one of them, and where it was seen

    Ends when standard input does.
    """
    try:
        from audit.mcp.server import serve
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in ("mcp", "mcp_types", "pydantic"):
            raise  # a module of our own: a bug
        raise InputError(
            f"whence mcp needs the package {exc.name}; install it with "
            "`pip install 'whence[editors]'`"
        ) from exc
    serve(location, lambda line: click.echo(f"whence mcp: {line}", err=True))
