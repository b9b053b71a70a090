"""Options that several sub-commands share, and the rule that no option is silently dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

__all__ = [
    "Command",
    "Group",
    "changed_index_option",
    "color_option",
    "format_option",
    "index_option",
    "language_option",
    "refuse_options",
]

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Command(click.Command):
    """A command that refuses an option given twice, unless the option takes several values.

    click would drop all values but the last.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _refuse_repeated(self, ctx, args)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command


def _refuse_repeated(command: click.Command, ctx: click.Context, args: list[str]) -> None:
    given = Counter(command.make_parser(ctx).parse_args(args=list(args))[2])
    for parameter, count in given.items():
        if (
            count > 1
            and isinstance(parameter, click.Option)
            and not (parameter.multiple or parameter.is_flag)
        ):
            raise click.UsageError(
                f"{parameter.opts[0]} is given {count} times, but takes one value", ctx
            )


def refuse_options(why: str, *names: str) -> None:
    """Refuse options of the current command that are given on its command line.

    Args:
        why: they would have no effect; it follows the option's name.
        names: such as "--jobs".

    Raises:
        UsageError: one of them is given.
    """
    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.opts[0]
        if (
            name in names
            and context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        ):
            raise click.UsageError(f"{name} {why}", context)


def _index_option(kinds: str) -> Callable[[Decorated], Decorated]:
    return click.option(
        "--index",
        "location",
        metavar="LOCATION",
        required=True,
        envvar="WHENCE_INDEX",
        show_envvar=True,
        help=kinds,
    )


index_option = _index_option(
    "Folder of the index, https://HOST:9200/NAME, or https://HOST of a service."
)
# for commands that change an index
changed_index_option = _index_option("Folder of the index, or https://HOST:9200/NAME.")

color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colours of text output. auto: if it is a terminal and NO_COLOR is not set.",
)

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)

language_option = click.option(
    "--language", metavar="NAME", help="Language of the code, if the file name does not show it."
)
