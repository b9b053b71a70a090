"""Whether the client still listens: asked of the connection, without reading from it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping

__all__ = ["Client", "ClientGoneError"]

# Where the servers that we know put the connection into the WSGI environment.
_KEYS = ("gunicorn.socket", "werkzeug.socket")


class ClientGoneError(Exception):
    """The client closed its connection: nobody waits for the answer."""


class Client:
    """The other side of one request.

    Args:
        environ: of WSGI.
    """

    def __init__(self, environ: Mapping[str, object]) -> None:
        found = next((environ[key] for key in _KEYS if key in environ), None)
        # nothing can be peeked at under TLS: there, only a failed write tells
        plain = isinstance(found, socket.socket) and not isinstance(found, ssl.SSLSocket)
        self._socket = found if plain and isinstance(found, socket.socket) else None

    def gone(self) -> bool:
        """Whether it closed the connection; False when that cannot be told."""
        if self._socket is None:
            return False
        try:
            return self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except (BlockingIOError, InterruptedError):
            return False
        except (OSError, ValueError):  # reset by the client, or closed on our side
            return True
