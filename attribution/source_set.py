"""What was seen of a text that is still growing: sources that only ever gain.

A look judges a window of the text. `Sightings` moves its spans to where the window stands, and
joins them with what earlier looks saw, so that a mark once shown is never shorter and never gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from attribution.types import Match, Source, Span

__all__ = ["Sightings", "around", "moved"]


def moved(span: Span, start: int, lines: int) -> Span:
    """A span of a window as one of the text: `start` bytes and `lines` lines stand before it."""
    return Span(
        span.start + start, span.end + start, span.start_line + lines, span.end_line + lines
    )


class Sightings:
    """The sources of a text so far. Not safe to share between threads."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    def add(
        self, sources: Sequence[Source], start: int = 0, lines: int = 0, crowd: int | None = None
    ) -> None:
        """Take in what a look at a window saw.

        Args:
            sources: with the snippet's spans relative to the window.
            start: bytes of the text before the window.
            lines: full lines before it.
            crowd: sources of one part after which no further one is taken in; None: all are.
        """
        for source in sources:
            matches = (
                replace(match, snippet=moved(match.snippet, start, lines))
                for match in source.matches
            )
            new = replace(source, matches=tuple(matches))
            at = self._position(new)
            if at is not None:
                self._sources[at] = _joined(self._sources[at], new)
            elif crowd is None or self._holders(new.matches[0].snippet) < crowd:
                self._sources.append(new)

    def sources(self, tokens: int) -> tuple[Source, ...]:
        """All of them, strongest first, as shares of a text of so many tokens."""
        found = (
            replace(one, containment=min(_matched(one.matches) / max(tokens, 1), 1.0))
            for one in self._sources
        )
        return tuple(sorted(found, key=lambda one: (-one.evidence, one.document)))

    def grow(self, grown: Callable[[Source], Source | None], end: int, slack: int) -> bool:
        """Let every source that reaches to within `slack` bytes of `end` grow.

        Args:
            grown: the source as it is now; None when it did not grow.

        Returns:
            Whether there were such sources, and all of them grew.
        """
        open_ = [at for at, one in enumerate(self._sources) if _reaches(one, end - slack)]
        now = [grown(self._sources[at]) for at in open_]
        if not now or any(one is None for one in now):
            return False
        for at, one in zip(open_, now, strict=True):
            assert one is not None
            self._sources[at] = one
        return True

    def earliest_open(self, end: int, slack: int) -> int | None:
        """Where the first match that reaches to within `slack` bytes of `end` starts, if any."""
        starts = [
            match.snippet.start
            for source in self._sources
            for match in source.matches
            if match.snippet.end >= end - slack
        ]
        return min(starts, default=None)

    def _holders(self, span: Span) -> int:
        """Sources with a match that takes in the middle of a span."""
        middle = (span.start + span.end) // 2
        return sum(
            any(match.snippet.start <= middle < match.snippet.end for match in source.matches)
            for source in self._sources
        )

    def _position(self, source: Source) -> int | None:
        known = set(source.documents)
        for at, one in enumerate(self._sources):
            if not known.isdisjoint(one.documents):
                return at
        return None


def _joined(old: Source, new: Source) -> Source:
    """One source out of two sights of it: the newer one's figures where it saw as much."""
    same = old.document == new.document
    matches = list(new.matches)
    for match in old.matches:
        partner = next(
            (i for i, one in enumerate(matches) if same and _continues(match, one)), None
        )
        if partner is not None:
            matches[partner] = _hull(match, matches[partner])
        else:
            matches.append(match)
    matches.sort(key=lambda one: -one.tokens)
    newer = new.matches[0].tokens >= old.matches[0].tokens or same
    first = new if newer else old
    # the lines to cite, in each place's own document, grow with the best match
    spans = {**_places(old), **_places(new)}
    if same and _continues(old.matches[0], new.matches[0]):
        before, now = _places(old), _places(new)
        spans = {
            name: around(before.get(name, span), now.get(name, span))
            for name, span in spans.items()
        }
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


def _reaches(source: Source, end: int) -> bool:
    return any(match.snippet.end >= end for match in source.matches)


def _places(source: Source) -> dict[str, Span]:
    return dict(zip(source.occurrence_documents, source.occurrence_spans, strict=True))


def _continues(old: Match, new: Match) -> bool:
    """Whether both are parts of one match: they overlap, or nearly, on both sides."""
    return _touches(old.snippet, new.snippet) and _touches(old.source, new.source)


def _touches(one: Span, other: Span) -> bool:
    return one.start_line <= other.end_line + 1 and other.start_line <= one.end_line + 1


def around(one: Span, other: Span) -> Span:
    """The shortest span that takes in both."""
    return Span(
        min(one.start, other.start),
        max(one.end, other.end),
        min(one.start_line, other.start_line),
        max(one.end_line, other.end_line),
    )


def _hull(old: Match, new: Match) -> Match:
    """The match that both are parts of. Its kind is the newer sight's: that one saw the end."""
    seen = new.snippet
    length = max(seen.end - seen.start, 1)
    # tokens of the part that only the older look saw, by its share of bytes
    before = max(seen.start - old.snippet.start, 0) + max(old.snippet.end - seen.end, 0)
    share = before / max(old.snippet.end - old.snippet.start, 1)
    tokens = new.tokens + round(old.tokens * min(share, 1.0))
    kind = new.kind if length >= old.snippet.end - old.snippet.start else old.kind
    return Match(kind, tokens, around(old.snippet, seen), around(old.source, new.source))


def _matched(matches: Iterable[Match]) -> int:
    return sum(match.tokens for match in matches)
