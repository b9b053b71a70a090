"""The socket that the service listens on, bound before anything else is started."""

from __future__ import annotations

import errno
import socket
import struct

from attribution.errors import InputError

__all__ = ["address_of", "listen"]

_BACKLOG = 512
_STALL_SECONDS = 15  # without a byte in or out, after which a connection is closed


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen.

    Raises:
        InputError: the address cannot be bound; names the remedy.
    """
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise InputError(f"{host!r} is not an address of this machine: {error}") from error
    family, kind, protocol, _, address = known[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit these. gunicorn does not limit how long a client may block a
        # thread that waits for the next byte.
        stall = struct.pack("ll", _STALL_SECONDS, 0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, stall)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, stall)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise InputError(_bind_error(error, host, port)) from error
    return listener


def _bind_error(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is in use; stop the program that uses it, or choose another "
            f"port: --port {port + 1 if port < 65535 else 8000} (0 takes any free one)"
        )
    if error.errno == errno.EACCES:
        return f"this user may not bind port {port}; choose a port above 1023: --port 8000"
    return f"{host} port {port} cannot be bound: {error.strerror or error}"


def address_of(listener: socket.socket) -> str:
    """The URL of the page."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
