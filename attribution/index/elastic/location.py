"""The location of an Elasticsearch index: `https://host:9200/name`, with one or several hosts.

Several hosts of one cluster are separated by commas (`https://a:9200,b:9200/name`), so that a node
may fail. Plain http is for loopback only, since it would send passwords and code unencrypted.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from attribution.errors import InputError

__all__ = ["Location", "parse"]

# The names that Elasticsearch allows, except those that would clash with our suffixes.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,199}")


@dataclass(frozen=True, slots=True)
class Location:
    """A cluster and the name of an index in it."""

    hosts: tuple[str, ...]  # "https://host:9200"
    name: str

    def __str__(self) -> str:
        scheme, _, first = self.hosts[0].partition("://")
        rest = [host.partition("://")[2] for host in self.hosts[1:]]
        return f"{scheme}://{','.join((first, *rest))}/{self.name}"


def parse(location: str) -> Location:
    """A URL as a Location.

    Raises:
        InputError: it is invalid; the message never shows a password.
    """
    scheme, _, rest = location.partition("://")
    scheme = scheme.lower()
    hosts, _, name = rest.partition("/")
    name = name.rstrip("/")
    if "@" in hosts:
        raise InputError(
            f"the location {scheme}://...@.../{name} contains a password, which others can see; "
            "leave it out, and set WHENCE_ELASTIC_USER and WHENCE_ELASTIC_PASSWORD_FILE"
        )
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the name of an Elasticsearch index; give "
            f"{scheme}://HOST:9200/NAME with a NAME of lower-case letters, digits, '.', '_', '-'"
        )
    return Location(tuple(_host(scheme, host, location) for host in hosts.split(",")), name)


def _host(scheme: str, host: str, location: str) -> str:
    try:
        parts = urlsplit(f"{scheme}://{host}")
        named, port = parts.hostname, parts.port
    except ValueError:
        named, port = None, None
    if not named:
        raise InputError(f"{location} names no host; give {scheme}://HOST:9200/NAME")
    if scheme == "http" and not _loopback(named):
        raise InputError(
            f"http://{host} would send code and passwords in the clear; use https:// "
            "(http:// is for 127.0.0.1 and localhost)"
        )
    shown = f"[{named}]" if ":" in named else named
    return f"{scheme}://{shown}:{port or 9200}"


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
