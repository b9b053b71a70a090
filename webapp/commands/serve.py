"""`whence serve`: the playground and the API, by one command."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import webbrowser
from pathlib import Path

import click

from attribution.commands.options import index_option
from attribution.errors import IndexNotFoundError, InputError
from webapp.commands.keys import default_keys, keys_option
from webapp.settings import ServeSettings, is_loopback

__all__ = ["serve"]

_PUBLIC_RATE = "600/minute"


@click.command()
@index_option
@click.option(
    "--model",
    "models",
    metavar="SPEC",
    multiple=True,
    help="A model to generate with: demo, local:FOLDER, or remote:http://HOST:PORT/v1#ID. May be "
    "given more than once; the first is the default. Without one, generation is off.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 takes any free one.",
)
@click.option(
    "--threads",
    type=click.IntRange(8, 1024),
    default=96,
    show_default=True,
    help="Requests under way at once, those that wait for their turn included.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes. More than one only without a model.",
)
@keys_option
@click.option(
    "--no-auth",
    is_flag=True,
    help="Let everybody in who can reach the address, without a key.",
)
@click.option(
    "--rate-limit",
    metavar="LIMIT",
    help=f"Requests per key or address, as {_PUBLIC_RATE}, or off. Default: {_PUBLIC_RATE} with "
    "keys or on an address that others reach, else off.",
)
@click.option(
    "--max-body",
    type=click.IntRange(1024, 1 << 30),
    default=1 << 20,
    show_default=True,
    help="Bytes of a request; a batch may have 16 times as many.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="A further name under which the service may be asked.",
)
@click.option(
    "--allowed-origin",
    "allowed_origins",
    metavar="ORIGIN",
    multiple=True,
    help="A site whose pages may ask and read answers, as https://editor.example.",
)
@click.option(
    "--proxies",
    type=click.IntRange(0, 8),
    default=0,
    show_default=True,
    help="Reverse proxies in front whose X-Forwarded-* headers are believed.",
)
@click.option(
    "--contact",
    metavar="WHOM",
    help="Whom authors may ask to have their code taken out: a name, an address.",
)
@click.option(
    "--accept-model-license",
    metavar="NAME",
    help="Accept the licence NAME and its use restrictions for the models that are under it; "
    "WHENCE_ACCEPT_MODEL_LICENSE in the environment does the same.",
)
@click.option(
    "--allow-missing-index",
    is_flag=True,
    help="Start although there is no index at the location yet; the page says so until there is.",
)
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
def serve(
    location: str,
    models: tuple[str, ...],
    host: str,
    port: int,
    threads: int,
    workers: int,
    keys: Path | None,
    no_auth: bool,
    rate_limit: str | None,
    max_body: int,
    allowed_hosts: tuple[str, ...],
    allowed_origins: tuple[str, ...],
    proxies: int,
    contact: str | None,
    accept_model_license: str | None,
    allow_missing_index: bool,
    show: bool,
) -> None:
    """Serve the playground and the API over an index.

    Listens on this machine alone, unless --host names another address; that
    takes API keys (whence keys add NAME), or --no-auth. Ctrl+C stops it.

    Exit code 2 when it cannot start: no index, port taken, no keys.
    """
    if not allow_missing_index:
        _check_index(location)
    if workers > 1 and models:
        raise InputError(
            f"{workers} workers would each load the model; take --workers 1, or serve without "
            "--model, or generate on another server: --model remote:http://HOST:PORT/v1"
        )
    key_file = _keys(host, keys, no_auth)
    if rate_limit is None and (key_file is not None or not is_loopback(host)):
        rate_limit = _PUBLIC_RATE
    settings = ServeSettings(
        index=location,
        models=models,
        contact=contact,
        accept_model_license=accept_model_license,
        host=host,
        port=port,
        keys=key_file,
        allowed_hosts=allowed_hosts,
        allowed_origins=tuple(one.rstrip("/") for one in allowed_origins),
        proxies=proxies,
        rate_limit=None if rate_limit in (None, "off") else rate_limit,
        max_body=max_body,
        max_batch=16 * max_body,
        threads=threads,
        workers=workers,
    )
    if settings.rate_limit is not None:
        from webapp.guards.limits import limit_of

        limit_of(settings.rate_limit)
    from webapp.serving.listener import listen

    listener = listen(host, port)
    _build_page()
    _run(settings, listener, show)


def _build_page() -> None:
    """Build the page where it never was. Without it the API works all the same."""
    from webapp.page_build import DIST, BuildError, build

    if (DIST / "manifest.json").exists():
        return
    click.echo("Building the page (once, some seconds) ...", err=True)
    try:
        build()
    except (BuildError, OSError) as error:
        click.echo(f"whence: the page is not built, the API works without it: {error}", err=True)


def _check_index(location: str) -> None:
    """A wrong location is said at once. What is wrong inside the folder is said when it is opened:
    that takes a second, which the start need not wait for."""
    folder = Path(location)
    if location.startswith(("http://", "https://")):
        return
    if not folder.is_dir() or not any(folder.iterdir()):
        raise IndexNotFoundError(
            f"there is no index at {location}; make one with `whence index SOURCE... --to "
            f"{location or 'FOLDER'}`, or start with --allow-missing-index"
        )


def _keys(host: str, keys: Path | None, no_auth: bool) -> Path | None:
    """The file whose keys are asked for; None: no key is needed."""
    if no_auth:
        if keys is not None:
            raise InputError("--no-auth and --keys contradict each other: give one of them")
        return None
    if keys is None and is_loopback(host):
        return None
    from webapp.guards.keys import KeyFile

    path = keys or default_keys()
    if not KeyFile(path).kept():
        why = f"{host} can be reached by others, and" if not is_loopback(host) else "--keys:"
        raise InputError(
            f"{why} there is no API key in {path}; make one with `whence keys add NAME"
            + (f" --keys {keys}`" if keys else "`")
            + ("" if is_loopback(host) else ", or let everybody in with --no-auth")
        )
    return path


def _run(settings: ServeSettings, listener: socket.socket, show: bool) -> None:
    from webapp.serving.listener import address_of

    address = address_of(listener)

    def ready() -> None:
        click.echo(f"Whence is at {address} ({_what(settings)}). Ctrl+C stops it.")
        if show:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    counts = None
    if settings.workers > 1:
        # the processes add up their counts through files; read by prometheus_client's import
        counts = tempfile.mkdtemp(prefix="whence-metrics-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
    from webapp.serving.gunicorn_conf import Gunicorn

    try:
        Gunicorn(settings, listener, ready).run()
    finally:
        if counts is not None:
            shutil.rmtree(counts, ignore_errors=True)


def _what(settings: ServeSettings) -> str:
    parts = [f"index {settings.index}"]
    if settings.models:
        parts.append(f"model {', '.join(settings.models)}, being loaded")
    else:
        parts.append("no model")
    if settings.keys is not None:
        parts.append("with API keys")
    return "; ".join(parts)
