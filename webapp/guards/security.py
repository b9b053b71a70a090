"""Security headers, and checks against attacks through a browser.

Three attacks matter for a service on a user's own machine: a page of another site that posts to it,
a host name that an attacker makes resolve to it (DNS rebinding), and text of a corpus or model that
runs as a script in its page. The library for such headers, flask-talisman, is unmaintained.
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
_WORK = ("/api/v1/", "/v1/", "/overlap", "/metrics")  # routes that take time or show contents
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), "
    "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_CORS_HEADERS = {
    "Access-Control-Expose-Headers": "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, Link",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-API-Key, X-Request-Id",
    "Access-Control-Max-Age": "600",  # seconds
}


def nonce() -> str:
    """The nonce of this response, for the style element that CodeMirror adds."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def check_host(settings: ServeSettings) -> None:
    """Check the Host header (DNS rebinding).

    A service with keys accepts any name unless some were given: a foreign page has no key.

    Raises:
        Problem: the name is not allowed.
    """
    named = {name.casefold() for name in settings.allowed_hosts}
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
        return  # only a name can be made to resolve to another machine, not an address
    raise Problem(
        "wrong-host",
        "the Host header names another machine; use the address that `whence serve` printed, or "
        "start it with --allowed-host NAME",
    )


def check_site(settings: ServeSettings) -> None:
    """Check that a request does not come from another site's page.

    Such a page may link to ours, and load its icon; it may neither change nor start anything.

    Raises:
        Problem: the browser's headers name another origin.
    """
    if request.method in _SAFE and not request.path.startswith(_WORK):
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin in settings.allowed_origins:
        return
    site = request.headers.get("Sec-Fetch-Site")
    # without the scheme: behind a proxy with TLS, the origin is https and the request http
    own = origin is None or origin.partition("://")[2].casefold() == request.host.casefold()
    # "none": the user typed the address; no header: not a browser
    if own and site in (None, "same-origin", "none"):
        return
    raise Problem(
        "cross-site",
        "pages of other sites may not send this request; to allow it, start the service with "
        "--allowed-origin ORIGIN",
    )


def preflight() -> Response | None:
    """The response to a CORS preflight request; None: the request is another one."""
    is_one = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return Response(status=204) if is_one else None


def secure(response: Response, settings: ServeSettings) -> None:
    """Add the security headers, and CORS headers for allowed origins."""
    headers = response.headers
    headers.update(_HEADERS)
    headers["Content-Security-Policy"] = _policy(response)
    headers.setdefault("Cache-Control", "no-store")  # answers quote code
    if not settings.allowed_origins:
        return
    headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin in settings.allowed_origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers.update(_CORS_HEADERS)
        if request.method == "OPTIONS":
            headers.update(_PREFLIGHT_HEADERS)


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
