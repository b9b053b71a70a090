"""`whence lsp`: show findings in an editor."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.commands.options import Command, indexes_option, private_option
from attribution.errors import InputError
from attribution.extras import how_to_install
from attribution.locations import Locations

__all__ = ["lsp"]


@click.command(cls=Command)
@indexes_option()
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Use this policy file.  [default: whence.toml]",
)
@private_option
def lsp(location: Locations, policy: Path | None, private: bool) -> None:
    """Show findings in an editor while you write code.

    This is a language server: it speaks the Language Server Protocol on
    standard input and output. Configure this command line in your editor.
    Open documents are checked as by `whence audit`. Findings are shown as
    diagnostics, with hovers, and with code actions to attribute or ignore
    them.

    It stops when the editor closes the connection.
    """
    try:
        from audit.lsp.server import serve
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise  # one of our own modules: a bug
        raise InputError(
            f"whence lsp needs the package {exc.name}; install it with "
            f"`{how_to_install('editors')}`"
        ) from exc
    serve(location, policy, private=private)
