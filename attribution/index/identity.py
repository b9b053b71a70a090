"""The id of a document: its git blob sha1, the hash of its SWHID."""

from __future__ import annotations

import hashlib

__all__ = ["blob_id"]


def blob_id(content: bytes) -> bytes:
    """20 bytes: what `git hash-object` prints for the content."""
    digest = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.digest()
