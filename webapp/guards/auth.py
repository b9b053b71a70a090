"""API keys of requests: which client sends a request."""

from __future__ import annotations

from flask import g, request

from attribution.errors import InputError
from webapp.guards.keys import ApiKey, KeyFile
from webapp.logs import LOGGER
from webapp.problems import Problem

__all__ = ["authenticate", "client_name", "current_key", "is_counted"]

# Routes that reveal nothing about the index or its users: the page, its files, health.
_FREE_ROUTES = frozenset(
    {"health.healthz", "health.readyz", "health.openapi", "health.kind", "static"}
)
_ENGINE_LOOKUPS = "engine.look_up"


def is_counted() -> bool:
    """Whether the rate limit counts the request.

    Not those of an audit that uses the service as its index: it needs thousands of them, and they
    wait for their turn among those of other keys (`Gate`). A key's own limit counts them too.
    """
    key = current_key()
    of_audit = key is not None and key.rate_limit is None and request.endpoint == _ENGINE_LOOKUPS
    return not (is_free() or of_audit)


def is_free() -> bool:
    """Whether the route needs no key."""
    return request.endpoint in _FREE_ROUTES or request.blueprint == "pages"


def authenticate(keys: KeyFile | None) -> None:
    """Check the request's key, if the service and the route need one.

    Raises:
        Problem: there is no key, or it is unknown.
    """
    g.key = None
    if keys is None or is_free():
        return
    key = _key()
    if key is not None:
        try:
            g.key = keys.find(key)
        except InputError as error:
            LOGGER.exception("keys unreadable")
            raise Problem(
                "keys-unreadable",
                "no key can be checked at the moment; tell the operator of the service",
            ) from error
    if g.key is None:
        why = "this key is unknown or was revoked" if key else "no API key was given"
        raise Problem(
            "key-needed",
            f"{why}; send `Authorization: Bearer whk_...`, as `whence keys add NAME` printed it",
            headers={"WWW-Authenticate": 'Bearer realm="whence"'},
        )


def client_name() -> str:
    """The key's name, or the address: for rate limits and the log."""
    key = current_key()
    return f"key:{key.name}" if key else (request.remote_addr or "unknown")


def current_key() -> ApiKey | None:
    """The key of the request; None: it has none."""
    key: ApiKey | None = g.get("key")
    return key


def _key() -> str | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "bearer" and key:
        return key.strip()
    return request.headers.get("X-API-Key") or None
