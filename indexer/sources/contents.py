"""Contents that a dataset lists by id only, fetched from where they are stored, an object each.

The Stack v2 has them in Software Heritage's bucket, compressed with gzip. Hundreds of requests are
under way at once. A content is not fetched again while it is among the last ones, nor when the
index had it before.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

from attribution.errors import InputError, SourceError
from attribution.types import Document
from indexer.dataset_options import SOFTWARE_HERITAGE
from indexer.filters import Reason
from indexer.sources.remote.attempts import AbsentError, DeniedError, repeated
from indexer.sources.remote.objects import ObjectStore, open_objects

__all__ = ["ContentRequest", "ContentStore", "Refusal"]

_FIELD = "{blob_id}"

# S3 answers in 20 to 100 ms, and a file of code has some 5 kB.
_AT_ONCE = 200
_AHEAD = 400  # contents, so that one slow answer does not keep the others waiting
_ALL_ABSENT = 100  # contents; then the address must be wrong
_RECENT = 64 << 20  # bytes of contents that are kept for further occurrences
_BLOB = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z_.-]{0,127}")
_GZIP = b"\x1f\x8b"
# Contents of these would be full of NUL bytes, so they become UTF-8.
_WIDE = re.compile(r"utf[-_]?(16|32)", re.IGNORECASE)

Refusal = tuple[Reason, str]
Content = bytes | Refusal


class ContentRequest(NamedTuple):
    """A content that is wanted."""

    blob: str  # its id in the store
    document: object  # its id in an index, if the dataset has it
    encoding: str | None


class ContentStore:
    """Reads contents by id, for one thread at a time."""

    def __init__(self, template: str = SOFTWARE_HERITAGE) -> None:
        """
        Args:
            template: the address of a content, with {blob_id} in it.

        Raises:
            InputError: it has no {blob_id}.
        """
        if _FIELD not in template:
            raise InputError(
                f"--contents {template} is invalid; write {_FIELD} where the id of a content goes, "
                f"as in {SOFTWARE_HERITAGE}"
            )
        self.template = template
        # Returns documents that an index has, by their ids: they are not fetched.
        self.known: Callable[[Sequence[str]], Sequence[Document | None]] | None = None
        self._objects: ObjectStore | None = None
        self._opening = threading.Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, "whence-contents")
        self._stopped = threading.Event()
        self._recent: OrderedDict[str, bytes] = OrderedDict()  # the newest is last
        self._recent_bytes = 0
        self._proof: str | None = None  # an id that could be fetched
        self._absent = 0  # contents that are not there, before one was

    def __reduce__(self) -> tuple[type[ContentStore], tuple[str]]:
        return ContentStore, (self.template,)  # in another process it opens its own connections

    def stop(self) -> None:
        """Make a `read` in another thread fail soon."""
        self._stopped.set()

    def close(self) -> None:
        """Close all connections."""
        self.stop()
        self._pool.shutdown(cancel_futures=True)
        if self._objects is not None:
            self._objects.close()

    def read(self, wanted: Iterable[ContentRequest | Refusal], limit: int) -> Iterator[Content]:
        """One content for each request, in their order, or why there is none.

        Args:
            wanted: a Refusal among them is returned as it is.
            limit: bytes of the largest content.

        Raises:
            SourceError: the store does not answer, or refuses access.
        """
        running: dict[str, Future[Content]] = {}
        ahead: deque[tuple[ContentRequest, Content | Future[Content]]] = deque()
        absent = ContentRequest("", None, None)
        wanted = iter(wanted)
        try:
            while some := list(islice(wanted, _AHEAD)):
                known = self._known_among(some)
                for request in some:
                    if not isinstance(request, ContentRequest):
                        ahead.append((absent, request))
                    else:
                        blob = request.blob
                        content = known.get(blob, self._recent.get(blob))
                        if content is None and blob not in running:
                            running[blob] = self._pool.submit(self._fetch, blob, limit)
                        ahead.append((request, running[blob] if content is None else content))
                    while len(ahead) > _AHEAD:
                        yield self._next(ahead, running, limit)
            while ahead:
                yield self._next(ahead, running, limit)
        finally:
            for future in running.values():
                future.cancel()

    def _next(
        self,
        ahead: deque[tuple[ContentRequest, Content | Future[Content]]],
        running: dict[str, Future[Content]],
        limit: int,
    ) -> Content:
        request, content = ahead.popleft()
        if isinstance(content, Future):
            try:
                content = content.result()
            except AbsentError as error:
                self._absent += self._proof is None
                if self._absent == _ALL_ABSENT:
                    raise SourceError(
                        f"none of the first {_ALL_ABSENT} contents is at {self.template}; check "
                        "--contents"
                    ) from error
                content = Reason.UNREADABLE, str(error)
            except DeniedError as error:
                if not self._has_access(list(running.values()), limit):
                    raise
                content = Reason.UNREADABLE, str(error)
            if running.pop(request.blob, None) is not None and isinstance(content, bytes):
                self._keep(request.blob, content)
        return _as_text(content, request.encoding) if isinstance(content, bytes) else content

    def _fetch(self, blob: str, limit: int) -> Content:
        if not _BLOB.fullmatch(blob):
            return Reason.MALFORMED, f"{blob[:130]!r} is not the id of a content"
        address = self.template.replace(_FIELD, blob)
        objects = self._opened()
        packed = repeated(lambda: objects.read(address, limit + 1), address, self._stopped)
        return _unpacked(packed, limit, address)

    def _opened(self) -> ObjectStore:
        with self._opening:
            if self._objects is None:
                self._objects = open_objects(self.template, _AT_ONCE)
            return self._objects

    def _has_access(self, running: Sequence[Future[Content]], limit: int) -> bool:
        """Whether other contents can be read.

        A bucket that may not be listed refuses access to what does not exist, too.
        """
        if any(future.done() and isinstance(_tried(future.result), bytes) for future in running):
            return True
        if self._proof is None:
            return any(isinstance(_tried(future.result), bytes) for future in running)
        proof = self._proof
        return isinstance(_tried(lambda: self._fetch(proof, limit)), bytes)

    def _known_among(self, wanted: Iterable[ContentRequest | Refusal]) -> dict[str, bytes]:
        """Contents that the index has, by their ids in the store."""
        blobs = {
            str(request.document): request.blob
            for request in wanted
            if isinstance(request, ContentRequest) and _is_document(request.document)
        }
        if self.known is None or not blobs:
            return {}
        found = (document for document in self.known(list(blobs)) if document is not None)
        return {blobs[document.id]: document.content for document in found}

    def _keep(self, blob: str, content: bytes) -> None:
        self._proof = blob
        self._recent[blob] = content
        self._recent_bytes += len(content)
        while self._recent_bytes > _RECENT:
            self._recent_bytes -= len(self._recent.popitem(last=False)[1])


def _is_document(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{40}", value) is not None


def _tried(fetch: Callable[[], Content]) -> Content | None:
    try:
        return fetch()
    except SourceError:
        return None


def _unpacked(packed: bytes, limit: int, address: str) -> Content:
    """The content of an object, compressed or not."""
    content = packed
    if packed.startswith(_GZIP) and len(packed) <= limit:
        gzip = zlib.decompressobj(wbits=31)
        try:
            content = gzip.decompress(packed, limit + 1)
        except zlib.error as error:
            return Reason.UNREADABLE, f"{address} is damaged: {error}"
        if len(content) <= limit and not gzip.eof:
            return Reason.UNREADABLE, f"{address} is damaged: it is cut off"
    return content if len(content) <= limit else (Reason.TOO_LARGE, f"over {limit} bytes")


def _as_text(content: bytes, encoding: str | None) -> bytes:
    """UTF-16 and UTF-32 as UTF-8; anything else as it is in its repository."""
    if encoding is None or not _WIDE.match(encoding):
        return content
    try:
        return content.decode(encoding).removeprefix("\ufeff").encode()
    except (LookupError, UnicodeError):
        return content
