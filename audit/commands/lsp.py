"""`whence lsp`: findings in an editor, while code is written."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.commands.options import index_option
from attribution.errors import InputError

__all__ = ["lsp"]


@click.command()
@index_option
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read this policy.  [default: whence.toml]",
)
def lsp(location: str, policy: Path | None) -> None:
    """Show findings in an editor, while code is written.

    Speaks the Language Server Protocol on standard input and output: set it
    up in an editor as a language server with this command line. Open
    documents are checked as `whence audit` checks files: findings are
    diagnostics, with hovers, and with code actions that attribute or ignore
    them.

    Ends when the editor does.
    """
    try:
        from audit.lsp.server import serve
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise  # a module of our own: a bug
        raise InputError(
            f"whence lsp needs the package {exc.name}; install it with "
            "`pip install 'whence[editors]'`"
        ) from exc
    serve(location, policy)
