"""`whence`: the one console command.

Sub-commands are named by dotted strings and imported when they are called, so that none pays for
another's dependencies, and so that `attribution` imports nothing of the folders above it.

Exit codes: 0 done; 2 something that was asked could not be done or checked, said on standard
error or in the answer; 130 interrupted; 141 the reader of the output went away.
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

from attribution.errors import WhenceError
from attribution.module_path import protect_module_path

__all__ = ["cli", "main"]

# Where each command is, and the first line of its help: to list them, none has to be imported.
_COMMANDS = {
    "index": ("indexer.cli:index", "Make an index of code, or add to one."),
    "lookup": ("attribution.commands.lookup:lookup", "Trace code to its sources."),
    "search": ("attribution.commands.search:search", "Find files that hold all WORDS."),
    "audit": (
        "audit.commands.audit:audit",
        "Audit code: what is copied, and is its licence kept?",
    ),
    "evaluate": (
        "evaluation.command:evaluate",
        "Score how well a model keeps licences, by LiCoEval.",
    ),
    "sketch": (
        "attribution.commands.sketch:sketch",
        "Print the fingerprints of FILE, for look-ups in private mode.",
    ),
    "generate": (
        "webapp.commands.generate:generate",
        "Generate code, and trace what came out to its sources.",
    ),
    "serve": ("webapp.commands.serve:serve", "Serve the playground and the API over an index."),
    "keys": ("webapp.commands.keys:keys", "Make, list and revoke the API keys of `whence serve`."),
    "info": (
        "attribution.commands.info:info",
        "Tell what the index holds, per language and licence.",
    ),
    "remove": (
        "attribution.commands.remove:remove",
        "Take repositories or owners out of every answer.",
    ),
    "compact": (
        "attribution.commands.compact:compact",
        "Rewrite the index so that what was removed is gone from disk.",
    ),
    "lsp": ("audit.commands.lsp:lsp", "Show findings in an editor, while code is written."),
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
        assert isinstance(command, click.Command)
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
    """Whoever read our standard output has closed it."""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="whence", prog_name="whence")
def cli() -> None:
    """Where does this code come from, and what do I owe its author?

    Whence traces code, line by line, to the repositories and licences that it
    matches.

    \b
    Start with:
      whence index SOURCE... --to LOCATION     make an index of known code
      whence lookup FILE --index LOCATION      ask it about a file
      whence audit FOLDER --index LOCATION     hold a project against a policy

    WHENCE_INDEX in the environment stands in for --index.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: the console script's entry.

    Args:
        arguments: those of the command line; None: this process's own.
    """
    if arguments is None:
        protect_module_path()
    try:
        code = _run(arguments)
    except Exception:  # a bug: told whole, but never by an exit code that means "findings"
        traceback.print_exc()
        code = 2
    # What numba has made is not worth collecting from a process that ends: that took a second.
    gc.freeze()
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = cli.main(args=arguments, prog_name="whence", standalone_mode=False)
        if sys.stdout is not None:  # closed by who started us
            sys.stdout.flush()
    except WhenceError as error:
        click.echo(f"whence: {error}", err=True)
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
        # The disk below `> file`: whatever else is written or read names its file.
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        _drop_output()
        click.echo(
            f"whence: standard output cannot be written: {error.strerror}; what it holds is not "
            "the whole answer",
            err=True,
        )
        return 2
    return result if isinstance(result, int) else 0


def _drop_output() -> None:
    """Python flushes once more at exit; it must not find the closed pipe or full disk again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
