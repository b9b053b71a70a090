"""`SnippetMatches`: what the look-ups of a snippet's windows found, together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median_high

from attribution.joining import joined_verified
from attribution.matching.common_spans import common_spans
from attribution.matching.verify import Verified
from attribution.selection import best_first
from attribution.settings import AttributorSettings
from attribution.types import Match, Span
from attribution.window_lookup import WindowLookup
from attribution.windows import Window

__all__ = ["SnippetMatches"]

_COMMON_SHARE = 0.4  # of the windows must be common code for the snippet to be


@dataclass(slots=True)
class SnippetMatches:
    """The documents found in all windows; spans are of the whole snippet."""

    settings: AttributorSettings
    windows: list[tuple[Window, WindowLookup]] = field(default_factory=list)
    expired_at: int | None = None  # lines before the first window that was not looked up
    _documents: dict[str, Verified] = field(default_factory=dict)

    def add(self, window: Window, lookup: WindowLookup) -> None:
        """Add what was found in the next window."""
        self.windows.append((window, lookup))
        for verified in lookup.selection.verified:
            here = verified if window.start == 0 else _shifted(verified, window)
            known = self._documents.get(verified.document.id)
            self._documents[verified.document.id] = (
                here if known is None else joined_verified(known, here)
            )

    @property
    def verified(self) -> list[Verified]:
        """The documents, best first."""
        return best_first(self._documents.values())

    @property
    def limit(self) -> str | None:
        """The limit that cut the look-up, if any."""
        seconds = f"the time limit of {self.settings.max_seconds:g} s was reached"
        if self.expired_at is not None:
            return f"{seconds}; nothing from line {self.expired_at + 1} on was looked up"
        if any(lookup.expired for _, lookup in self.windows):
            return seconds
        return next(
            (lookup.selection.limit for _, lookup in self.windows if lookup.selection.limit), None
        )

    @property
    def more(self) -> str | None:
        """Which limit keeps the list of sources from being complete, if any."""
        for _, lookup in self.windows:
            if lookup.selection.more:
                return (
                    f"more than {lookup.proposed} documents match it; the best {lookup.proposed} "
                    "were compared"
                )
        return None

    def common_count(self) -> int | None:
        """About how many documents contain parts of it, if it is common code."""
        counts = [lookup.common for _, lookup in self.windows if lookup.common is not None]
        if not counts or len(counts) < _COMMON_SHARE * len(self.windows):
            return None
        return median_high(counts)

    def common_spans(self, language: str | None) -> tuple[Span, ...]:
        """The parts that are common code, in order, read as a language."""
        spans = [
            span.shifted(window.start, window.lines)
            for window, lookup in self.windows
            for span in common_spans(lookup.snippet.under(language))
        ]
        return tuple(_union(spans)) if len(self.windows) > 1 else tuple(spans)


def _shifted(verified: Verified, window: Window) -> Verified:
    """A document found in a window, with spans of the snippet."""

    def shifted(match: Match) -> Match:
        return replace(match, snippet=match.snippet.shifted(window.start, window.lines))

    run = None if verified.run is None else shifted(verified.run)
    return replace(verified, matches=tuple(map(shifted, verified.matches)), run=run)


def _union(spans: Sequence[Span]) -> list[Span]:
    """Spans in order, with those joined that overlap."""
    union: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if union and span.start <= union[-1].end:
            union[-1] = union[-1].hull(span)
        else:
            union.append(span)
    return union
