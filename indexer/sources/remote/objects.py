"""Many small objects whose addresses differ in one part only."""

from __future__ import annotations

import abc
import threading
from typing import Any

from attribution.errors import InputError
from indexer.sources.remote.attempts import InterruptionError, repeated
from indexer.sources.remote.buckets import SCHEMES, file_system, translated
from indexer.sources.remote.http import HttpConnection, web_client

__all__ = ["ObjectStore", "open_objects"]


class ObjectStore(abc.ABC):
    """Objects by their addresses. Threads may share it."""

    @abc.abstractmethod
    def read(self, address: str, most: int) -> bytes:
        """The object, or its first `most` bytes, in one attempt.

        Raises:
            AbsentError: there is none.
            DeniedError: access is refused.
            InterruptionError, SourceError: as `Connection.read`.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Close all connections."""


def open_objects(address: str, at_once: int) -> ObjectStore:
    """The store in which an object is, ready for that many requests at the same time.

    Raises:
        InputError: no address of a bucket or web server.
        SourceError: there is no such bucket.
    """
    scheme = address.partition("://")[0]
    if scheme in ("http", "https"):
        return _Web(at_once)
    if scheme in SCHEMES:
        return _Bucket(address, at_once)
    raise InputError(f"{address}: give an address that begins with s3://, gs://, az:// or https://")


class _Web(ObjectStore):
    def __init__(self, at_once: int) -> None:
        self._client = web_client(at_once)

    def read(self, address: str, most: int) -> bytes:
        answer = HttpConnection(address, address, client=self._client).request(0, most)
        return _whole(answer.body, min(answer.total or 0, most))

    def close(self) -> None:
        self._client.close()


class _Bucket(ObjectStore):
    def __init__(self, address: str, at_once: int) -> None:
        import pyarrow as pa

        # A file system has as many connections as pyarrow has threads when it is made.
        if pa.io_thread_count() < at_once:
            pa.set_io_thread_count(at_once)
        self._system, _, self._root = repeated(
            lambda: _file_system(address), address, threading.Event()
        )

    def read(self, address: str, most: int) -> bytes:
        with (
            translated(address),
            self._system.open_input_file(address.removeprefix(self._root)) as file,
        ):
            wanted = min(file.size(), most)
            return _whole(file.read_at(wanted, 0), wanted)

    def close(self) -> None:
        self._system = None


def _whole(content: bytes, size: int) -> bytes:
    if len(content) < size:
        raise InterruptionError("the connection broke")
    return content


def _file_system(address: str) -> tuple[Any, str, str]:
    with translated(address):
        return file_system(address)
