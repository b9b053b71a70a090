"""`whence schema`: the JSON Schema of an answer."""

from __future__ import annotations

import click

from attribution.commands.options import Command

__all__ = ["schema"]


@click.command(cls=Command)
def schema() -> None:
    """Print the JSON Schema of an answer.

    JSON Schema 2020-12; docs/answer.md explains the fields.
    """
    from attribution.reports.answer_schema import published_schema

    click.echo(published_schema(), nl=False)
