"""The page: one HTML shell for all views.

The front end shows the view that the address names, so every address works after a reload.
`python -m webapp.page_build` builds it into static/dist, with a hash in each file name; where it
was not built, the shell says so in plain HTML.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from webapp.guards.security import nonce
from webapp.services import services

__all__ = ["Assets", "pages", "shell", "wants_page"]

pages = Blueprint("pages", __name__)

DIST = Path(__file__).parent / "static" / "dist"
_FOREVER = "public, max-age=31536000, immutable"


class Assets(TypedDict, total=False):
    """dist/manifest.json, as the build writes it."""

    script: str  # the module that mounts the views
    theme: str  # the script that sets light or dark before the first paint
    style: str
    files: list[str]  # all built files; their names hold their hashes


@cache
def _read(path: Path, changed: int) -> Assets:
    del changed  # only a part of the cache's key: a new build needs no restart
    made: Assets = json.loads(path.read_text(encoding="utf-8"))
    return made


def assets() -> Assets | None:
    """The built files; None where the page was not built."""
    path = DIST / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


def shell(status: int = 200) -> Response:
    """The HTML of every view."""
    built = assets()
    template = "unbuilt.html" if built is None else "shell.html"
    text = render_template(
        template, assets=built or {}, nonce=nonce(), version=version("whence"), status=status
    )
    response = make_response(text, status)
    response.headers["Cache-Control"] = "no-cache"
    return response


def wants_page() -> bool:
    """Whether a browser requests a page, not a program JSON."""
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return request.method in ("GET", "HEAD") and best == "text/html"


@pages.get("/")
def home() -> ResponseReturnValue:
    """The playground; without a model, Check."""
    return shell() if services().models else redirect(f"{request.script_root}/check")


@pages.get("/check")
@pages.get("/search")
@pages.get("/documents/<swhid>")
@pages.get("/corpus")
@pages.get("/requests/<reference>")
@pages.get("/api/docs")
def page(**_: str) -> Response:
    """A view; the front end chooses it by the address."""
    return shell()


def cache_static(response: Response) -> None:
    """Let browsers cache built files for ever: their names hold their hashes."""
    if request.endpoint != "static":
        return
    built = assets()
    name = request.path.rpartition("/")[2]
    if built is not None and name in built.get("files", ()):
        response.headers["Cache-Control"] = _FOREVER
