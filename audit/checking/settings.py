"""`CheckSettings`: everything that a check depends on, besides the text and the index."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.settings import AttributorSettings

__all__ = ["CHECK_VERSION", "CheckSettings"]

# Of a process: files of a tree meet the same documents. Of 3,000 files in random order, each worker
# lexes 75 kB per file of its own; with 48 MB 97 kB, with 192 MB 53 kB.
_SEED_BYTES = 96 << 20
CHECK_VERSION = 4  # increased when checks change their results


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Limits of a check. All of them are part of the cache key."""

    window_tokens: int = 4000  # looked up at once; longer texts are looked up in parts
    overlap_lines: int = 60  # shared by two parts, so that a function is complete in one of them
    context_lines: int = 60  # around the judged ranges, looked up with them
    max_sources: int = 64  # of a part; usually of different passages
    max_occurrences: int = 20  # listed for a source; all are counted
    max_seconds: float = 60.0  # for a part
    private: bool = False  # whether the index gets fingerprints alone, without words of the code

    @property
    def attributor(self) -> AttributorSettings:
        """The settings of the look-up."""
        return AttributorSettings(
            max_sources=self.max_sources,
            max_occurrences=self.max_occurrences,
            max_seconds=self.max_seconds,
            seed_bytes=_SEED_BYTES,
            sources_only=True,
            private=self.private,
        )
