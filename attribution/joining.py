"""Joins what look-ups of overlapping parts of a text found in one document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from attribution.matching.verify import Verified
from attribution.types import Match, MatchKind
from attribution.verdict import Evidence

__all__ = ["continues", "joined_matches", "joined_verified"]


def continues(old: Match, new: Match) -> bool:
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


def joined_verified(old: Verified, new: Verified) -> Verified:
    """A document that was found in two parts of a snippet, of which `new` is the later one.

    Matches of one kind that continue each other become one. What the parts share counts once.
    """
    matches = joined_matches(old.matches, new.matches, _follows)
    tokens = sum(match.tokens for match in matches)
    share = tokens / max(sum(match.tokens for match in (*old.matches, *new.matches)), 1)
    best = old if old.matches[0].tokens >= new.matches[0].tokens else new
    run = max(filter(None, (old.run, new.run)), key=lambda run: run.tokens, default=None)
    runs = [match.tokens for match in matches if match.kind is MatchKind.VERBATIM]
    ours, theirs = old.evidence, new.evidence
    return replace(
        best,
        evidence=Evidence(
            raw=share * (ours.raw + theirs.raw),
            renamed=share * (ours.renamed + theirs.renamed),
            containment=max(ours.containment, theirs.containment),
            longest=max(ours.longest, theirs.longest),
            telling=share * (ours.telling + theirs.telling),
            run=max(ours.run, theirs.run),
        ),
        score=share * (old.score + new.score),
        confidence=max(old.confidence, new.confidence),
        kind=matches[0].kind,
        matches=matches,
        run=run,
        longest=max(old.longest, new.longest, *runs),
    )


def joined_matches(
    old: Sequence[Match], new: Sequence[Match], together: Callable[[Match, Match], bool]
) -> tuple[Match, ...]:
    """The matches of both, longest first, with those joined that belong together.

    Args:
        together: whether an older and a newer one do, of those that continue each other.
    """
    matches, apart = list(new), []
    first = min(match.snippet.start_line for match in new) - 1
    last = max(match.snippet.end_line for match in new) + 1
    for match in old:
        # a text has thousands of matches, and few of them reach into its next part
        near = match.snippet.end_line >= first and match.snippet.start_line <= last
        candidates = enumerate(matches) if near else ()
        at = next((i for i, m in candidates if together(match, m)), None)
        if at is None:
            apart.append(match)
        else:
            matches[at] = _joined_match(match, matches[at])
    return tuple(sorted((*matches, *apart), key=lambda match: -match.tokens))


def _follows(old: Match, new: Match) -> bool:
    """Whether `new` is of the same kind and continues `old`, in the same order in both texts."""
    ours, theirs = new.snippet.start - old.snippet.start, new.source.start - old.source.start
    same = old.kind is new.kind and (ours >= 0) == (theirs >= 0)
    return same and continues(old, new)
