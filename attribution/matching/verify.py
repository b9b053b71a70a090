"""One snippet against one document: lex, align, weigh, and give the matches as spans."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.lexer import Tokens
from attribution.matching.alignment import align
from attribution.matching.chains import matches_of
from attribution.matching.evidence import WeighedChains, WeighedSnippet, weigh_chains
from attribution.matching.landmarks import Excerpt
from attribution.matching.redaction import Restored
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


def _contained(snippet: WeighedSnippet, weighed: WeighedChains, first: int, stop: int) -> float:
    """The weighed share that matched: of the snippet, or of its part around the best chain.

    Other code beside a copy in a long snippet does not make it less of a copy.

    Args:
        first, stop: the tokens [first, stop) of the snippet from end to end of the best chain.
    """
    whole = weighed.evidence.weight / max(snippet.total, 1e-9)
    part = max(float(snippet.weights[first:stop].sum()), _LOCAL)
    if part >= snippet.total:
        return whole
    return max(whole, weighed.best_weight / part)


def _run(piece: NDArray[np.int64], snippet: Tokens, document: Tokens, excerpt: Excerpt) -> Match:
    """A piece of equal tokens as a match."""
    _, q, d, length, _ = piece.tolist()
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
    chains = weighed.chains.tolist()
    begin, stop = chains[0]
    first, last = int(pieces[begin, 1]), int(pieces[stop - 1, 1] + pieces[stop - 1, 3])
    matches = matches_of(pieces, weighed.chains, snippet.tokens, tokens, excerpt)
    whole = weighed.evidence
    evidence = Evidence(
        raw=whole.raw,
        renamed=whole.renamed,
        containment=_contained(snippet, weighed, first, last),
        longest=whole.longest,
        telling=whole.telling,
        run=whole.run,
    )
    sure = confidence(evidence)
    run = None
    if sure < REPORT_AT and weighed.longest >= 0:
        run = _run(pieces[weighed.longest], snippet.tokens, tokens, excerpt)
    matched = int(whole.tokens)
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
        run=run,
    )
