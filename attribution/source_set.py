"""The sources of a text that is looked up window by window; matches only ever grow.

A look-up sees one window of the text. `SourceSet` shifts its spans to the window's position and
merges them with what earlier look-ups found, so a mark never shrinks or disappears.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from attribution.coverage import matched_tokens
from attribution.joining import continues, joined_matches
from attribution.lexing.lexer import Tokens
from attribution.types import Source, Span

__all__ = ["SourceSet"]


class SourceSet:
    """The sources of a text so far. Not safe to share between threads."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    def add(
        self, sources: Sequence[Source], start: int = 0, lines: int = 0, crowd: int | None = None
    ) -> None:
        """Add the sources of a window.

        Args:
            sources: with the snippet's spans relative to the window.
            start: bytes of the text before the window.
            lines: full lines before it.
            crowd: ignore a new source when this many already match the same part; None: no limit.
        """
        for source in sources:
            new = source
            if start:
                matches = (
                    replace(match, snippet=match.snippet.shifted(start, lines))
                    for match in source.matches
                )
                new = replace(source, matches=tuple(matches))
            at = self._position(new)
            if at is not None:
                self._sources[at] = _joined(self._sources[at], new)
            elif crowd is None or self._holders(new.matches[0].snippet) < crowd:
                self._sources.append(new)

    def sources(self, tokens: Tokens) -> tuple[Source, ...]:
        """All of them, strongest first; their tokens and shares are of the text's `tokens`."""
        matched = [matched_tokens(source.matches, tokens) for source in self._sources]
        sources = [
            replace(source, tokens=count, containment=count / max(len(tokens), 1))
            for source, count in zip(self._sources, matched, strict=True)
        ]
        return tuple(sorted(sources, key=lambda source: (-source.evidence, source.document)))

    def grow(self, grown: Callable[[Source], Source | None], end: int, slack: int) -> bool:
        """Let every source that reaches to within `slack` bytes of `end` grow.

        Args:
            grown: returns the source with its match extended, or None when it did not grow.

        Returns:
            Whether there were such sources, and all of them grew.
        """
        extended: dict[int, Source] = {}
        for at, source in enumerate(self._sources):
            if any(match.snippet.end >= end - slack for match in source.matches):
                now = grown(source)
                if now is None:
                    return False
                extended[at] = now
        for at, source in extended.items():
            self._sources[at] = source
        return bool(extended)

    def earliest_open(self, end: int, slack: int) -> int | None:
        """Start of the first match that reaches to within `slack` bytes of `end`, if any."""
        starts = [
            match.snippet.start
            for source in self._sources
            for match in source.matches
            if match.snippet.end >= end - slack
        ]
        return min(starts, default=None)

    def _holders(self, span: Span) -> int:
        """How many sources have a match over the middle of a span."""
        middle = (span.start + span.end) // 2
        return sum(
            any(match.snippet.start <= middle < match.snippet.end for match in source.matches)
            for source in self._sources
        )

    def _position(self, source: Source) -> int | None:
        known = set(source.documents)
        return next(
            (at for at, s in enumerate(self._sources) if not known.isdisjoint(s.documents)), None
        )


def _joined(old: Source, new: Source) -> Source:
    """Merge two look-ups of one source; the newer one's figures count where it saw as much."""
    same = old.document == new.document
    matches = joined_matches(
        old.matches, new.matches, lambda match, other: same and continues(match, other)
    )
    newer = new.matches[0].tokens >= old.matches[0].tokens or same
    first = new if newer else old
    # the lines to cite, in each occurrence's own document, grow with the best match
    before, now = _cited_spans(old), _cited_spans(new)
    spans = {**before, **now}
    if same and continues(old.matches[0], new.matches[0]):
        spans = {name: span.hull(before.get(name, span)) for name, span in spans.items()}
    return replace(
        first,
        matches=matches,
        kind=matches[0].kind,
        similarity=first.similarity,
        longest_run_tokens=max(old.longest_run_tokens, new.longest_run_tokens),
        evidence=max(old.evidence, new.evidence),
        confidence=max(old.confidence, new.confidence),
        documents=tuple(dict.fromkeys((*first.documents, *old.documents, *new.documents))),
        occurrence_spans=tuple(
            spans.get(name, span)
            for name, span in zip(first.occurrence_documents, first.occurrence_spans, strict=True)
        ),
    )


def _cited_spans(source: Source) -> dict[str, Span]:
    """The span to cite in each document that occurs."""
    return dict(zip(source.occurrence_documents, source.occurrence_spans, strict=True))
