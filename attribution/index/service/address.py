"""How to reach a service: its address, and settings from the environment or files.

The address of a service is `https://HOST` or `https://HOST:PORT`; under a path, it is
`https://HOST/PATH`, or with a slash at its end `https://HOST:PORT/PATH/`. An Elasticsearch index
always has a port and a name without that slash (`https://HOST:9200/NAME`), so the two cannot be
mistaken for each other; and the first request asks the server whether it is a Whence service.
Plain http would send the key and what is looked up unencrypted, so it is for loopback, unless
WHENCE_SERVICE_ALLOW_HTTP is 1.

    WHENCE_KEY                   the API key, as `whence keys add NAME` printed it; without it, the
                                 key of the system's keyring, if the package `keyring` is installed
                                 (`keyring set whence HOST`)
    WHENCE_SERVICE_CA            PEM file of the authority that signed the server's certificate
    WHENCE_SERVICE_TIMEOUT       seconds until an answer (30)
    WHENCE_SERVICE_PATIENCE      seconds to try again when the service is busy or restarts (60)
    HTTPS_PROXY, NO_PROXY, ...   as usual; not for loopback

WHENCE_KEY_FILE gives the path of a file with the key, as for container secrets; the same goes for
the other variables of Whence. There is no command line option for the key: other users can read
those.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from attribution.environment import is_loopback, number_setting, text_setting
from attribution.errors import InputError

__all__ = ["ServiceAccess", "is_service", "parse"]

_KEYRING = "whence"  # the service's name in the system's keyring
_KEY = re.compile(r"[\x21-\x7e]{1,500}")


def is_service(location: str) -> bool:
    """Whether a location is the address of a service, not a folder or an Elasticsearch index."""
    scheme, separator, rest = location.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        return False
    host, _, path = rest.partition("/")
    if "," in host:  # several hosts of a cluster
        return False
    has_port = re.search(r":\d*$", host) is not None
    return not has_port or not path or path.endswith("/")


def parse(location: str, *, allow_http: bool = False) -> SplitResult:
    """The address of a service.

    Raises:
        InputError: it is invalid; the message never shows a password.
    """
    shown = location.rpartition("@")[2]
    wrong = InputError(
        f"{shown!r} is not the address of a service; give https://HOST[:PORT] or https://HOST/PATH"
    )
    try:
        parts = urlsplit(location.rstrip("/"))
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if "@" in parts.netloc:
        raise InputError(
            f"the address {parts.scheme}://...@... contains a key or password, which others can "
            "see; leave it out, and set WHENCE_KEY or WHENCE_KEY_FILE"
        )
    if not host or parts.query or parts.fragment:
        raise wrong
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise InputError(
            f"{location} would send the key and what is looked up unencrypted; use https:// "
            "(http:// is for 127.0.0.1 and localhost), or set WHENCE_SERVICE_ALLOW_HTTP=1 in a "
            "network that you trust"
        )
    return parts


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """How to reach a service. The key is not shown by repr."""

    key: str | None = field(default=None, repr=False)
    ca: str | None = None  # path
    timeout: float = 30.0  # seconds
    patience: float = 60.0  # seconds
    allow_http: bool = False

    @classmethod
    def from_environment(
        cls, host: str | None = None, environment: Mapping[str, str] = os.environ
    ) -> ServiceAccess:
        """Read the settings.

        Args:
            host: whose key is looked for in the system's keyring.

        Raises:
            InputError: a value is invalid; the message names it, and never shows the key.
        """
        key = text_setting(environment, "WHENCE_KEY") or _from_keyring(host)
        if key is not None and not _KEY.fullmatch(key):
            raise InputError(
                "WHENCE_KEY is not an API key: it contains white space or characters beyond ASCII; "
                "give it as `whence keys add NAME` printed it"
            )
        return cls(
            key=key,
            ca=text_setting(environment, "WHENCE_SERVICE_CA"),
            timeout=number_setting(environment, "WHENCE_SERVICE_TIMEOUT", 30, 0.1),
            patience=number_setting(environment, "WHENCE_SERVICE_PATIENCE", 60, 0),
            allow_http=text_setting(environment, "WHENCE_SERVICE_ALLOW_HTTP") == "1",
        )


def _from_keyring(host: str | None) -> str | None:
    if host is None or importlib.util.find_spec("keyring") is None:
        return None
    try:
        key = importlib.import_module("keyring").get_password(_KEYRING, host)
    except Exception as error:  # of any back end
        raise InputError(
            f"the system's keyring cannot be read ({type(error).__name__}); set WHENCE_KEY or "
            "WHENCE_KEY_FILE"
        ) from error
    return str(key) if key else None
