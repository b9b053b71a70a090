"""`Corpus`: an index that is opened when it is first asked, and kept up to date.

A server lives for days. An index that is not there yet, that is moved or rebuilt meanwhile, must
neither keep it from starting nor be answered from forever.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from attribution.errors import CorpusIndexError

if TYPE_CHECKING:  # numpy and the kernels are loaded with the first question
    from attribution.index.interface import Index
    from attribution.matching.seed_cache import SeedCache

__all__ = ["Corpus"]


class Corpus:
    """Safe to share between threads."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._seeds: SeedCache | None = None

    def index(self) -> Index:
        """The index in its newest state.

        Raises:
            WhenceError: there is none at the location, or it cannot be used.
        """
        from attribution.index import open_index

        with self._lock:
            if self._index is not None:
                try:
                    self._index.refresh()  # 0.4 ms where nothing changed
                except CorpusIndexError:
                    # Moved, damaged or replaced: opening it anew says what is the matter. Threads
                    # that still read the old one keep it alive, so it is not closed here.
                    self._index = None
            if self._index is None:
                self._index = open_index(self.location)
            return self._index

    def seeds(self) -> SeedCache:
        """What is kept of the documents that were aligned last, from one question to the next."""
        from attribution.matching.seed_cache import SeedCache
        from attribution.settings import AttributorSettings

        with self._lock:
            if self._seeds is None:
                self._seeds = SeedCache(AttributorSettings().seed_bytes)
            return self._seeds
