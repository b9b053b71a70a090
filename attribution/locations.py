"""Where the index of a command is: one location, or several that are asked as one."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["Locations", "in_words", "listed"]

Locations: TypeAlias = str | tuple[str, ...]


def listed(locations: Locations) -> tuple[str, ...]:
    """The single locations."""
    return (locations,) if isinstance(locations, str) else locations


def in_words(locations: Locations) -> str:
    """The locations in a message: "A", "A and B" or "A, B and C"."""
    *most, last = listed(locations)
    return f"{', '.join(most)} and {last}" if most else last
