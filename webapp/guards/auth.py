"""Who asks: an API key's name, or nobody in particular."""

from __future__ import annotations

from flask import g, request

from attribution.errors import InputError
from webapp.guards.keys import KeyFile
from webapp.logs import LOGGER
from webapp.problems import Problem

__all__ = ["authenticate", "client_name", "is_free"]

# Routes that tell nothing of anybody: the page itself, its files, and whether the service lives.
_FREE_ROUTES = frozenset({"health.healthz", "health.readyz", "health.openapi", "static"})
_FREE_BLUEPRINTS = frozenset({"pages", "problems"})


def is_free() -> bool:
    """Whether the route asks for no key and counts for no limit."""
    return request.endpoint in _FREE_ROUTES or request.blueprint in _FREE_BLUEPRINTS


def authenticate(keys: KeyFile | None) -> None:
    """Let the request pass, or say which key it needs.

    Raises:
        Problem: a key is needed, and none or an unknown one was given.
    """
    g.key_name = None
    if keys is None or is_free():
        return
    given = _given()
    if given is not None:
        try:
            g.key_name = keys.name_of(given)
        except InputError as error:
            LOGGER.exception("keys unreadable")
            raise Problem(
                "keys-unreadable", "nobody can be let in; tell who runs the service"
            ) from error
    if g.key_name is None:
        what = "this key is unknown or was revoked" if given else "no API key was given"
        raise Problem(
            "key-needed",
            f"{what}; send `Authorization: Bearer whk_...`, as `whence keys add NAME` printed it",
            headers={"WWW-Authenticate": 'Bearer realm="whence"'},
        )


def client_name() -> str:
    """The key's name, or the address: who is counted and logged."""
    name = g.get("key_name")
    return f"key:{name}" if name else (request.remote_addr or "unknown")


def _given() -> str | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "bearer" and key:
        return key.strip()
    return request.headers.get("X-API-Key") or None
