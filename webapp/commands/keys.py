"""`whence keys`: the API keys of the service."""

from __future__ import annotations

from pathlib import Path

import click

from attribution.commands.options import Group
from attribution.config_folder import config_folder
from webapp.guards.keys import KeyFile

__all__ = ["default_keys", "keys", "keys_option"]

keys_option = click.option(
    "--keys",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WHENCE_KEYS",
    show_envvar=True,
    help="File of API keys. Default: keys.json in the user's configuration folder.",
)


def default_keys() -> Path:
    """The file of keys unless another one is named."""
    return config_folder() / "keys.json"


@click.group(cls=Group)
def keys() -> None:
    """Make, list and revoke the API keys of `whence serve`."""


@keys.command()
@click.argument("name")
@keys_option
def add(name: str, keys: Path | None) -> None:
    """Make a key for NAME and print it. It is not stored, and not shown again."""
    file = KeyFile(keys or default_keys())
    click.echo(file.add(name))
    click.echo(f"whence: this key is not shown again; its hash is in {file.path}", err=True)


@keys.command(name="list")
@keys_option
def list_(keys: Path | None) -> None:
    """List the names of all keys, and when they were made."""
    file = KeyFile(keys or default_keys())
    known = file.read()
    if not known:
        click.echo(f"whence: there is no key in {file.path}", err=True)
    for key in known:
        click.echo(f"{key.name}\t{key.created}")


@keys.command()
@click.argument("name")
@keys_option
def revoke(name: str, keys: Path | None) -> None:
    """Revoke the key of NAME; running services refuse it from now on."""
    KeyFile(keys or default_keys()).revoke(name)
