"""What one run of the indexer did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

__all__ = ["IndexingReport"]


@dataclass(slots=True)
class IndexingReport:
    """What one run did."""

    files: int = 0  # taken in, opted-out ones included
    content_bytes: int = 0  # of those files
    documents: int = 0  # distinct contents that the index did not hold before
    occurrences: int = 0  # that the index did not hold before
    skipped: Counter[str] = field(default_factory=Counter)  # by reason
    sources: int = 0  # read, wholly or from where an earlier run was stopped
    unchanged: int = 0  # sources passed over
    failed: list[tuple[str, str]] = field(default_factory=list)  # sources, and why
    seconds: float = 0.0
