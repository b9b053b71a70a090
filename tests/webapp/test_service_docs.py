"""docs/service.md names every route of the service, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from webapp.app import create_app
from webapp.settings import ServeSettings

ROOT = Path(__file__).parents[2]
# the engine's routes are between a service and Whence's own client
PRIVATE = ("/static", "/documents", "/problems", "/api/v1/engine")
PAGES = {
    "/",
    "/check",
    "/search",
    "/corpus",
    "/requests/<reference>",
    "/api/docs",
    "/problems/<kind>",
}


def routes() -> set[tuple[str, str]]:
    found = set()
    for rule in create_app(ServeSettings()).url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        if rule.rule.startswith(PRIVATE) or rule.rule in PAGES:
            continue
        found |= {(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def test_every_route_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    named = {(method, path) for method, path in re.findall(r"^\| `(GET|POST) ([^`]+)`", page, re.M)}
    assert named == routes()
