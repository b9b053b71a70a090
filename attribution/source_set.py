"""The sources of a text that is looked up window by window; matches only ever grow.

A look-up sees one window of the text. `SourceSet` shifts its spans to the window's position and
merges them with what earlier look-ups found, so a mark never shrinks or disappears.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from attribution.types import Match, Source, Span

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

    def sources(self, tokens: int) -> tuple[Source, ...]:
        """All of them, strongest first; containment is a share of a text of `tokens` tokens."""
        sources = [
            replace(
                source,
                containment=min(sum(m.tokens for m in source.matches) / max(tokens, 1), 1.0),
            )
            for source in self._sources
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
    matches = list(new.matches)
    for match in old.matches:
        partner = next((i for i, m in enumerate(matches) if same and _continues(match, m)), None)
        if partner is not None:
            matches[partner] = _joined_match(match, matches[partner])
        else:
            matches.append(match)
    matches.sort(key=lambda match: -match.tokens)
    newer = new.matches[0].tokens >= old.matches[0].tokens or same
    first = new if newer else old
    # the lines to cite, in each occurrence's own document, grow with the best match
    before, now = _cited_spans(old), _cited_spans(new)
    spans = {**before, **now}
    if same and _continues(old.matches[0], new.matches[0]):
        spans = {name: span.hull(before.get(name, span)) for name, span in spans.items()}
    return replace(
        first,
        matches=tuple(matches),
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


def _continues(old: Match, new: Match) -> bool:
    """Whether both are parts of one match: they overlap or touch on both sides."""
    return old.snippet.touches(new.snippet) and old.source.touches(new.source)


def _joined_match(old: Match, new: Match) -> Match:
    """The match that both are parts of; its kind is that of the longer one."""
    ours, theirs = old.snippet, new.snippet
    # tokens of the part that only the older look-up saw, by its share of bytes
    outside = max(theirs.start - ours.start, 0) + max(ours.end - theirs.end, 0)
    share = outside / max(ours.end - ours.start, 1)
    tokens = new.tokens + round(old.tokens * min(share, 1.0))
    kind = new.kind if max(theirs.end - theirs.start, 1) >= ours.end - ours.start else old.kind
    return Match(kind, tokens, ours.hull(theirs), old.source.hull(new.source))
