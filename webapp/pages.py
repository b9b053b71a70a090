"""The page: one HTML shell for every view, and the built files beside it.

The front end mounts the view that the address names, so that every address works after a reload.
It is built by `python -m webapp.page_build` into static/dist, with a hash in each name; where it
was not built, the shell says so in plain HTML.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

from flask import Blueprint, Response, make_response, render_template, request

from webapp.guards.security import nonce

__all__ = ["Assets", "pages", "shell", "wants_page"]

pages = Blueprint("pages", __name__)

DIST = Path(__file__).parent / "static" / "dist"
_FOREVER = "public, max-age=31536000, immutable"


class Assets(TypedDict, total=False):
    """dist/manifest.json, as the build writes it."""

    script: str  # the module that mounts the views
    theme: str  # the script that sets light or dark before the first paint
    style: str
    files: list[str]  # all that was built; their names hold their hashes


@cache
def _read(path: Path, changed: int) -> Assets:
    del changed  # part of the cache's key: a new build is seen without a restart
    made: Assets = json.loads(path.read_text(encoding="utf-8"))
    return made


def assets() -> Assets | None:
    """What was built; None where nothing was."""
    path = DIST / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


def shell(status: int = 200) -> Response:
    """The page, whatever its view."""
    built = assets()
    template = "unbuilt.html" if built is None else "shell.html"
    text = render_template(
        template, assets=built or {}, nonce=nonce(), version=version("whence"), status=status
    )
    response = make_response(text, status)
    response.headers["Cache-Control"] = "no-cache"
    return response


def wants_page() -> bool:
    """Whether a browser asks for a page, not a program for an answer."""
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return request.method in ("GET", "HEAD") and best == "text/html"


@pages.get("/")
@pages.get("/check")
@pages.get("/search")
@pages.get("/documents/<swhid>")
@pages.get("/corpus")
@pages.get("/api/docs")
def page(swhid: str = "") -> Response:
    """A view; the front end reads the address."""
    del swhid
    return shell()


def cache_static(response: Response) -> None:
    """Built files have their hash in their name: a browser need never ask for one again."""
    built = assets()
    name = request.path.rpartition("/")[2]
    if request.endpoint == "static" and built is not None and name in built.get("files", ()):
        response.headers["Cache-Control"] = _FOREVER
