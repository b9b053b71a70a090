"""`whence`: the one console command.

Sub-commands are named by dotted strings and imported when they are called. So none loads another's
dependencies, and `attribution` does not import the packages that build on it.

Exit codes: 0 success; 2 something could not be done or checked, as standard error or the answer
says; 130 interrupted; 141 the reader of the output closed it.
"""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from attribution.commands.options import Command, Group
from attribution.errors import WhenceError
from attribution.extras import missing_package
from attribution.module_path import protect_module_path

__all__ = ["cli", "main"]

# Where each command is, and the first line of its help, so that listing them imports none.
_COMMANDS = {
    "index": ("indexer.cli:index", "Make an index of code, or add to one."),
    "merge": ("attribution.commands.merge:merge", "Make one index of parts, or add them to one."),
    "lookup": ("attribution.commands.lookup:lookup", "Trace code to its sources."),
    "search": ("attribution.commands.search:search", "Find files that contain all WORDS."),
    "audit": (
        "audit.commands.audit:audit",
        "Find copied code, and check that its licence is complied with.",
    ),
    "evaluate": (
        "evaluation.command:evaluate",
        "Score how well a model complies with licences, by LiCoEval.",
    ),
    "generate": (
        "webapp.commands.generate:generate",
        "Generate code, and trace it to its sources.",
    ),
    "serve": ("webapp.commands.serve:serve", "Serve the playground and the API over an index."),
    "keys": ("webapp.commands.keys:keys", "Make, list and revoke the API keys of `whence serve`."),
    "requests": (
        "webapp.commands.requests:requests",
        "List and decide requests of authors to remove their code.",
    ),
    "info": (
        "attribution.commands.info:info",
        "Show what the index contains, by language and licence.",
    ),
    "remove": (
        "attribution.commands.remove:remove",
        "Leave repositories or owners out of every answer.",
    ),
    "compact": (
        "attribution.commands.compact:compact",
        "Delete removed content from disk by rewriting the index.",
    ),
    "lsp": ("audit.commands.lsp:lsp", "Show findings in an editor while you write code."),
    "mcp": ("audit.commands.mcp:mcp", "Give coding agents tools to trace code."),
    "schema": ("attribution.commands.schema:schema", "Print the JSON Schema of an answer."),
}


_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, Command | Group)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # before click turns it into exit code 1, "findings"
            raise _ReaderGoneError from error


class _ReaderGoneError(Exception):
    """The reader of our standard output has closed it."""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="whence", prog_name="whence")
def cli() -> None:
    """Where does this code come from, and what do I owe its author?

    Whence traces code, line by line, to the repositories and licences that it
    matches.

    \b
    Start with:
      whence index SOURCE... --to LOCATION     make an index of known code
      whence lookup FILE --index LOCATION      find the sources of a file
      whence audit FOLDER --index LOCATION     check a project against a policy

    Set the environment variable WHENCE_INDEX to leave out --index.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; the entry point of the console script.

    Args:
        arguments: of the command line; None: those of this process.
    """
    if arguments is None:
        protect_module_path()
    try:
        code = _run(arguments)
    except Exception:  # a bug: print the traceback, but never exit with 1, which means "findings"
        traceback.print_exc()
        code = 2
    # Do not collect what numba has made from a process that ends: that took a second.
    gc.freeze()
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = cli.main(args=arguments, prog_name="whence", standalone_mode=False)
        if sys.stdout is not None:  # None: closed by our parent process
            sys.stdout.flush()
    except WhenceError as error:
        click.echo(f"whence: {error}", err=True)
        return 2
    except ModuleNotFoundError as error:
        help_ = missing_package(error.name or "")
        if help_ is None:
            raise  # a module of our own: a bug
        click.echo(f"whence: {help_}", err=True)
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("whence: interrupted", err=True)
        return 130
    except (_ReaderGoneError, BrokenPipeError):
        _drop_output()
        return 141
    except OSError as error:
        # The disk of `> file`; all other errors of reading and writing name their file.
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        _drop_output()
        click.echo(
            f"whence: cannot write to standard output: {error.strerror}; the output is incomplete",
            err=True,
        )
        return 2
    return result if isinstance(result, int) else 0


def _drop_output() -> None:
    """Keep Python's flush at exit from failing on the closed pipe or full disk again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
