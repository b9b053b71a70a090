"""`Library`: the index that a service asks, opened when it is first asked, and kept up to date."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from attribution.errors import CorpusIndexError, IndexNotFoundError, WhenceError

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.index import Index

__all__ = ["Library"]

_AGAIN_SECONDS = 1.0  # an index that could not be opened is tried again at most so often


class Library:
    """Safe to share between threads."""

    def __init__(self, location: str | None, refresh_seconds: float) -> None:
        self.location = location
        self._refresh_seconds = refresh_seconds
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._looked = 0.0  # monotonic time of the last look for a newer state
        self._error: WhenceError | None = None

    def index(self) -> Index:
        """The index, in the newest state of at most a few seconds ago.

        Raises:
            WhenceError: there is none, or it cannot be used; said again without a new try for a
                second.
        """
        index = self._index
        now = time.monotonic()
        if index is not None and now - self._looked < self._refresh_seconds:
            return index
        if index is not None:
            # one thread looks; the others go on with what they have
            if self._lock.acquire(blocking=False):
                try:
                    self._refresh(index, now)
                finally:
                    self._lock.release()
            return self._index or self.index()
        with self._lock:
            if self._index is None:
                self._open(now)
            assert self._index is not None
            return self._index

    def _open(self, now: float) -> None:
        if self.location is None:
            raise IndexNotFoundError(
                "the service was started without an index; make one with `whence index SOURCE... "
                "--to FOLDER` and start it with `whence serve --index FOLDER`"
            )
        if self._error is not None and now - self._looked < _AGAIN_SECONDS:
            raise self._error.with_traceback(None)
        from attribution.index import open_index

        self._looked = now
        try:
            self._index = open_index(self.location)
        except WhenceError as error:
            self._error = error
            raise
        self._error = None

    def _refresh(self, index: Index, now: float) -> None:
        if now - self._looked < self._refresh_seconds:
            return  # another thread was faster
        self._looked = now
        try:
            index.refresh()
        except CorpusIndexError:
            # moved, damaged or replaced: open it anew, which says what is the matter. Threads
            # that still read the old one keep it alive, so it is not closed here.
            self._index = None
            self._error = None

    def close(self) -> None:
        """Close the index, if it is open."""
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None
