"""Stop texts: an answer ends before the first of them, however tokens cut the text.

Only text that could still become a stop text is held back. The stop text that is complete first
counts; of several that are complete at the same character, the longest.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["StopFinder"]


class StopFinder:
    """Finds stop texts in one choice's text. Not thread-safe."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(sorted(set(stops), key=len, reverse=True))
        self._held = ""  # the end of the text so far, if it is the beginning of a stop text

    def feed(self, text: str) -> tuple[str, bool]:
        """Add text. Returns what may be shown, and whether a stop text was found."""
        if not self._stops:
            return text, False
        text = self._held + text
        if (end := self._first_end(text)) is not None:
            self._held = ""
            longest = next(stop for stop in self._stops if text.endswith(stop, 0, end))
            return text[: end - len(longest)], True
        keep = self._beginning(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], False

    def finish(self) -> str:
        """The text that was held back, because no more text comes."""
        held, self._held = self._held, ""
        return held

    def _first_end(self, text: str) -> int | None:
        """Where the first complete stop text ends; None: there is none."""
        starts = ((text.find(stop), len(stop)) for stop in self._stops)
        return min((start + length for start, length in starts if start >= 0), default=None)

    def _beginning(self, text: str) -> int:
        """The number of characters at the end that are the beginning of a stop text."""
        for length in range(min(len(text), len(self._stops[0]) - 1), 0, -1):
            tail = text[len(text) - length :]
            if any(len(stop) > length and stop.startswith(tail) for stop in self._stops):
                return length
        return 0
