"""How to reach a cluster: the location of an index, and settings from the environment or files.

A location is `https://host:9200/name`. Several hosts of one cluster are separated by commas
(`https://a:9200,b:9200/name`), so that a node may fail. Plain http is for loopback only, since it
would send passwords and code unencrypted.

    WHENCE_ELASTIC_USER, WHENCE_ELASTIC_PASSWORD    basic authentication
    WHENCE_ELASTIC_API_KEY                          an encoded API key, instead of these
    WHENCE_ELASTIC_CA                               PEM file of the authority that signed the server
    WHENCE_ELASTIC_FINGERPRINT                      or the SHA-256 of the server's certificate
    WHENCE_ELASTIC_TIMEOUT                          seconds for a look-up (10)
    WHENCE_ELASTIC_BULK_TIMEOUT                     seconds for a bulk request (120)
    WHENCE_ELASTIC_SHARDS, WHENCE_ELASTIC_REPLICAS  of a new index (2; one replica if there are
                                                    nodes for it)

Any name followed by `_FILE` gives the path of a file with the value, as for container secrets.
There is no command line option for a secret: other users can read those.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from attribution.environment import is_loopback, number_setting, text_setting
from attribution.errors import InputError

__all__ = ["Access", "Location", "parse"]

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
    if scheme == "http" and not is_loopback(named):
        raise InputError(
            f"http://{host} would send code and passwords in the clear; use https:// "
            "(http:// is for 127.0.0.1 and localhost)"
        )
    shown = f"[{named}]" if ":" in named else named
    return f"{scheme}://{shown}:{port or 9200}"


_PREFIX = "WHENCE_ELASTIC_"


@dataclass(frozen=True, slots=True)
class Access:
    """Settings of one cluster. Secrets are not shown by repr."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca: str | None = None  # path
    fingerprint: str | None = None  # hex digits, with or without colons
    timeout: float = 10.0  # seconds
    bulk_timeout: float = 120.0  # seconds
    shards: int = 2
    replicas: int | None = None  # None: one, once there is a second node

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Access:
        """Read the settings.

        Raises:
            InputError: a value is invalid; the message names it, and never shows a secret.
        """
        user = text_setting(environment, _PREFIX + "USER")
        password = text_setting(environment, _PREFIX + "PASSWORD")
        api_key = text_setting(environment, _PREFIX + "API_KEY")
        if (user is None) != (password is None):
            lacking = "PASSWORD" if password is None else "USER"
            raise InputError(f"{_PREFIX}{lacking} is not set; user and password go together")
        if api_key and user:
            raise InputError(f"{_PREFIX}API_KEY and {_PREFIX}USER are both set; unset one of them")
        replicas = number_setting(environment, _PREFIX + "REPLICAS", -1, 0)
        return cls(
            user=user,
            password=password,
            api_key=api_key,
            ca=text_setting(environment, _PREFIX + "CA"),
            fingerprint=text_setting(environment, _PREFIX + "FINGERPRINT"),
            timeout=number_setting(environment, _PREFIX + "TIMEOUT", 10, 0.1),
            bulk_timeout=number_setting(environment, _PREFIX + "BULK_TIMEOUT", 120, 1),
            shards=int(number_setting(environment, _PREFIX + "SHARDS", 2, 1)),
            replicas=None if replicas < 0 else int(replicas),
        )
