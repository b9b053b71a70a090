"""`ZstdFrames`: the contents of zstd-compressed frames as one stream."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import zstandard

__all__ = ["ZstdFrames"]


_STEP = 1 << 11  # bytes; each may expand 32,000 times, and all that it gives is held in memory


class ZstdFrames(io.RawIOBase):
    """Reads frames one after the other. zstandard's own reader ignores a truncated frame."""

    def __init__(self, raw: BinaryIO) -> None:
        """Read from a stream, which stays open when this one is closed."""
        self._raw = raw
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = b""
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._plain:
            self._packed = self._packed or self._raw.read(_STEP)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError("the file ends in the middle of a zstd frame")
                return 0
            if self._frame is None:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._plain = memoryview(self._frame.decompress(self._packed))
            self._packed = b""
            if self._frame.eof:
                self._packed, self._frame = self._frame.unused_data, None
        count = min(len(buffer), len(self._plain))
        buffer[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count
