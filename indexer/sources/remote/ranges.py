"""A file on the network as a Python file: reads by ranges, and reads ahead.

The reader says which ranges it needs, such as some columns of a parquet file. They are cut into
pieces, and while one is in use those that follow are requested at the same time, so that
the latency of the network is hidden. Only some pieces are kept, so memory is bounded.
"""

from __future__ import annotations

import io
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from indexer.sources.remote.attempts import repeated

__all__ = ["RangeFile"]

# With 100 ms for an answer, eight pieces at once give 100 MB/s and more.
_PIECE = 2 << 20  # bytes
_AHEAD = 8  # pieces
_KEPT = 32  # pieces; columns of one row group are read in turn, each at another position
_GAP = 64 << 10  # bytes; reading over a smaller gap is cheaper than another request


class RangeFile(io.RawIOBase):
    """Bytes that a function returns range by range."""

    def __init__(
        self,
        where: str,
        size: int,
        request: Callable[[int, int], bytes],
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            where: the file, for messages.
            size: bytes.
            request: one attempt to read from a start to before a stop; see `Connection.read`.
            done: called when the file is closed.
        """
        super().__init__()
        self._where = where
        self._size = size
        self._request = request
        self._done = done
        self._position = 0
        self._starts: list[int] = []  # of the expected pieces, ascending
        self._stops: list[int] = []
        self._pieces: OrderedDict[int, Future[bytes]] = OrderedDict()  # the last used one is last
        self._pool = ThreadPoolExecutor(_AHEAD, "whence-ranges")
        self._stopped = threading.Event()

    def expect(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Say what will be read, each range as start and stop; all else is read on demand."""
        self._pieces.clear()
        joined: list[list[int]] = []
        for start, stop in sorted(ranges):
            if start < 0:  # a damaged file says so
                continue
            if joined and start - joined[-1][1] <= _GAP:
                joined[-1][1] = max(joined[-1][1], stop)
            else:
                joined.append([start, stop])
        pieces = [
            (at, min(at + _PIECE, stop, self._size))
            for start, stop in joined
            for at in range(start, min(stop, self._size), _PIECE)
        ]
        self._starts = [start for start, _ in pieces]
        self._stops = [stop for _, stop in pieces]

    def read(self, size: int | None = -1, /) -> bytes:
        """All bytes requested, unless the file ends; pyarrow relies on it."""
        stop = self._size if size is None or size < 0 else min(self._position + size, self._size)
        parts = []
        while self._position < stop:
            parts.append(self._some(stop))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: Any, /) -> int:
        stop = min(self._position + len(buffer), self._size)
        if self._position >= stop:
            return 0
        content = self._some(stop)
        buffer[: len(content)] = content
        return len(content)

    def _some(self, stop: int) -> bytes:
        """Bytes from the position on, at least one."""
        start = self._position
        number = bisect_right(self._starts, start) - 1
        if number >= 0 and start < self._stops[number]:
            first = self._starts[number]
            content = self._piece(number)[start - first : stop - first]
        else:
            following = self._starts[number + 1 : number + 2]
            content = self._fetch(start, min([stop, *following]))
        self._position += len(content)
        return content

    def _piece(self, number: int) -> bytes:
        for wanted in range(number, min(number + 1 + _AHEAD, len(self._starts))):
            if wanted not in self._pieces:
                self._pieces[wanted] = self._pool.submit(
                    self._fetch, self._starts[wanted], self._stops[wanted]
                )
        self._pieces.move_to_end(number)
        while len(self._pieces) > _KEPT:
            self._pieces.popitem(last=False)[1].cancel()
        return self._pieces[number].result()

    def _fetch(self, start: int, stop: int) -> bytes:
        return repeated(lambda: self._request(start, stop), self._where, self._stopped)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def stop(self) -> None:
        """Make reading in another thread fail soon."""
        self._stopped.set()

    def close(self) -> None:
        if not self.closed:
            self.stop()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pieces.clear()
            self._done()
        super().close()
