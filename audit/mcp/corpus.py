"""`Corpus`: an index that is opened with the first request, and kept up to date.

A server runs for days. It must start even if the index does not exist yet, and must notice when the
index is moved or rebuilt.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from attribution.errors import CorpusIndexError
from attribution.locations import Locations

if TYPE_CHECKING:  # numpy and the kernels are loaded with the first request
    from attribution.index.interface import Index
    from attribution.matching.seed_cache import SeedCache

__all__ = ["Corpus"]


class Corpus:
    """An index that may not exist yet. Safe to share between threads."""

    def __init__(self, location: Locations, private: bool = False) -> None:
        """Open nothing yet.

        Args:
            location: of the index.
            private: whether the index gets fingerprints alone, without words.
        """
        self.location = location
        self.private = private
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._seeds: SeedCache | None = None

    def index(self) -> Index:
        """Open the index, or refresh it to its newest state.

        Raises:
            WhenceError: there is no index at the location, or it cannot be used.
        """
        from attribution.index import open_index

        with self._lock:
            if self._index is not None:
                try:
                    self._index.refresh()  # 0.4 ms if nothing changed
                except CorpusIndexError:
                    # Moved, damaged or replaced: opening it again says which. It is not closed
                    # here because other threads may still read from it.
                    self._index = None
            if self._index is None:
                self._index = open_index(self.location)
                self._seeds = None  # another index may have one content in another language
            return self._index

    def seeds(self) -> SeedCache:
        """The cache of recently aligned documents, shared by all requests."""
        from attribution.matching.seed_cache import SeedCache
        from attribution.settings import AttributorSettings

        with self._lock:
            if self._seeds is None:
                self._seeds = SeedCache(AttributorSettings().seed_bytes)
            return self._seeds
