"""Blocks: many JSON records in few bytes, unpacked one block at a time by the page.

A report of 10,000 findings holds 20 to 40 MB of excerpts, too much for a page to parse when it
opens. Compressed one by one, excerpts keep nearly their size. So records are joined, compressed
with gzip (browsers have DecompressionStream), and written in base64, which needs no escaping.
Base85 would save 8 % and need a decoder in the page.
"""

from __future__ import annotations

import base64
import gzip
from typing import BinaryIO

__all__ = ["Blocks"]

_MOST_BYTES = 1 << 20  # of JSON; unpacked in 20 ms, and what is held at a time


class Blocks:
    """Writes records into `<script type="text/plain" id="{name}-{n}">` elements."""

    def __init__(self, name: str, most: int, stream: BinaryIO) -> None:
        """Write nothing yet.

        Args:
            name: prefix of the elements' ids, letters only.
            most: records in a block.
            stream: where the elements are written.
        """
        self.starts: list[int] = []  # the first record of each block
        self.count = 0  # records
        self._name = name
        self._most = most
        self._stream = stream
        self._records: list[bytes] = []
        self._bytes = 0

    def add(self, record: bytes) -> None:
        """Add one JSON text."""
        if not self._records:
            self.starts.append(self.count)
        self._records.append(record)
        self._bytes += len(record)
        self.count += 1
        if len(self._records) >= self._most or self._bytes >= _MOST_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write the last, unfinished block."""
        if not self._records:
            return
        packed = gzip.compress(b"[" + b",".join(self._records) + b"]", 6, mtime=0)
        at = len(self.starts) - 1
        self._stream.write(f'<script type="text/plain" id="{self._name}-{at}">'.encode())
        self._stream.write(base64.b64encode(packed))
        self._stream.write(b"</script>\n")
        self._records.clear()
        self._bytes = 0
