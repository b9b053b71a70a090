"""Real servers on loopback for datasets that are read where they are: the web, a hub, S3."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class Request(NamedTuple):
    path: str
    start: int | None
    stop: int | None
    token: str  # the Authorization header


class FileServer(ThreadingHTTPServer):
    """Serves `files` by path with ranges; `fault` may answer a request in its own way."""

    daemon_threads = True
    request_queue_size = 256  # connections at once

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[Request] = []
        # Returns True when it has answered.
        self.fault: Callable[[Any, Request], bool] = lambda _handler, _request: False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def respond(self, handler: _Handler, request: Request) -> None:
        """Answer one request."""
        content = self.files.get(request.path)
        if content is None:
            handler.answer(404)
        else:
            handler.send_file(content, request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        asked = _RANGE.fullmatch(self.headers.get("range", ""))
        start, stop = (int(asked[1]), int(asked[2]) + 1) if asked else (None, None)
        token = self.headers.get("authorization", "")
        request = Request(unquote(urlsplit(self.path).path), start, stop, token)
        self.server.requests.append(request)
        if not self.server.fault(self, request):
            self.server.respond(self, request)

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def json(self, value: Any, **headers: str) -> None:
        self.answer(200, json.dumps(value).encode(), content_type="application/json", **headers)

    def send_file(self, content: bytes, request: Request, cut: int | None = None) -> None:
        """The range that was requested; `cut` breaks the connection after that many bytes."""
        tag = f'"{hashlib.sha1(content).hexdigest()}"'
        start, stop = request.start or 0, min(request.stop or len(content), len(content))
        if start >= len(content):
            return self.answer(416, content_range=f"bytes */{len(content)}", etag=tag)
        self.send_response(200 if request.start is None else 206)
        self.send_header("content-length", str(stop - start))
        self.send_header("etag", tag)
        if request.start is not None:
            self.send_header("content-range", f"bytes {start}-{stop - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(content[start:stop][:cut])
        if cut is not None:
            self.close_connection = True
        return None

    def log_message(self, *_: Any) -> None:
        pass


class HubServer(FileServer):
    """The routes of the hub's API that list and read a dataset, as huggingface_hub uses them.

    Files are at "OWNER/NAME/PATH". Like the hub's, a file's address leads to another server's,
    which is signed and expires.
    """

    page = 2  # entries of a listing that are sent at once

    def __init__(self) -> None:
        super().__init__()
        self.commit = "c" * 40
        self.token: str | None = None  # that is required
        self.gated = False  # for whom the token is not required, but contents are refused
        self.signature = "first"  # of addresses that are valid

    def respond(self, handler: _Handler, request: Request) -> None:
        path = request.path
        if path.startswith("/cdn/"):
            if f"signature={self.signature}" not in handler.path:
                return handler.answer(403)
            return handler.send_file(self.files[path.removeprefix("/cdn/")], request)
        if self.token and request.token != f"Bearer {self.token}":
            return handler.answer(
                401, x_error_message="Invalid credentials in Authorization header"
            )
        _, api, *rest = path.split("/")
        if api == "datasets":
            name, (_, revision, *parts) = "/".join(rest[:2]), rest[2:]
            return self._resolve(handler, f"{name}/{'/'.join(parts)}", revision)
        name, route, parts = "/".join(rest[1:3]), rest[3:4], rest[4:]
        if not any(file.startswith(f"{name}/") for file in self.files):
            return handler.answer(404, x_error_code="RepoNotFound")
        if route == ["tree"]:
            return self._tree(handler, name, "/".join(parts[1:]))
        if route == ["paths-info"]:
            asked = parse_qs(handler.body.decode())["paths"]
            return handler.json([e for path in asked for e in self._entries(name, path, path)])
        if route == ["revision"] and parts[0] not in ("main", "v1.0", self.commit):
            return handler.answer(404, x_error_code="RevisionNotFound")
        return handler.json({"id": name, "sha": self.commit, "siblings": [], "tags": []})

    def _resolve(self, handler: _Handler, file: str, revision: str) -> None:
        if self.gated:
            return handler.answer(403, x_error_code="GatedRepo")
        assert revision == self.commit  # everything is read at the commit that was listed
        target = f"http://localhost:{self.server_port}/cdn/{file}?signature={self.signature}"
        return handler.answer(302, location=target)

    def _tree(self, handler: _Handler, name: str, folder: str) -> None:
        entries = self._entries(name, folder, "")
        if not entries:
            return handler.answer(404, x_error_code="EntryNotFound")
        query = parse_qs(urlsplit(handler.path).query)
        first = int(query.get("cursor", ["0"])[0])
        headers = {}
        if first + self.page < len(entries):
            following = f"{self.url}{urlsplit(handler.path).path}?cursor={first + self.page}"
            headers["link"] = f'<{following}>; rel="next"'
        return handler.json(entries[first : first + self.page], **headers)

    def _entries(self, name: str, folder: str, exactly: str) -> list[dict[str, Any]]:
        """Files below a folder; with `exactly`, only that path, which may be a folder."""
        below = f"{folder}/" if folder else ""
        inside = [f.removeprefix(f"{name}/") for f in self.files if f.startswith(f"{name}/")]
        if exactly and exactly not in inside:
            if any(file.startswith(below) for file in inside):
                return [{"type": "directory", "path": folder, "oid": "d" * 40, "size": 0}]
            return []
        return [
            {
                "type": "file",
                "path": file,
                "size": len(self.files[f"{name}/{file}"]),
                "oid": hashlib.sha1(self.files[f"{name}/{file}"]).hexdigest(),
            }
            for file in inside
            if file == exactly or (not exactly and file.startswith(below))
        ]


@contextmanager
def running(server: FileServer) -> Iterator[FileServer]:
    """The server, answering until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
