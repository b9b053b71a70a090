"""Whether the client is still connected, without reading from the connection."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping

from flask import has_request_context, request

__all__ = ["ClientConnection", "ClientGoneError", "client_gone"]

# Where gunicorn and werkzeug put the connection into the WSGI environment.
_KEYS = ("gunicorn.socket", "werkzeug.socket")


class ClientGoneError(Exception):
    """The client closed its connection before the answer was complete."""


class ClientConnection:
    """The client's side of one request.

    Args:
        environ: of WSGI.
    """

    def __init__(self, environ: Mapping[str, object]) -> None:
        connection = next((environ[key] for key in _KEYS if key in environ), None)
        # TLS data cannot be peeked at: there, only a failed write shows that the client has gone
        self._socket: socket.socket | None = None
        if isinstance(connection, socket.socket) and not isinstance(connection, ssl.SSLSocket):
            self._socket = connection

    def gone(self) -> bool:
        """Whether the client closed the connection; False when unknown."""
        if self._socket is None:
            return False
        try:
            return self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except (BlockingIOError, InterruptedError):
            return False
        except (OSError, ValueError):  # reset by the client, or closed on our side
            return True


def client_gone() -> Callable[[], bool]:
    """Whether the client of the current request has gone; other threads may call the result.

    Without a request, as in a thread that generates, it is always False.
    """
    return ClientConnection(request.environ if has_request_context() else {}).gone
