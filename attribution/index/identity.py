"""The id of a document, its git blob sha1 (the hash of its SWHID), and the date of a commit."""

from __future__ import annotations

import datetime
import hashlib

__all__ = ["blob_id", "now"]


def blob_id(content: bytes) -> bytes:
    """20 bytes: the hash that `git hash-object` prints for the content."""
    digest = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.digest()


def now() -> str:
    """The current time to the second: UTC, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
