"""Streams of bytes: files, pipes and standard input, decompressed if they are gzip or zstd."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import zstandard

from attribution.commands.inputs import standard_input
from attribution.errors import InputError
from attribution.zstd_frames import ZstdFrames

__all__ = ["DAMAGE", "bounded_lines", "open_stream", "read_list"]

_BUFFER = 1 << 18  # bytes
_MAX_LIST = 64 << 20  # bytes: a million names
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"

# Errors that reading a damaged stream raises.
DAMAGE = (EOFError, OSError, zlib.error, zstandard.ZstdError)


@contextlib.contextmanager
def open_stream(name: str) -> Iterator[BinaryIO]:
    """The content of a file, or of standard input for "-".

    Raises:
        InputError: it cannot be opened.
    """
    if name == "-":
        # Not closed: it belongs to the process.
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


def read_list(name: str) -> list[str]:
    """The paths in a list of files: one per line, or ended by NUL bytes as by `git ls-files -z`.

    Raises:
        InputError: the list cannot be read, or is too long.
    """
    try:
        with open_stream(name) as stream:
            text = stream.read(_MAX_LIST + 1)
    except DAMAGE as error:
        raise InputError(f"{name} cannot be read: {error}") from error
    if len(text) > _MAX_LIST:
        raise InputError(f"{name} has more than {_MAX_LIST:,} bytes; name the folder instead")
    if b"\0" in text:
        names = text.split(b"\0")
    else:
        names = [line.rstrip(b"\r") for line in text.split(b"\n")]
    return [os.fsdecode(path) for path in names if path]


def bounded_lines(stream: BinaryIO, limit: int) -> Iterator[tuple[bytes, int]]:
    """The lines with their line ends, and the full size of each.

    A line longer than `limit` bytes is cut; the rest of it is read and discarded.
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
    """A stream that is not closed when this one is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read = getattr(self._stream, "read1", self._stream.read)
        data: bytes = read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
