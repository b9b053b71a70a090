"""Options that several sub-commands share, and the rule that no option is silently dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from attribution.locations import Locations

if TYPE_CHECKING:
    from attribution.types import OptOut

__all__ = [
    "Command",
    "Group",
    "IndexLocation",
    "color_option",
    "format_option",
    "index_option",
    "indexes_option",
    "language_option",
    "opt_out_option",
    "private_option",
    "refuse_options",
]


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


class IndexLocation(click.ParamType[str]):
    """The location of an index. The environment variable has one a line: a path may have spaces."""

    name = "location"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The location.

        Raises:
            BadParameter: there are several lines, and the option takes one location.
        """
        if len(lines := self.split_envvar_value(value)) > 1:
            several = isinstance(param, click.Option) and param.multiple
            rule = "repeat --index for each" if several else "this command takes one index"
            self.fail(f"{len(lines)} indexes are named in one value; {rule}", param, ctx)
        return value

    def split_envvar_value(self, rv: str) -> list[str]:
        """The lines that are not blank."""
        return [line.strip() for line in rv.splitlines() if line.strip()]


def _one_or_several(_: object, __: object, locations: tuple[str, ...]) -> Locations | None:
    return (locations if len(locations) > 1 else locations[0]) if locations else None


# of a command that changes one index
index_option = click.option(
    "--index",
    "location",
    metavar="LOCATION",
    type=IndexLocation(),
    required=True,
    envvar="WHENCE_INDEX",
    show_envvar=True,
    help="Folder of the index, or https://HOST:9200/NAME.",
)


def indexes_option(*, required: bool = True, help_: str = "") -> Callable[[Any], Any]:
    """--index of a command that reads one or several indexes."""
    return click.option(
        "--index",
        "location",
        metavar="LOCATION",
        type=IndexLocation(),
        multiple=True,
        callback=_one_or_several,
        required=required,
        envvar="WHENCE_INDEX",
        show_envvar=True,
        help="Folder of the index, https://HOST:9200/NAME, or https://HOST of a service. Repeat it "
        "to ask several as one." + help_,
    )


def _read_lists(_: object, __: object, files: tuple[str, ...]) -> tuple[OptOut, ...]:
    from attribution.commands.inputs import standard_input
    from attribution.opt_out_lists import parse_opt_outs, read_opt_outs

    return tuple(
        opt_out
        for name in files
        for opt_out in (
            parse_opt_outs(standard_input().read(), "-") if name == "-" else read_opt_outs(name)
        )
    )


def opt_out_option(effect: str) -> Callable[[Any], Any]:
    """--opt-out, which gives the OptOuts of all lists.

    Args:
        effect: a sentence for the help; "" where the command says it.
    """
    return click.option(
        "--opt-out",
        "listed",
        metavar="FILE",
        multiple=True,
        callback=_read_lists,
        help=f"{effect}A list: owner/name or owner on each line, CSV with a header, JSON, or "
        "BigCode's optouts.jsonl; - is standard input.",
    )


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

private_option = click.option(
    "--private",
    is_flag=True,
    help="Send fingerprints alone to the index, no words of the code. Finds less; the answer says "
    "what.",
)

language_option = click.option(
    "--language", metavar="NAME", help="Language of the code, if the file name does not show it."
)
