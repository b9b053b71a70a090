"""Files that were left out: JSON lines, compressed, one file per commit.

    skips-000013.jsonl.zst     zstd frames of lines [name, reason, detail]

Many small files are joined by concatenating their frames.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import zstandard

from attribution.index.embedded.storage import Sink, StoredFile, damaged, stored_bytes
from attribution.types import Skip

__all__ = ["MAX_FILES", "join_skips", "read_skips", "write_skips"]

MAX_FILES = 16  # more are joined


def write_skips(path: Path, skips: Sequence[Skip]) -> StoredFile:
    """Write a file of skips."""
    lines = "".join(json.dumps([s.name, s.reason, s.detail]) + "\n" for s in skips)
    with Sink(path) as sink:
        sink.write(zstandard.ZstdCompressor(write_checksum=True).compress(lines.encode()))
        return sink.close()


def join_skips(path: Path, parts: Sequence[Path]) -> StoredFile:
    """Join files of skips in a new one."""
    with Sink(path) as sink:
        for part in parts:
            sink.write(stored_bytes(part))
        return sink.close()


def read_skips(path: Path, data: bytes) -> Iterator[Skip]:
    """The skips of a file with the bytes `data`, in order.

    Raises:
        IndexDamagedError: it cannot be decompressed or read.
    """
    try:
        reader = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True)
        for line in io.TextIOWrapper(reader, "utf-8"):
            yield Skip(*json.loads(line))
    except (zstandard.ZstdError, ValueError, TypeError) as exc:
        raise damaged(path, "it cannot be read") from exc
