"""`IndexHolder`: the index of a service, opened at its first use and kept up to date."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from attribution.errors import CorpusIndexError, IndexNotFoundError, WhenceError
from attribution.locations import Locations

if TYPE_CHECKING:  # attribution's kernels take a second to import: not at start
    from attribution.index import Index

__all__ = ["IndexHolder"]

_RETRY_SECONDS = 1.0  # after which an index that could not be opened is tried again


class IndexHolder:
    """Safe to share between threads."""

    def __init__(self, location: Locations | None, refresh_seconds: float) -> None:
        self.location = location
        self._refresh_seconds = refresh_seconds
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._checked = 0.0  # monotonic time at which it was opened or refreshed
        self._error: WhenceError | None = None

    def index(self) -> Index:
        """The index, at most `refresh_seconds` behind its newest version.

        Raises:
            WhenceError: there is none, or it cannot be used; for a second the same error is raised
                again without a new attempt.
        """
        index = self._index
        now = time.monotonic()
        if index is None:
            with self._lock:
                return self._index or self._open(now)
        # one thread refreshes; the others use what is open
        if now - self._checked >= self._refresh_seconds and self._lock.acquire(blocking=False):
            try:
                self._refresh(index, now)
            finally:
                self._lock.release()
            return self._index or self.index()
        return index

    def _open(self, now: float) -> Index:
        if self.location is None:
            raise IndexNotFoundError(
                "the service was started without an index; make one with `whence index SOURCE... "
                "--to FOLDER` and start it with `whence serve --index FOLDER`"
            )
        if self._error is not None and now - self._checked < _RETRY_SECONDS:
            raise self._error.with_traceback(None)
        from attribution.index import open_index

        self._checked = now
        try:
            self._index = open_index(self.location)
        except WhenceError as error:
            self._error = error
            raise
        self._error = None
        return self._index

    def _refresh(self, index: Index, now: float) -> None:
        if now - self._checked < self._refresh_seconds:
            return  # another thread was faster
        self._checked = now
        try:
            index.refresh()
        except CorpusIndexError:
            # moved, damaged or replaced: opening it again gives a clear error. Threads that still
            # read the old one keep it alive, so it is not closed here.
            self._index = None
            self._error = None

    def close(self) -> None:
        """Close the index, if it is open."""
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None
