"""`whence serve`: the playground and the API."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import Any

import click

from attribution.commands.options import Command, indexes_option, refuse_options
from attribution.environment import is_loopback
from attribution.errors import IndexNotFoundError, InputError
from attribution.locations import Locations, in_words, listed
from inference.errors import ModelError
from inference.opening import public_name
from webapp.commands.keys import default_keys, keys_option
from webapp.commands.requests import default_requests, requests_option
from webapp.removal.store import RequestStore
from webapp.serving.prefix import prefix_of
from webapp.settings import ServeSettings

__all__ = ["run", "serve"]

_PUBLIC_RATE = "600/minute"


@click.command(cls=Command)
@indexes_option()
@click.option(
    "--model",
    "models",
    metavar="SPEC",
    multiple=True,
    help="A model: demo, local:FOLDER, or remote:http://HOST:PORT/v1#ID. Can be repeated; the "
    "first is the default. Without a model, generation is off.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 takes any free one.",
)
@click.option(
    "--threads",
    type=click.IntRange(8, 1024),
    default=96,
    show_default=True,
    help="Requests at once, including those that wait for their turn.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Worker processes. More than one needs --model left out.",
)
@keys_option
@click.option(
    "--no-auth",
    is_flag=True,
    help="Let everyone who can reach the address use the service, without a key.",
)
@click.option(
    "--rate-limit",
    metavar="LIMIT",
    help=f"Requests per key or address, such as {_PUBLIC_RATE}, or off. Default: {_PUBLIC_RATE} "
    "with keys or if other machines can reach the address, else off.",
)
@click.option(
    "--max-body",
    type=click.IntRange(1024, 1 << 30),
    default=1 << 20,
    show_default=True,
    help="Limit of a request's size in bytes; 16 times as many for a batch.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="Another host name of the service. Can be repeated.",
)
@click.option(
    "--allowed-origin",
    "allowed_origins",
    metavar="ORIGIN",
    multiple=True,
    help="A site whose pages may use the API, such as https://editor.example. Can be repeated.",
)
@click.option(
    "--proxies",
    type=click.IntRange(0, 8),
    default=0,
    show_default=True,
    help="Number of reverse proxies in front, whose X-Forwarded-* headers are trusted.",
)
@click.option(
    "--prefix",
    metavar="PATH",
    default="",
    help="Path under which a reverse proxy serves it, such as /whence; the proxy may remove or "
    "keep it.",
)
@click.option(
    "--contact",
    metavar="WHOM",
    help="Name or address of the person who removes code from the index on request. With it, the "
    "page and the API take requests, which `whence requests` lists.",
)
@requests_option
@click.option(
    "--accept-model-license",
    metavar="NAME",
    help="Accept the licence NAME and its use restrictions, for models under that licence. The "
    "environment variable WHENCE_ACCEPT_MODEL_LICENSE does the same.",
)
@click.option(
    "--allow-missing-index",
    is_flag=True,
    help="Start even if there is no index at the location yet.",
)
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
def serve(
    location: Locations,
    models: tuple[str, ...],
    host: str,
    workers: int,
    keys: Path | None,
    requests_file: Path | None,
    no_auth: bool,
    rate_limit: str | None,
    max_body: int,
    allowed_origins: tuple[str, ...],
    prefix: str,
    allow_missing_index: bool,
    show: bool,
    **options: Any,
) -> None:
    """Serve the playground and the API over an index.

    Listens on this machine only, unless --host names another address, which
    needs API keys (whence keys add NAME) or --no-auth. Ctrl+C stops it.

    Exit code 2 when it cannot start: no index, port in use, no keys.
    """
    if not models:
        refuse_options("needs --model", "--accept-model-license")
    if options["contact"] is None:
        refuse_options("needs --contact", "--requests")
    else:
        requests_file = requests_file or default_requests()
        RequestStore(requests_file).create()
    try:
        for spec in models:
            public_name(spec)
    except ModelError as error:
        raise InputError(str(error)) from error
    if not allow_missing_index:
        for one in listed(location):
            _check_index(one)
    if workers > 1 and models:
        raise InputError(
            f"each of the {workers} workers would load the model; use --workers 1, leave --model "
            "out, or generate on another server: --model remote:http://HOST:PORT/v1"
        )
    key_file = _keys(host, keys, no_auth)
    if rate_limit is None and (key_file is not None or not is_loopback(host)):
        rate_limit = _PUBLIC_RATE
    settings = ServeSettings(
        index=location,
        models=models,
        host=host,
        workers=workers,
        keys=key_file,
        requests=requests_file,
        allowed_origins=tuple(origin.rstrip("/") for origin in allowed_origins),
        prefix=prefix_of(prefix),
        rate_limit=None if rate_limit in (None, "off") else rate_limit,
        max_body=max_body,
        max_batch=16 * max_body,
        **options,  # those with the name of a setting
    )
    if settings.rate_limit is not None:
        from webapp.guards.limits import limit_of

        limit_of(settings.rate_limit)
    from webapp.serving.listener import listen

    listener = listen(host, settings.port)
    _build_page()
    run(settings, listener, "/" if show else None)


def _build_page() -> None:
    """Build the page if it was never built. Without it the API still works."""
    from webapp.page_build import DIST, BuildError, build

    if (DIST / "manifest.json").exists():
        return
    click.echo("Building the page (only once, takes some seconds) ...", err=True)
    try:
        build()
    except (BuildError, OSError) as error:
        click.echo(f"whence: the page was not built; the API works without it: {error}", err=True)


def _check_index(location: str) -> None:
    """Report a wrong location at once. The index itself is opened later: that takes a second."""
    folder = Path(location)
    if location.startswith(("http://", "https://")):
        return
    if not folder.is_dir() or not any(folder.iterdir()):
        raise IndexNotFoundError(
            f"there is no index at {location}; make one with `whence index SOURCE... --to "
            f"{location or 'FOLDER'}`, or start with --allow-missing-index"
        )


def _keys(host: str, keys: Path | None, no_auth: bool) -> Path | None:
    """The file of API keys; None: no key is needed."""
    if no_auth:
        if keys is not None:
            raise InputError("--no-auth and --keys exclude each other")
        return None
    if keys is None and is_loopback(host):
        return None
    from webapp.guards.keys import KeyFile

    path = keys or default_keys()
    if not KeyFile(path).read():
        why = "" if is_loopback(host) else f"other machines can reach {host}, and "
        raise InputError(
            f"{why}there is no API key in {path}; make one with `whence keys add NAME"
            + (f" --keys {keys}`" if keys else "`")
            + ("" if is_loopback(host) else ", or let everyone in with --no-auth")
        )
    return path


def run(settings: ServeSettings, listener: socket.socket, show: str | None = None) -> None:
    """Serve until a signal; raises SystemExit.

    Args:
        settings: of the service.
        listener: bound and listening.
        show: path of the page to open in a browser; None: none is opened.
    """
    from webapp.serving.listener import address_of

    address = address_of(listener)

    def ready() -> None:
        click.echo(f"Whence is running at {address} ({_summary(settings)}). Ctrl+C stops it.")
        if show is not None:
            url = address.rstrip("/") + show
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    counts = None
    if settings.workers > 1:
        # prometheus_client reads this when it is imported
        counts = tempfile.mkdtemp(prefix="whence-metrics-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
    from webapp.serving.gunicorn_conf import Gunicorn

    try:
        Gunicorn(settings, listener, ready).run()
    finally:
        if counts is not None:
            shutil.rmtree(counts, ignore_errors=True)


def _summary(settings: ServeSettings) -> str:
    parts = [f"index {in_words(settings.index or 'none')}"]
    if settings.models:
        parts.append(f"loading model {', '.join(map(public_name, settings.models))}")
    else:
        parts.append("no model")
    if settings.keys is not None:
        parts.append("with API keys")
    return "; ".join(parts)
