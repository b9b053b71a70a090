"""Sizes that decide how much memory and how many segments an index of any size takes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

__all__ = ["Tuning"]


@dataclass(frozen=True, slots=True)
class Tuning:
    """How an index is written. Nothing of it is seen in an answer."""

    batch_bytes: int = 4 << 20  # contents sketched in one call
    # That sketch and compress; beyond eight, the one thread that gathers cannot follow.
    threads: int = field(default_factory=lambda: min(8, os.cpu_count() or 2))
    # A segment is written when it has so much. 256 MB of contents make a peak of about 1 GiB.
    flush_bytes: int = 256 << 20
    flush_documents: int = 1 << 17
    flush_occurrences: int = 1 << 18
    max_segments: int = 8  # more are merged; a look-up costs some 10 us a segment
    compact_share: float = 0.2  # of dead content at which closing a writer compacts
