"""Which sources of a passage, and which occurrences of a source, count for a ruling.

The best source stands for the passage. A weaker source of the same lines is usually explained by
it, as a copy of a copy looks like that. Three kinds of other sources are relevant as well, so that
a mild licence never hides a strict one:

* one that matches as well as the best: the texts do not show which of them the code is from;
* one of a stronger kind: it has the same names, and the best has not;
* one that matches a part left open by those above, large enough to be a finding itself.

An earlier date does not make other sources irrelevant: dates in a corpus say when code was seen,
not when it was written.
"""

from __future__ import annotations

from dataclasses import dataclass

from attribution.types import MatchKind, Source, Span
from audit.types import Passage

__all__ = ["RelevantSource", "probable_origins", "relevant_sources"]

# "As well" means within one token in twenty, since the end of an alignment may be off by a bracket
# or two, and within two hundredths of confidence, which is less than its calibration can tell.
_TOKENS = 0.95
_CONFIDENCE = 0.02

_RANK = {kind: rank for rank, kind in enumerate(MatchKind)}  # strongest first


@dataclass(frozen=True, slots=True)
class RelevantSource:
    """A source that counts for the ruling."""

    source: int  # index in Passage.sources
    why: str


def relevant_sources(passage: Passage, tokens: int, confidence: float) -> list[RelevantSource]:
    """The relevant sources of a passage, best first.

    Args:
        passage: with its sources, best first.
        tokens: that must match in an open part to make it a finding itself.
        confidence: that such a source must have.
    """
    sources = passage.sources
    relevant = [RelevantSource(0, "the best match")]
    if len(sources) == 1:
        return relevant
    best = sources[0]
    matched, covered = _matched(best, passage.span)
    for at, source in enumerate(sources[1:], 1):
        count, ranges = _matched(source, passage.span)
        enough = count >= tokens and source.confidence >= confidence
        if _RANK[source.kind] <= _RANK[best.kind] and (
            count >= _TOKENS * matched and source.confidence >= best.confidence - _CONFIDENCE
        ):
            why = "matches as well"
        elif _RANK[source.kind] < _RANK[best.kind] and enough:
            why = f"is {source.kind}, which is stronger than {best.kind}"
        elif enough and count * _open_share(ranges, covered) >= tokens:
            why = "matches a part that the others leave open"
        else:
            continue
        relevant.append(RelevantSource(at, why))
        covered += ranges
    return relevant


def probable_origins(source: Source) -> tuple[int, ...]:
    """Indices in `source.occurrences` of the probable origin and all equally probable ones.

    The look-up always names one origin (attribution.ranking): the earliest occurrence, or the one
    with the most stars, or else just the first in the list. If date and stars are equal, the
    choice is arbitrary, and a policy must not depend on it.

    The named origin comes first. Empty if the source has no occurrences.
    """
    occurrences = source.occurrences
    if source.origin is None:
        own = [at for at, occurrence in enumerate(occurrences) if not occurrence.vendored]
        return tuple(own or range(len(occurrences)))
    at = source.cited_at
    if len(occurrences) == 1:
        return (at,)
    origin = occurrences[at]
    vendored, date, stars = origin.vendored, origin.date, origin.stars or 0
    return (
        at,
        *(
            i
            for i, other in enumerate(occurrences)
            if i != at
            and other.date == date
            and other.vendored == vendored
            and (other.stars or 0) == stars
        ),
    )


def _matched(source: Source, within: Span) -> tuple[float, list[tuple[int, int]]]:
    """The number of matched tokens of a source in a passage, and their byte ranges.

    A match that extends beyond the passage counts by its share of bytes inside.
    """
    tokens, ranges = 0.0, []
    for match in source.matches:
        start, end = match.snippet.start, match.snippet.end
        first, last = max(start, within.start), min(end, within.end)
        if first < last:
            tokens += match.tokens * (last - first) / (end - start)
            ranges.append((first, last))
    return tokens, ranges


def _open_share(ranges: list[tuple[int, int]], covered: list[tuple[int, int]]) -> float:
    """The share of the bytes of `ranges` that no range of `covered` contains, 0..1."""
    total = left = 0
    for start, end in ranges:
        total += end - start
        at = start
        for first, last in sorted(covered):
            if last > at and first < end:
                left += max(first - at, 0)
                at = max(at, last)
        left += max(end - at, 0)
    return left / total if total else 0.0
