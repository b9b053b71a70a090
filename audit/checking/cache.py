"""Results of earlier checks, by content and index version: one SQLite file per index.

A second audit of an unchanged tree does not query the index, and an audit that was killed resumes.
Only complete results are stored. Opening the cache deletes results for other versions of the
index, as they can never be valid again. Each result is authenticated (see cache_key). An audit
works without a cache if it is unusable, with a warning: the cache affects how long an audit takes,
never its result.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import zstandard

from attribution.types import IndexSummary
from audit.checking.cache_key import CODE_BYTES, cache_key, code_of
from audit.checking.settings import CHECK_VERSION, CheckSettings
from audit.types import Item

__all__ = ["Cache", "key_of", "state_of"]

_FORMAT = 2
_RELEASE = metadata.version("whence")
_QUERY_KEYS = 500  # keys in a query; SQLite allows 32,766 parameters
_PENDING_ROWS = 256  # rows per transaction: a second of work, which is lost if killed
_BUSY_SECONDS = 10.0  # to wait while another audit writes


def state_of(index: IndexSummary) -> str:
    """A text that changes when the index changes or is rebuilt.

    The version alone is not enough: it counts commits, so a rebuilt index starts again at one.
    """
    return repr(astuple(index))


def key_of(item: Item, settings: CheckSettings) -> bytes:
    """A hash of 16 bytes of everything that a check depends on, except the index."""
    parts = (item.language, item.judged, item.first_line)
    header = repr((_RELEASE, CHECK_VERSION, _bounds(settings), parts)).encode()
    return hashlib.blake2b(header + b"\0" + item.code, digest_size=16).digest()


@lru_cache
def _bounds(settings: CheckSettings) -> tuple[object, ...]:
    """The values of the settings, which are the same for all items of a run."""
    return astuple(settings)


class Cache:
    """Stored results for one index version. Thread-safe."""

    def __init__(self, path: Path, version: str) -> None:
        """Open or create it.

        Raises:
            sqlite3.Error, OSError: it cannot be used.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._pending: list[tuple[bytes, bytes]] = []
        self._pack = zstandard.ZstdCompressor(level=1)
        self._unpack = zstandard.ZstdDecompressor()
        self._lock = threading.Lock()
        self._base = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # A power failure may lose the last rows, which only costs time.
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        self._base.execute("CREATE TABLE IF NOT EXISTS about (version TEXT NOT NULL)")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS checked "
            "(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
        )
        version = f"{_FORMAT} {version}"
        self._version = version.encode()
        self._secret = cache_key()
        self._base.execute("BEGIN IMMEDIATE")
        row = self._base.execute("SELECT version FROM about").fetchone()
        self.valid = row == (version,)  # whether there are results of earlier audits
        if not self.valid:
            self._base.execute("DELETE FROM checked")
            self._base.execute("DELETE FROM about")
            self._base.execute("INSERT INTO about VALUES (?)", (version,))
        self._base.execute("COMMIT")

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The stored values of keys."""
        values: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _QUERY_KEYS):
            some = keys[start : start + _QUERY_KEYS]
            marks = ",".join("?" * len(some))
            with self._lock:
                rows = self._base.execute(
                    f"SELECT key, value FROM checked WHERE key IN ({marks})", some
                ).fetchall()
            for key, value in rows:
                code, packed = value[:CODE_BYTES], value[CODE_BYTES:]
                if hmac.compare_digest(code, self._code(key, packed)):
                    values[key] = self._unpack.decompress(packed)
        return values

    def put(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Store values; they are written to disk in batches."""
        for key, value in pairs:
            packed = self._pack.compress(value)
            self._pending.append((key, self._code(key, packed) + packed))
        if len(self._pending) >= _PENDING_ROWS:
            self.flush()

    def _code(self, key: bytes, packed: bytes) -> bytes:
        return code_of(self._secret, self._version, key, packed)

    def flush(self) -> None:
        """Write pending values."""
        if not self._pending:
            return
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            self._base.executemany("INSERT OR REPLACE INTO checked VALUES (?, ?)", self._pending)
            self._base.execute("COMMIT")
        self._pending.clear()

    def close(self) -> None:
        """Write pending values, and close the file."""
        try:
            self.flush()
        finally:
            self._base.close()
