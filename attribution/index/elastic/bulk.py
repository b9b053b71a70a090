"""Bulk requests: limited in bytes, a few in flight, retried when the cluster is busy.

Documents are created by id and existing ones stay as they are, so a request may be sent again.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

import msgspec

from attribution.errors import IndexUnavailableError, WhenceError
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.failures import RETRIED, refusal

__all__ = ["CHUNK", "Bulk", "chunks", "source"]

CHUNK = 1000  # documents that one request names

Item = TypeVar("Item")

_REQUEST_BYTES = 8 << 20  # Elastic advises 5-15 MB; a larger text is sent alone
_IN_FLIGHT = 3  # requests; the server would only queue more
_TRIES = 8
_FIRST_WAIT, _LONGEST_WAIT = (
    0.5,
    30.0,
)  # seconds; doubled each time, about a minute in all

_encode = msgspec.json.Encoder().encode  # five times as fast as the standard library's

# Creating an existing document and deleting a missing one are not failures.
_EXPECTED = {"create": {409}, "delete": {404}, "index": set()}


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """The items, in lists of a size that fits into one request; the last may be shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


class Bulk:
    """Collects actions on indexes, named by their write aliases. Threads must not share it."""

    def __init__(self, cluster: Cluster, sleep: Callable[[float], object] | None = None) -> None:
        """
        Args:
            sleep: waits for seconds; by default, until `close` at most.
        """
        self._cluster = cluster
        self._closing = threading.Event()
        self._sleep = sleep or self._closing.wait
        self._pool = ThreadPoolExecutor(_IN_FLIGHT, "whence-bulk")
        self._running: set[Future[None]] = set()
        self._actions: list[tuple[bytes, ...]] = []
        self._size = 0

    def create(self, index: str, id_: str, source: bytes) -> None:
        """Add a document, unless there is one with that id."""
        self._take(_action("create", index, id_), source)

    def replace(self, index: str, id_: str, source: bytes) -> None:
        """Add a document, or replace the one with that id."""
        self._take(_action("index", index, id_), source)

    def delete(self, index: str, id_: str) -> None:
        """Delete a document."""
        self._take(_action("delete", index, id_))

    def finish(self) -> None:
        """Send everything and wait until the cluster has acknowledged it.

        Raises:
            IndexUnavailableError: it did not, for a minute.
            StorageError: it takes no writes.
        """
        self._send()
        self._collect(wait(self._running).done)

    def close(self) -> None:
        """Drop unsent actions, and wait for the requests in flight; nothing is retried."""
        self._closing.set()
        self._actions, self._size = [], 0
        for future in self._running:
            future.cancel()
        self._pool.shutdown()
        self._running.clear()

    def _take(self, *lines: bytes) -> None:
        self._actions.append(lines)
        self._size += sum(map(len, lines))
        if self._size >= _REQUEST_BYTES:
            self._send()

    def _send(self) -> None:
        if not self._actions:
            return
        while len(self._running) >= _IN_FLIGHT:
            self._collect(wait(self._running, return_when=FIRST_COMPLETED).done)
        actions, self._actions, self._size = self._actions, [], 0
        self._running.add(self._pool.submit(self._deliver, actions))

    def _collect(self, done: set[Future[None]]) -> None:
        for future in done:
            future.result()  # a failed one stays, so a later finish() raises again
            self._running.remove(future)

    def _deliver(self, actions: list[tuple[bytes, ...]]) -> None:
        failure: WhenceError | None = None
        for attempt in range(_TRIES):
            if attempt:
                # Jitter: several writers that were refused together should not retry together.
                pause = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)
                self._sleep(pause * random.uniform(0.5, 1.0))
                if self._closing.is_set():
                    break
            try:
                answer = self._cluster.request(
                    "POST",
                    "/_bulk",
                    b"\n".join(line for lines in actions for line in lines),
                    timeout=self._cluster.access.bulk_timeout,
                    require_alias=True,
                    filter_path="errors,items.*.status,items.*.error.type,items.*.error.reason",
                )
            except IndexUnavailableError as exc:
                if getattr(exc, "status", 503) not in RETRIED:
                    raise  # e.g. wrong credentials
                failure = exc
                continue
            actions, failure = self._postponed(actions, answer)
            if not actions:
                return
        assert failure is not None
        raise failure

    def _postponed(
        self, actions: list[tuple[bytes, ...]], answer: Json
    ) -> tuple[list[tuple[bytes, ...]], WhenceError | None]:
        """The actions to retry, and why; raises the error of one that was refused for good."""
        if not answer.get("errors"):
            return [], None
        again, failure = [], None
        for action, item in zip(actions, answer["items"], strict=True):
            ((verb, result),) = item.items()
            status = int(result["status"])
            if status < 300 or status in _EXPECTED[verb]:
                continue
            error = result.get("error", {})
            exc = refusal(
                status, error.get("type", ""), error.get("reason", ""), str(self._cluster.location)
            )
            if status not in RETRIED or not isinstance(exc, IndexUnavailableError):
                raise exc
            again.append(action)
            failure = exc
        return again, failure


def source(row: Json) -> bytes:
    """A document as a line of a bulk request."""
    return _encode(row)


def _action(verb: str, index: str, id_: str) -> bytes:
    return f'{{"{verb}":{{"_index":"{index}","_id":"{id_}"}}}}'.encode()
