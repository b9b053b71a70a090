"""`CheckSettings`: what a check depends on, beside the text and the index."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.attributor import AttributorSettings

__all__ = ["CHECK_VERSION", "CheckSettings"]

CHECK_VERSION = 3  # raised when the same text and index would be answered otherwise


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Bounds of a check. All of them are part of the cache's key."""

    window_tokens: int = 4000  # of a text that is looked up at once; longer ones go in parts
    overlap_lines: int = 60  # that two parts share: a function that one cuts is whole in the other
    context_lines: int = 60  # around what is judged that are looked up with it
    max_sources: int = 64  # in a part; most of them are of different passages
    max_occurrences: int = 20  # listed of a source; all are counted
    max_seconds: float = 60.0  # of a part

    @property
    def attributor(self) -> AttributorSettings:
        """Those of the look-up."""
        return AttributorSettings(
            max_sources=self.max_sources,
            max_occurrences=self.max_occurrences,
            max_seconds=self.max_seconds,
        )
