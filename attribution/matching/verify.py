"""One snippet against one document: lex, align, weigh, and give the matches as spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.lexer import Tokens
from attribution.matching.alignment import align
from attribution.matching.chains import matches_of
from attribution.matching.evidence import ChainEvidence, WeighedSnippet, weigh_chains
from attribution.matching.landmarks import Excerpt
from attribution.matching.redaction import Restored
from attribution.matching.runs import RAW
from attribution.matching.seed_cache import SeedCache
from attribution.matching.seeds import DocumentSeeds
from attribution.types import Document, Match, MatchKind
from attribution.verdict import REPORT_AT, Evidence, confidence

__all__ = ["Verified", "verify"]

_EXPLAINED = 0.95  # share of the snippet from which the rest of a document can add nothing
_GAP = 0.5  # evidence that a gap costs, so that a verbatim copy ranks above an edited one
_WHOLE = Excerpt(0, 0, 1)  # of a text that was lexed from its start
# The least weight (some 40 tokens) of the part around a match by which its containment is measured.
# Chosen on the fit half of `python -m benchmarks.mixed`: of renamed copies among five functions of
# others it reports 72 of 100 instead of 8 (63 instead of 5 on the other half).
_LOCAL = 20.0
_SHOWN_EVIDENCE = 2.0  # tokens of evidence from which a chain is shown beside the best one


@dataclass(frozen=True, slots=True)
class Verified:
    """A document whose text was aligned with the snippet."""

    document: Document
    evidence: Evidence
    score: float  # by which documents are ranked: the evidence, less a little for each gap
    confidence: float  # 0..1
    kind: MatchKind
    matches: tuple[Match, ...]  # best first
    tokens: int  # snippet tokens matched
    containment: float  # share of the snippet's tokens, 0..1
    longest: int  # tokens of the longest run of equal tokens within a match
    similarity: float  # of the best match: matched tokens over its longer side, 0..1
    run: Match | None = None  # the longest run of equal tokens, if it is not to be reported

    def before_restoring(
        self, document: Document, ours: Restored | None, theirs: Restored | None
    ) -> Verified:
        """The same with spans of the texts as they are, with placeholders.

        Args:
            ours, theirs: the snippet and the document as they were aligned, if restored.
        """

        def match_before(match: Match) -> Match:
            snippet, source = match.snippet, match.source
            return replace(
                match,
                snippet=ours.span_before(snippet) if ours else snippet,
                source=theirs.span_before(source) if theirs else source,
            )

        run = self.run and match_before(self.run)
        return replace(
            self, document=document, matches=tuple(map(match_before, self.matches)), run=run
        )

    def as_sure_as(self, other: Verified | None) -> Verified:
        """The same with the evidence of another alignment of the same texts, if that has more."""
        if other is None or other.score <= self.score:
            return self
        return replace(
            self, evidence=other.evidence, score=other.score, confidence=other.confidence
        )


def _aligned(
    snippet: WeighedSnippet, document: Document, seeds: SeedCache
) -> tuple[Tokens, NDArray[np.int64], Excerpt]:
    """The tokens of the document, or of the excerpt around the snippet's lines, and the pieces."""
    content = document.text
    excerpt = snippet.landmarks.excerpt(content)
    if excerpt is not None:
        part = seeds.lex(content[excerpt.start : excerpt.end], document.language)
        pieces = align(snippet.seeds, DocumentSeeds(part))
        if _explains(pieces, len(snippet.tokens), len(part), excerpt, len(content)):
            return part, pieces, excerpt
    whole = seeds.seeds_of(document)
    return whole.tokens, align(snippet.seeds, whole), _WHOLE


def _explains(
    pieces: NDArray[np.int64], snippet: int, tokens: int, excerpt: Excerpt, length: int
) -> bool:
    """Whether the best chain has nearly all of the snippet and ends before the excerpt does.

    Args:
        pieces: (p, 5), as of `align`.
        snippet: tokens of the snippet.
        tokens: tokens of the excerpt.
        excerpt: the part of the document that was aligned.
        length: bytes of the document.
    """
    best = pieces[pieces[:, 0] == 0]
    if best[:, 3].sum() < _EXPLAINED * snippet:
        return False
    first, last = int(best[0, 2]), int(best[-1, 2] + best[-1, 3])
    return (first > 0 or excerpt.start == 0) and (last < tokens or excerpt.end == length)


def _contained(
    snippet: WeighedSnippet, shown: Sequence[ChainEvidence], first: int, stop: int
) -> float:
    """The weighed share that matched: of the snippet, or of its part around the best chain.

    Other code beside a copy in a long snippet does not make it less of a copy.

    Args:
        shown: the evidence of the chains that are shown, that of the best one first.
        first, stop: the tokens [first, stop) of the snippet from end to end of the best chain.
    """
    whole = sum(chain.weight for chain in shown) / max(snippet.total, 1e-9)
    part = max(float(snippet.weights[first:stop].sum()), _LOCAL)
    if part >= snippet.total:
        return whole
    return max(whole, shown[0].weight / part)


def _run(
    pieces: NDArray[np.int64], snippet: Tokens, document: Tokens, excerpt: Excerpt
) -> Match | None:
    """The longest run of equal tokens."""
    equal = pieces[pieces[:, 4] == RAW]
    if not len(equal):
        return None
    _, q, d, length, _ = map(int, equal[equal[:, 3].argmax()])
    there = document.span(d, d + length - 1, excerpt.start, excerpt.first_line - 1)
    return Match(MatchKind.VERBATIM, length, snippet.span(q, q + length - 1), there)


def verify(snippet: WeighedSnippet, document: Document, seeds: SeedCache) -> Verified | None:
    """Align a snippet with a document; None when only chance agreements are left."""
    if not len(snippet.tokens):  # lines of a comment, in the document's language
        return None
    tokens, pieces, excerpt = _aligned(snippet, document, seeds)
    if len(pieces) == 0:
        return None
    weighed = weigh_chains(pieces, snippet, tokens)
    best_first = sorted(range(len(weighed)), key=lambda chain: -weighed[chain].total)
    numbers = [best_first[0]]
    numbers += (n for n in best_first[1:] if weighed[n].total >= _SHOWN_EVIDENCE)
    shown = [weighed[number] for number in numbers]
    ends = np.searchsorted(pieces[:, 0], np.arange(len(weighed) + 1)).tolist()
    chains = [(ends[number], ends[number + 1]) for number in numbers]
    first, last = pieces[chains[0][0]], pieces[chains[0][1] - 1]
    matches = matches_of(pieces, chains, snippet.tokens, tokens, excerpt)
    matched = int(sum(chain.tokens for chain in shown))
    evidence = Evidence(
        raw=sum(chain.raw for chain in shown),
        renamed=sum(chain.renamed for chain in shown),
        containment=_contained(snippet, shown, int(first[1]), int(last[1] + last[3])),
        longest=max(chain.longest for chain in shown),
        telling=sum(chain.telling for chain in shown),
        run=max(chain.run for chain in shown),
    )
    sure = confidence(evidence)
    return Verified(
        document=document,
        evidence=evidence,
        score=evidence.total - _GAP * sum(stop - begin - 1 for begin, stop in chains),
        confidence=sure,
        kind=matches[0].match.kind,
        matches=tuple(chain.match for chain in matches),
        tokens=matched,
        containment=matched / max(len(snippet.tokens), 1),
        similarity=matches[0].density,
        longest=max(chain.longest for chain in matches),
        run=_run(pieces, snippet.tokens, tokens, excerpt) if sure < REPORT_AT else None,
    )
