"""Settings of a cluster: credentials, certificates and limits, from the environment or files.

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
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from attribution.errors import InputError

__all__ = ["Access"]

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
        user, password = _text(environment, "USER"), _text(environment, "PASSWORD")
        api_key = _text(environment, "API_KEY")
        if (user is None) != (password is None):
            lacking = "PASSWORD" if password is None else "USER"
            raise InputError(f"{_PREFIX}{lacking} is not set; user and password go together")
        if api_key and user:
            raise InputError(f"{_PREFIX}API_KEY and {_PREFIX}USER are both set; unset one of them")
        replicas = _number(environment, "REPLICAS", -1, 0)
        return cls(
            user=user,
            password=password,
            api_key=api_key,
            ca=_text(environment, "CA"),
            fingerprint=_text(environment, "FINGERPRINT"),
            timeout=_number(environment, "TIMEOUT", 10, 0.1),
            bulk_timeout=_number(environment, "BULK_TIMEOUT", 120, 1),
            shards=int(_number(environment, "SHARDS", 2, 1)),
            replicas=None if replicas < 0 else int(replicas),
        )


def _text(environment: Mapping[str, str], name: str) -> str | None:
    value = environment.get(_PREFIX + name)
    if value:
        return value
    path = environment.get(f"{_PREFIX}{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(
            f"{_PREFIX}{name}_FILE names {path}, which cannot be read ({type(exc).__name__}); "
            "give a file with the value in it"
        ) from exc


def _number(environment: Mapping[str, str], name: str, default: float, least: float) -> float:
    value = _text(environment, name)
    if value is None:
        return default
    try:
        number = float(value)
    except ValueError:
        number = least - 1
    if not least <= number < 1e6:
        raise InputError(f"{_PREFIX}{name} is {value!r}; give a number of {least:g} or more")
    return number
