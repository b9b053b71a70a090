"""What the writers of the engines share: pending files, and sketching in batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from attribution.errors import WhenceError
from attribution.index.interface import IndexWriter
from attribution.sketching.sketch import SketchBatch, SketchParams
from attribution.sketching.sketcher import sketch_batch
from attribution.types import Skip

__all__ = ["Batch", "BatchSketcher", "Pending", "PendingWriter"]

_DOCUMENTS = 2048  # in one batch

Prepared = TypeVar("Prepared")


@dataclass(slots=True)
class Pending:
    """What a writer has added since its last commit."""

    documents: set[bytes] = field(default_factory=set)  # ids
    occurrences: set[bytes] = field(default_factory=set)  # ids of documents, each with a key
    skips: list[Skip] = field(default_factory=list)
    content_bytes: int = 0

    def take_document(self, id_: bytes, content: bytes) -> bool:
        """Note a new document; False when it is pending already."""
        if id_ in self.documents:
            return False
        self.documents.add(id_)
        self.content_bytes += len(content)
        return True


class PendingWriter(IndexWriter):
    """A writer with pending files, which refuses to continue after a failure."""

    def __init__(self) -> None:
        self._pending = Pending()
        self._failure: WhenceError | None = None
        self._open = True

    def skip(self, skips: Iterable[Skip]) -> None:
        self._pending.skips.extend(skips)

    @property
    def pending_bytes(self) -> int:
        return self._pending.content_bytes

    def _check(self) -> None:
        """Raise when the writer is closed or has failed."""
        if not self._open:
            raise ValueError("the writer is closed")
        if self._failure is not None:
            raise self._failure


@dataclass(slots=True)
class Batch:
    """Documents that are sketched in one call."""

    ids: list[bytes] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    content_bytes: int = 0


class BatchSketcher(Generic[Prepared]):
    """Sketches documents on threads, and hands them over in the order in which they came.

    The kernels of the sketch release the interpreter's lock, so two threads keep two cores busy
    while the caller reads and hashes. The number of batches in flight is bounded.
    """

    def __init__(
        self,
        params: SketchParams,
        prepare: Callable[[Batch, SketchBatch], Prepared],
        deliver: Callable[[Batch, Prepared], None],
        *,
        batch_bytes: int,
        threads: int,
    ) -> None:
        """
        Args:
            prepare: called on a thread with a batch and its sketches.
            deliver: called on the caller's thread with the result, in order.
            batch_bytes: contents in one batch.
        """
        self._params = params
        self._prepare = prepare
        self._deliver = deliver
        self._batch_bytes = batch_bytes
        self._threads = threads
        self._batch = Batch()
        self._running: deque[tuple[Batch, Future[Prepared]]] = deque()
        self._pool = ThreadPoolExecutor(threads, "whence-sketch")

    def add(self, id_: bytes, language: str, content: bytes) -> None:
        """Take a document."""
        batch = self._batch
        batch.ids.append(id_)
        batch.languages.append(language)
        batch.contents.append(content)
        batch.content_bytes += len(content)
        if batch.content_bytes >= self._batch_bytes or len(batch.ids) >= _DOCUMENTS:
            self._submit()

    def finish(self) -> None:
        """Deliver everything added so far."""
        self._submit()
        while self._running:
            self._collect()

    def discard(self) -> None:
        """Drop everything that was not delivered."""
        self._batch = Batch()
        for _, future in self._running:
            if not future.cancel():
                future.exception()  # wait; the error was raised already, or no longer matters
        self._running.clear()

    def close(self) -> None:
        """Drop everything that was not delivered, and end the threads."""
        self.discard()
        self._pool.shutdown()

    def _submit(self) -> None:
        if not self._batch.ids:
            return
        batch, self._batch = self._batch, Batch()
        self._running.append((batch, self._pool.submit(self._sketch, batch)))
        while len(self._running) > 2 * self._threads:
            self._collect()

    def _sketch(self, batch: Batch) -> Prepared:
        return self._prepare(batch, sketch_batch(batch.contents, batch.languages, self._params))

    def _collect(self) -> None:
        batch, future = self._running.popleft()
        self._deliver(batch, future.result())
