"""A small reverse proxy on loopback: under a prefix, which it strips or keeps, and with TLS."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = ["certify", "reverse_proxy"]

_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "server", "date"}


def certify(folder: Path) -> None:
    """A certificate for localhost, which is its own authority: whence.key and whence.pem."""
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", folder / "whence.key", "-out", folder / "whence.pem",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip


@contextmanager
def reverse_proxy(
    port: int, prefix: str = "", *, strip: bool = True, certificate: Path | None = None
) -> Iterator[str]:
    """Run the proxy; gives its address with the prefix.

    Args:
        port: of the service on loopback.
        prefix: all that is served is under it.
        strip: whether the service gets paths without it.
        certificate: the folder of `certify`; None: no TLS.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(size) if size else None
            if not self.path.startswith(f"{prefix}/"):
                self.answer(404, {}, b"no such site")
                return
            path = self.path[len(prefix) :] if strip else self.path
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            link.request(self.command, path, body, dict(self.headers))
            response = link.getresponse()
            self.answer(response.status, dict(response.getheaders()), response.read())
            link.close()

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            headers = {k: v for k, v in headers.items() if k.lower() not in _OF_THE_CONNECTION}
            headers["Content-Length"] = str(len(body))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a page that was closed
                self.wfile.write(body)

        do_GET = do_POST = do_HEAD = forward  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scheme, host = "http", "127.0.0.1"
    if certificate is not None:
        scheme, host = "https", "localhost"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "whence.pem", certificate / "whence.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{scheme}://{host}:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
