"""Sizes as people read them."""

from __future__ import annotations

__all__ = ["size_in_words"]


def size_in_words(count: int) -> str:
    """Bytes in decimal units, three digits: 999 B, 1.23 kB, 45.6 MB."""
    if count < 1000:
        return f"{count} B"
    size = float(count)
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.5:
            return f"{size:.3g} {unit}"
    return f"{size / 1000:.3g} TB"
