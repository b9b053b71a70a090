"""Numbers as people read them."""

from __future__ import annotations

__all__ = ["count_of", "percent", "size_in_words"]


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


def count_of(count: int, noun: str) -> str:
    """`1 file`, `1,234 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """A share of 1 in whole per cent, rounded down: 100% means all, and nothing but 0 is 0%."""
    if 0 < share < 0.01:
        return "<1%"
    return f"{int(share * 100 + 1e-9)}%"
