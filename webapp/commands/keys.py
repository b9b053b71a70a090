"""`whence keys`: the API keys of the service."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from attribution.commands.options import Group
from attribution.config_folder import config_folder
from webapp.guards.keys import ApiKey, KeyFile

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


rate_limit_option = click.option(
    "--rate-limit",
    metavar="LIMIT",
    help="Requests, such as 100/minute, or off; `default` is that of the service.",
)
quota_option = click.option(
    "--quota", metavar="LIMIT", help="Look-ups, such as 1000000/day, or off."
)


@keys.command()
@click.argument("name")
@rate_limit_option
@quota_option
@keys_option
def add(name: str, rate_limit: str | None, quota: str | None, keys: Path | None) -> None:
    """Make a key for NAME and print it. It is not stored, and not shown again."""
    file = KeyFile(keys or default_keys())
    click.echo(file.add(name, _limit(rate_limit), quota))
    click.echo(f"whence: this key is not shown again; its hash is in {file.path}", err=True)


@keys.command(name="list")
@keys_option
def list_(keys: Path | None) -> None:
    """List all keys: name, when it was made, rate limit and quota."""
    file = KeyFile(keys or default_keys())
    known = file.read()
    if not known:
        click.echo(f"whence: there is no key in {file.path}", err=True)
    for key in known:
        limits = (key.rate_limit or "default", key.quota or "off")
        click.echo("\t".join((key.name, key.created, *limits)))


@keys.command()
@click.argument("name")
@rate_limit_option
@quota_option
@keys_option
def limit(name: str, rate_limit: str | None, quota: str | None, keys: Path | None) -> None:
    """Change what the key of NAME may do; running services apply it from now on.

    An option that is left out changes nothing.
    """
    if rate_limit is None and quota is None:
        raise click.UsageError("give --rate-limit, --quota or both")

    def changed(key: ApiKey) -> ApiKey:
        return replace(
            key,
            rate_limit=key.rate_limit if rate_limit is None else _limit(rate_limit),
            quota=key.quota if quota is None else quota,
        )

    KeyFile(keys or default_keys()).limit(name, changed)


def _limit(text: str | None) -> str | None:
    return None if text == "default" else text


@keys.command()
@click.argument("name")
@keys_option
def revoke(name: str, keys: Path | None) -> None:
    """Revoke the key of NAME; running services refuse it from now on."""
    KeyFile(keys or default_keys()).revoke(name)
