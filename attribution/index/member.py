"""`Member`: one of several indexes that are asked as one, and whether it answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from attribution.errors import CorpusIndexError, IndexIncompleteError, IndexUnavailableError
from attribution.index.interface import Index

__all__ = ["Member"]

Result = TypeVar("Result")

_PAUSE_SECONDS = 1.0  # after which an index that did not answer is asked again, at least
_PAUSE = 3.0  # the same as a multiple of the time that it took to fail: a time-out is long


class Member:
    """One of the indexes. Safe to share between threads."""

    def __init__(self, location: str, opened: Callable[[], Index]) -> None:
        """Open it, unless its engine does not answer; then it is opened later.

        Raises:
            CorpusIndexError: it cannot be used.
        """
        self.name = location  # the corpus's, once it is open
        self.index: Index | None = None
        self.error: CorpusIndexError | None = None  # of the last question, if it failed
        self._opened = opened
        self._resume = 0.0  # monotonic time from which it is asked again
        self._lock = threading.Lock()
        self.answer(lambda index: index.summary())
        if self.error is not None and not self.silent:
            raise self.error

    @property
    def waits(self) -> bool:
        """Whether a question waits for a network."""
        return self.index is None or self.index.remote

    @property
    def silent(self) -> bool:
        """Whether its engine did not answer the last question."""
        return isinstance(self.error, IndexUnavailableError)

    def answer(self, question: Callable[[Index], Result]) -> Result | CorpusIndexError:
        """The answer to a question, or why there is none or only a part of it."""
        last = self.error
        started = time.monotonic()
        if last is not None and started < self._resume:
            return last
        result: Result | CorpusIndexError
        try:
            result = question(self.index or self._open())
        except IndexIncompleteError as error:
            result = error
        except CorpusIndexError as error:
            now = time.monotonic()
            self._resume = now + max(_PAUSE_SECONDS, _PAUSE * (now - started))
            self.error = error
            return error
        self.error = None
        return result

    def _open(self) -> Index:
        with self._lock:
            if self.index is None:
                index = self._opened()
                self.name = index.summary().name
                self.index = index
            return self.index

    def close(self) -> None:
        """Close it, if it is open."""
        if self.index is not None:
            self.index.close()
