"""`Prefixed`: the service under a path of a proxy, such as https://host/whence.

The prefix is a setting, and no header: a client could send that too, and choose from where our page
loads its scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from attribution.errors import InputError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Prefixed", "prefix_of"]

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


def prefix_of(text: str) -> str:
    """Read a prefix: "/whence", without a slash at its end; "" for "/".

    Raises:
        InputError: it is invalid.
    """
    prefix = text.rstrip("/")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise InputError(
            f"{text!r} is not a path prefix; write for example /whence, with letters, digits and "
            ". _ ~ -"
        )
    return prefix


class Prefixed:
    """An application under a prefix, whether the proxy removes it from the path or keeps it."""

    def __init__(self, app: WSGIApplication, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
