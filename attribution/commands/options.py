"""Options that several sub-commands share."""

from __future__ import annotations

import click

__all__ = ["color_option", "format_option", "index_option", "language_option"]

index_option = click.option(
    "--index",
    "location",
    metavar="LOCATION",
    required=True,
    envvar="WHENCE_INDEX",
    show_envvar=True,
    help="Folder of the index, or https://HOST:9200/NAME.",
)

color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="auto: if the output is a terminal and NO_COLOR is not set.",
)

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)

language_option = click.option(
    "--language", metavar="NAME", help="Language of the code, if the file name does not show it."
)
