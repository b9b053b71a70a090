"""moto's S3 server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest
from pyarrow.fs import S3FileSystem

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


class S3Server:
    """A server with one bucket, "corpus"."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.system = S3FileSystem(
            access_key="key",
            secret_key="secret",
            region="us-east-1",
            endpoint_override=urlsplit(url).netloc,
            scheme="http",
            allow_bucket_creation=True,
        )
        self.system.create_dir("corpus")

    def put(self, path: str, content: bytes) -> None:
        """Write an object into the bucket."""
        with self.system.open_output_stream(f"corpus/{path}") as stream:
            stream.write(content)

    def check_keys(self, after: float) -> None:
        """Refuse unknown keys, after some more requests."""
        httpx2.post(f"{self.url}/moto-api/reset-auth", content=str(after)).raise_for_status()


@contextmanager
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A running server, and the environment that leads to it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": url}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield S3Server(url)
    finally:
        server.stop()
