"""One snippet against one document: lex, align, weigh, and give the matches as spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import int64, kernel, types, uint32
from attribution.lexing.lexer import Tokens
from attribution.matching.alignment import align
from attribution.matching.evidence import ChainEvidence, WeighedSnippet, weigh_chains
from attribution.matching.landmarks import Excerpt
from attribution.matching.redaction import Restored
from attribution.matching.runs import RAW
from attribution.matching.seed_cache import SeedCache
from attribution.matching.seeds import DocumentSeeds
from attribution.types import Document, Match, MatchKind
from attribution.verdict import REPORT_AT, Evidence, confidence

__all__ = ["Verified", "verify"]

_EDITED_DENSITY = 0.4  # matched share of a chain's longer side from which it counts as edited
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


Piece = tuple[int, int, int, int]  # first snippet token, first document token, length, level


@kernel(types.UniTuple(int64, 2)(uint32[::1], int64, int64))
def _ragged(lines, first, last):  # type: ignore[no-untyped-def]
    """How many tokens to leave off at both ends: those of a line of which less than half matched.

    A run extends into the next line for as long as both texts happen to agree (`def`, `return`),
    but to a reader the lines differ.

    Args:
        lines: (n,) uint32, the line of each token.
        first, last: the first and the last token that matched.

    Returns:
        Tokens to leave off at the start, and at the end.
    """
    begin, end = np.searchsorted(lines, lines[first]), np.searchsorted(lines, lines[first], "right")
    head = end - first if 2 * (end - first) < end - begin else 0
    begin, end = np.searchsorted(lines, lines[last]), np.searchsorted(lines, lines[last], "right")
    return head, last + 1 - begin if 2 * (last + 1 - begin) < end - begin else 0


def _trim(chain: list[Piece], snippet: Tokens, document: Tokens) -> list[Piece]:
    """A chain without the ragged ends of its first and last piece."""
    q, d, _, _ = chain[0]
    q_end, d_end, length, _ = chain[-1]
    ours = _ragged(snippet.lines, q, q_end + length - 1)
    theirs = _ragged(document.lines, d, d_end + length - 1)
    head, tail = max(ours[0], theirs[0]), max(ours[1], theirs[1])
    if 0 < head < chain[0][2]:
        q, d, length, level = chain[0]
        chain = [(q + head, d + head, length - head, level), *chain[1:]]
    if 0 < tail < chain[-1][2]:
        q, d, length, level = chain[-1]
        chain = [*chain[:-1], (q, d, length - tail, level)]
    return chain


def _kind(chain: list[Piece], density: float) -> MatchKind:
    """The kind of a chain; its density is the share of its longer side that matched."""
    if all(
        q + length == next_q and d + length == next_d  # no token left out
        for (q, d, length, _), (next_q, next_d, _, _) in pairwise(chain)
    ):
        raw = all(level == RAW for _, _, _, level in chain)
        return MatchKind.VERBATIM if raw else MatchKind.RENAMED
    return MatchKind.EDITED if density >= _EDITED_DENSITY else MatchKind.SIMILAR


def _match(
    chain: list[Piece], snippet: Tokens, document: Tokens, excerpt: Excerpt
) -> tuple[Match, float]:
    """The Match of a chain of pieces without ragged ends, and its density."""
    (q, d, _, _), (q_end, d_end, length, _) = chain[0], chain[-1]
    q_last, d_last = q_end + length - 1, d_end + length - 1
    matched = sum(length for _, _, length, _ in chain)
    density = matched / max(q_last + 1 - q, d_last + 1 - d)
    ours = snippet.span(q, q_last)
    theirs = document.span(d, d_last, excerpt.start, excerpt.first_line - 1)
    return Match(_kind(chain, density), matched, ours, theirs), density


def _longest(chain: list[Piece], snippet: Tokens, document: Tokens) -> int:
    """The longest run of equal tokens in a piece of a chain."""
    longest = 0
    for q, d, length, level in chain:
        if level == RAW:
            longest = max(longest, length)
        elif length > longest:
            differ = snippet.hashes[q : q + length] != document.hashes[d : d + length]
            ends = np.concatenate(([-1], np.flatnonzero(differ), [length]))
            longest = max(longest, int(np.diff(ends).max()) - 1)
    return longest


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
    snippet: WeighedSnippet, shown: Sequence[ChainEvidence], best: Sequence[Piece]
) -> float:
    """The weighed share that matched: of the snippet, or of its part around the best chain.

    Other code beside a copy in a long snippet does not make it less of a copy.
    """
    whole = sum(chain.weight for chain in shown) / max(snippet.total, 1e-9)
    (first, *_), (last, _, length, _) = best[0], best[-1]
    part = max(float(snippet.weights[first : last + length].sum()), _LOCAL)
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
    chains: list[list[Piece]] = [[] for _ in range(int(pieces[-1, 0]) + 1)]
    for number, *piece in pieces.tolist():
        chains[number].append(tuple(piece))
    ranked = sorted(
        zip(weigh_chains(pieces, snippet, tokens), chains, strict=True),
        key=lambda pair: -pair[0].total,
    )
    ranked = [ranked[0], *(pair for pair in ranked[1:] if pair[0].total >= _SHOWN_EVIDENCE)]
    shown, chains = [chain for chain, _ in ranked], [chain for _, chain in ranked]
    trimmed = [_trim(chain, snippet.tokens, tokens) for chain in chains]
    matches = [_match(chain, snippet.tokens, tokens, excerpt) for chain in trimmed]
    matched = int(sum(chain.tokens for chain in shown))
    evidence = Evidence(
        raw=sum(chain.raw for chain in shown),
        renamed=sum(chain.renamed for chain in shown),
        containment=_contained(snippet, shown, chains[0]),
        longest=max(chain.longest for chain in shown),
        telling=sum(chain.telling for chain in shown),
        run=max(chain.run for chain in shown),
    )
    sure = confidence(evidence)
    return Verified(
        document=document,
        evidence=evidence,
        score=evidence.total - _GAP * sum(len(chain) - 1 for chain in chains),
        confidence=sure,
        kind=matches[0][0].kind,
        matches=tuple(match for match, _ in matches),
        tokens=matched,
        containment=matched / max(len(snippet.tokens), 1),
        similarity=matches[0][1],
        longest=max(_longest(chain, snippet.tokens, tokens) for chain in trimmed),
        run=_run(pieces, snippet.tokens, tokens, excerpt) if sure < REPORT_AT else None,
    )
