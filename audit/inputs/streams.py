"""Streams of bytes: a file, a pipe or standard input; plain, gzip or zstd by their first bytes."""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import zstandard

from attribution.commands.stdin import standard_input
from attribution.errors import InputError

__all__ = ["DAMAGE", "bounded_lines", "open_stream"]

_BUFFER = 1 << 18  # bytes
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"

# What reading a damaged stream raises.
DAMAGE = (EOFError, OSError, zlib.error, zstandard.ZstdError)


@contextlib.contextmanager
def open_stream(name: str) -> Iterator[BinaryIO]:
    """The content of a file, or of standard input for "-".

    Raises:
        InputError: it cannot be opened.
    """
    if name == "-":
        # Not closed: it is the process's.
        yield _decompressed(io.BufferedReader(_Borrowed(standard_input()), _BUFFER))
        return
    try:
        raw = io.BufferedReader(io.FileIO(name), _BUFFER)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from error
    with raw:
        try:
            stream = _decompressed(raw)
        except OSError as error:
            raise InputError(f"{name} cannot be read: {error.strerror or error}") from error
        yield stream


def bounded_lines(stream: BinaryIO, limit: int) -> Iterator[tuple[bytes, int]]:
    """The lines with their ends, and the true size of each.

    Of a line over the limit only so much is given; the rest of it is read and forgotten.
    """
    while line := stream.readline(limit + 1):
        size = len(line)
        if size > limit:
            rest = line
            while not rest.endswith(b"\n") and (rest := stream.readline(1 << 20)):
                size += len(rest)
        yield line, size


def _decompressed(raw: io.BufferedReader[Any]) -> BinaryIO:
    start = raw.peek(4)[:4]
    if start.startswith(_GZIP):
        return io.BufferedReader(gzip.GzipFile(fileobj=raw), _BUFFER)
    if start == _ZSTD:
        return io.BufferedReader(_Zstd(raw), _BUFFER)
    return raw


class _Borrowed(io.RawIOBase):
    """A stream of someone else's: closing this one does not close it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read = getattr(self._stream, "read1", self._stream.read)
        data: bytes = read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Zstd(io.RawIOBase):
    """Frames one after the other. zstandard's own reader takes a truncated frame for the end."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = b""
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._plain:
            self._packed = self._packed or self._raw.read(1 << 17)
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
