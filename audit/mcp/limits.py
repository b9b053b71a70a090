"""Bounds of the tools: an answer has to fit into the context of a model, and a question in memory.

They are part of the tools' descriptions, so that a model knows them before it asks.
"""

from __future__ import annotations

from attribution.errors import InputError

__all__ = [
    "DEFAULT_HITS",
    "DEFAULT_SOURCES",
    "MAX_CODE",
    "MAX_DOCUMENT",
    "MAX_HITS",
    "MAX_LINES",
    "MAX_QUERY",
    "MAX_SOURCES",
    "SEARCH_SECONDS",
    "at_most",
    "between",
]

MAX_CODE = 256 << 10  # bytes of a snippet; some 60,000 tokens of a model, more than any writes
DEFAULT_SOURCES, MAX_SOURCES = 3, 10
DEFAULT_HITS, MAX_HITS = 10, 50
MAX_QUERY = 1000  # characters
MAX_LINES = 500  # of a document, in one answer
MAX_DOCUMENT = 32 << 10  # bytes of a document, in one answer
SEARCH_SECONDS = 10.0  # after which no further document is looked at


def at_most(what: str, size: int, limit: int, unit: str, remedy: str) -> None:
    """Refuse what is too long.

    Raises:
        InputError: it is.
    """
    if size > limit:
        raise InputError(f"{what} is too long: {size:,} {unit}, the limit is {limit:,}; {remedy}")


def between(what: str, value: int, least: int, most: int) -> None:
    """Refuse a number that is out of bounds.

    Raises:
        InputError: it is.
    """
    if not least <= value <= most:
        raise InputError(f"{what} is {value}; give a number from {least} to {most}")
