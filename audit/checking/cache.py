"""What earlier checks found, by content and index version: one SQLite file per index.

The second audit of an unchanged tree asks the index nothing, and one that was killed goes on where
it was. Only whole checks are kept. What belongs to another version of the index goes when the
cache is opened: it can never be right again. A cache that cannot be used is done without, with a
warning: it changes how long an audit takes, never what it says.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Self

import zstandard

from attribution.types import IndexSummary
from audit.checking.settings import CHECK_VERSION, CheckSettings
from audit.types import Item

__all__ = ["Cache", "cache_folder", "key_of", "state_of"]

_FORMAT = 1
_RELEASE = metadata.version("whence")
_ASKED = 500  # keys in a query; SQLite takes 32,766 parameters
_KEPT = 256  # rows written in one transaction: a second of work, which a kill may lose
_BUSY_SECONDS = 10.0  # another audit writes


def cache_folder() -> Path:
    """Where caches are: $WHENCE_CACHE, else in the user's cache folder."""
    named = os.environ.get("WHENCE_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "whence"


def state_of(index: IndexSummary) -> str:
    """What changes whenever an index does, and also when another is built in its place.

    Its version alone is a count of commits: an index that is built anew begins again at one.
    """
    return repr(astuple(index))


def key_of(item: Item, settings: CheckSettings) -> bytes:
    """16 bytes: all of the item and the settings that a check depends on."""
    place = (item.language, item.judged, item.first_line)
    told = repr((_RELEASE, CHECK_VERSION, _bounds(settings), place)).encode()
    return hashlib.blake2b(told + b"\0" + item.code, digest_size=16).digest()


@lru_cache
def _bounds(settings: CheckSettings) -> tuple[object, ...]:
    """The settings' values; they are one for all items of a run."""
    return astuple(settings)


class Cache:
    """Checks of one index version. Threads may share it."""

    def __init__(self, path: Path, version: str) -> None:
        """Open or make it.

        Raises:
            sqlite3.Error, OSError: it cannot be used.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._waiting: list[tuple[bytes, bytes]] = []
        self._pack = zstandard.ZstdCompressor(level=1)
        self._unpack = zstandard.ZstdDecompressor()
        self._lock = threading.Lock()
        self._base = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # After a power cut the last rows may lack; that costs time, no truth.
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        self._base.execute("CREATE TABLE IF NOT EXISTS about (version TEXT NOT NULL)")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS checked "
            "(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
        )
        version = f"{_FORMAT} {version}"
        self._base.execute("BEGIN IMMEDIATE")
        row = self._base.execute("SELECT version FROM about").fetchone()
        if row is None or row[0] != version:
            self._base.execute("DELETE FROM checked")
            self._base.execute("DELETE FROM about")
            self._base.execute("INSERT INTO about VALUES (?)", (version,))
        self._base.execute("COMMIT")

    @classmethod
    def of(cls, folder: Path, location: str, version: str) -> Self:
        """The cache of the index at a location, as a folder or an address."""
        where = location if "://" in location else str(Path(location).resolve())
        name = hashlib.blake2b(where.encode(), digest_size=8).hexdigest()
        return cls(folder / f"audit-{name}.sqlite", version)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values that are known."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _ASKED):
            some = keys[start : start + _ASKED]
            marks = ",".join("?" * len(some))
            with self._lock:
                rows = self._base.execute(
                    f"SELECT key, value FROM checked WHERE key IN ({marks})", some
                ).fetchall()
            found.update((key, self._unpack.decompress(value)) for key, value in rows)
        return found

    def put(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep values; on disk from time to time, and at the end."""
        self._waiting.extend((key, self._pack.compress(value)) for key, value in pairs)
        if len(self._waiting) >= _KEPT:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            self._base.executemany("INSERT OR REPLACE INTO checked VALUES (?, ?)", self._waiting)
            self._base.execute("COMMIT")
        self._waiting.clear()

    def close(self) -> None:
        """Write what waits, and give the file back."""
        try:
            self.flush()
        finally:
            self._base.close()
