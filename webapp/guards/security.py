"""What a browser is told, and what it must not be made to do.

Three attacks on a service that runs on somebody's own machine: a page of another site that posts
to it, a name that is made to resolve to it (DNS rebinding), and text of a corpus or a model that
runs as script in its page. A library for these headers (flask-talisman) has not moved since 2023;
they are few.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
from urllib.parse import urlsplit

from flask import Response, g, request

from webapp.problems import Problem
from webapp.settings import ServeSettings

__all__ = ["check_host", "check_site", "nonce", "preflight", "secure"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_PERMISSIONS = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)
_EXPOSED = "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, Link"
_PREFLIGHT_SECONDS = "600"


def nonce() -> str:
    """This answer's nonce, for the one style element that CodeMirror makes."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def check_host(settings: ServeSettings) -> None:
    """Refuse a request under a name that is not ours (DNS rebinding).

    With keys a foreign page has no key, so any name will do unless names were given.

    Raises:
        Problem: the Host header names another.
    """
    named = {one.casefold() for one in settings.allowed_hosts}
    if settings.keys is not None and not named:
        return
    try:
        name = (urlsplit(f"//{request.host}").hostname or "").casefold()
    except ValueError:
        name = ""
    known = named | _LOOPBACK_NAMES | {settings.host.strip("[]").casefold()}
    if not settings.loopback:
        known.add(socket.gethostname().casefold())
    if name in known or (not settings.loopback and _is_address(name)):
        return  # an address cannot be made to point elsewhere, only a name can
    raise Problem(
        "wrong-host",
        "the Host header names another machine; ask by the address that `whence serve` printed, "
        "or start it with --allowed-host NAME",
    )


def check_site(settings: ServeSettings) -> None:
    """Refuse what another site's page sends with the visitor's browser.

    Raises:
        Problem: a browser says that the request comes from another origin.
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin in settings.allowed_origins:
        return
    site = request.headers.get("Sec-Fetch-Site")
    # without its scheme: a proxy that ends TLS asks us by http for a page of https
    own = origin is None or origin.partition("://")[2].casefold() == request.host.casefold()
    # "none" is the person at the address bar; no header at all is no browser
    if own and site in (None, "same-origin", "none"):
        return
    raise Problem(
        "cross-site",
        "a page of another origin may not send this; start the service with --allowed-origin "
        "ORIGIN to let it",
    )


def preflight() -> Response | None:
    """The answer to a browser that asks whether it may ask."""
    asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return Response(status=204) if asks else None


def secure(response: Response, settings: ServeSettings) -> None:
    """Put the headers into an answer."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = _PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = _policy(response)
    headers.setdefault("Cache-Control", "no-store")  # answers quote code
    if settings.allowed_origins:
        headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin in settings.allowed_origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = _EXPOSED
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            if request.method == "OPTIONS":
                headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST"
                headers["Access-Control-Allow-Headers"] = (
                    "Authorization, Content-Type, X-API-Key, X-Request-Id"
                )
                headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS


def _policy(response: Response) -> str:
    if response.mimetype != "text/html":
        return "default-src 'none'; frame-ancestors 'none'"
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' 'nonce-{nonce()}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
