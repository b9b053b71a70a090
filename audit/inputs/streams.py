"""Streams of bytes: a file, a pipe or standard input; plain, gzip or zstd by their first bytes."""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import zstandard

from attribution.commands.inputs import standard_input
from attribution.errors import InputError
from attribution.zstd_frames import ZstdFrames

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
        return io.BufferedReader(ZstdFrames(raw), _BUFFER)
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
