"""`AttributorSettings`: the limits of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.verdict import REPORT_AT

__all__ = ["PRIVATE", "AttributorSettings"]

PRIVATE = (
    "private: the index got fingerprints alone, without words of the code. Code that shares only "
    "words with a source is not found, and how rare its names are is not used as evidence"
)


@dataclass(frozen=True, slots=True)
class AttributorSettings:
    """Limits of an answer."""

    max_sources: int | None = 10  # sources listed in an answer, all are counted; None: all
    max_occurrences: int = 20  # occurrences listed per source; all are counted
    max_verified: int = 128  # documents aligned per window of a snippet
    max_seconds: float = 20.0  # after which no further document is aligned
    max_bytes: int = 64 << 20  # longest snippet
    seed_bytes: int = 16 << 20  # kept of the documents that were aligned last
    # Leave out common code and leads, and tell a licence text only where it has sources.
    sources_only: bool = False
    min_confidence: float = REPORT_AT  # sources below are left out; a lower one shows weak leads
    private: bool = False  # whether the index gets fingerprints alone, without words of the code
