"""Which sources of a passage have a say in its ruling.

The best source speaks for the passage, and a lesser one of the same lines is explained by it: a
copy of a copy looks like that. Three kinds of others have a say of their own, so that a mild
licence never hides a strict one:

* one that fits as well as the best: which of them the code is from, the texts do not tell;
* one that is of a stronger kind: it has the very names, which the best has not;
* one that matches a part which those above leave open, long enough to be a finding by itself.

That a source is dated earlier does not silence the others: the dates of a corpus are days on which
code was seen, not those on which it was written.
"""

from __future__ import annotations

from dataclasses import dataclass

from attribution.types import MatchKind, Source, Span
from audit.types import Passage

__all__ = ["Candidate", "candidates"]

# As good: within a token in twenty, since where an alignment ends is a matter of a bracket or two,
# and within two hundredths of confidence, which near 1 is less than its calibration can tell.
_TOKENS = 0.95
_CONFIDENCE = 0.02

_RANK = {kind: rank for rank, kind in enumerate(MatchKind)}  # strongest first


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source with a say."""

    source: int  # position in Passage.sources
    why: str


def candidates(passage: Passage, tokens: int, confidence: float) -> list[Candidate]:
    """The sources with a say, best first.

    Args:
        passage: with its sources, best first.
        tokens: so many have to match in an open part, to be a finding by itself.
        confidence: likewise so sure it has to be.
    """
    sources = passage.sources
    chosen = [Candidate(0, "the best match")]
    if len(sources) == 1:
        return chosen
    best = sources[0]
    matched, covered = _matched(best, passage.span)
    for at, source in enumerate(sources[1:], 1):
        count, spans = _matched(source, passage.span)
        enough = count >= tokens and source.confidence >= confidence
        if _RANK[source.kind] <= _RANK[best.kind] and (
            count >= _TOKENS * matched and source.confidence >= best.confidence - _CONFIDENCE
        ):
            chosen.append(Candidate(at, "fits as well"))
        elif _RANK[source.kind] < _RANK[best.kind] and enough:
            chosen.append(Candidate(at, f"is {source.kind}, which is more than {best.kind}"))
        elif enough and count * _open_share(spans, covered) >= tokens:
            chosen.append(Candidate(at, "matches a part that the others leave open"))
        else:
            continue
        covered += spans
    return chosen


def _matched(source: Source, within: Span) -> tuple[float, list[tuple[int, int]]]:
    """The matched tokens of a source in a passage, and where they stand, as byte ranges.

    A match that sticks out of the passage counts by its share of bytes inside.
    """
    tokens, spans = 0.0, []
    for match in source.matches:
        start, end = match.snippet.start, match.snippet.end
        first, last = max(start, within.start), min(end, within.end)
        if first < last:
            tokens += match.tokens * (last - first) / (end - start)
            spans.append((first, last))
    return tokens, spans


def _open_share(spans: list[tuple[int, int]], covered: list[tuple[int, int]]) -> float:
    """The share of the bytes of `spans` that no range of `covered` holds, 0..1."""
    total = left = 0
    for start, end in spans:
        total += end - start
        at = start
        for first, last in sorted(covered):
            if last > at and first < end:
                left += max(first - at, 0)
                at = max(at, last)
        left += max(end - at, 0)
    return left / total if total else 0.0
