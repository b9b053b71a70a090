"""One snippet against one document: lex, align, weigh, and tell the matches in lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.lexer import Tokens
from attribution.matching.alignment import align
from attribution.matching.evidence import Figures, View, weigh
from attribution.matching.landmarks import Window
from attribution.matching.runs import RAW
from attribution.matching.seed_cache import SeedCache
from attribution.matching.seeds import DocumentSeeds
from attribution.types import Document, Match, MatchKind, Span
from attribution.verdict import Evidence, confidence

__all__ = ["Verified", "verify"]

_EDITED_DENSITY = 0.4  # matched share of a chain's longer side from which gaps are called edits
_EXPLAINED = 0.95  # share of the snippet from which the rest of a document can add nothing
_GAP = 0.5  # evidence that a gap costs, so that a verbatim copy ranks above one with an edit
_WHOLE = Window(0, 0, 1)  # where spans need no moving
# Weight (some 40 tokens) that the part around a match has at least. Chosen on the fit half of
# `python -m benchmarks.mixed`: of renamed copies among five functions of others it tells 72 of 100
# instead of 8 (63 instead of 5 on the other half).
_LOCAL = 20.0
_SHOWN_EVIDENCE = 2.0  # telling tokens from which a chain beside the best one is worth showing


@dataclass(frozen=True, slots=True)
class Verified:
    """A document whose text was aligned with the snippet."""

    document: Document
    evidence: Evidence
    score: float  # what documents are ranked by: the evidence, less a little for each gap
    confidence: float  # 0..1
    kind: MatchKind
    matches: tuple[Match, ...]  # best first
    tokens: int  # snippet tokens matched
    containment: float  # share of the snippet's tokens, 0..1
    similarity: float  # of the best match: matched tokens over its longer side, 0..1


Piece = tuple[int, int, int, int]  # first snippet token, first document token, length, level


def _span(tokens: Tokens, first: int, last: int, window: Window) -> Span:
    return Span(
        int(tokens.starts[first]) + window.start,
        int(tokens.ends[last]) + window.start,
        int(tokens.lines[first]) + window.first_line - 1,
        int(tokens.lines[last]) + window.first_line - 1,
    )


def _ragged(lines: NDArray[np.uint32], first: int, last: int) -> tuple[int, int]:
    """How many tokens to leave off at both ends: those of a line of which less than half matched.

    A run goes on into the next line for as long as both texts happen to agree (`def`, `return`);
    a reader sees another line there.
    """
    line, begin, end = lines[first], first, first + 1
    while begin > 0 and lines[begin - 1] == line:
        begin -= 1
    while end < len(lines) and lines[end] == line:
        end += 1
    head = end - first if 2 * (end - first) < end - begin else 0
    line, begin, end = lines[last], last, last + 1
    while begin > 0 and lines[begin - 1] == line:
        begin -= 1
    while end < len(lines) and lines[end] == line:
        end += 1
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
    """The kind of a chain whose pieces cover so much of its longer side."""
    if all(
        q + length == next_q and d + length == next_d  # no token left out
        for (q, d, length, _), (next_q, next_d, _, _) in pairwise(chain)
    ):
        raw = all(level == RAW for _, _, _, level in chain)
        return MatchKind.VERBATIM if raw else MatchKind.RENAMED
    return MatchKind.EDITED if density >= _EDITED_DENSITY else MatchKind.SIMILAR


def _match(
    chain: list[Piece], snippet: Tokens, document: Tokens, window: Window
) -> tuple[Match, float]:
    """The Match that a chain of pieces is, and its density."""
    chain = _trim(chain, snippet, document)
    (q, d, _, _), (q_end, d_end, length, _) = chain[0], chain[-1]
    q_last, d_last = q_end + length - 1, d_end + length - 1
    matched = sum(length for _, _, length, _ in chain)
    density = matched / max(q_last + 1 - q, d_last + 1 - d)
    ours = _span(snippet, q, q_last, _WHOLE)
    return (
        Match(_kind(chain, density), matched, ours, _span(document, d, d_last, window)),
        density,
    )


def _aligned(
    snippet: View, document: Document, seeds: SeedCache
) -> tuple[Tokens, NDArray[np.int64], Window]:
    """The document's tokens, or those around the snippet's lines, and the aligned pieces."""
    content = document.content
    window = snippet.landmarks.window(content)
    if window is not None:
        part = seeds.lex(content[window.start : window.end], document.language)
        pieces = align(snippet.seeds, DocumentSeeds(part))
        if _explains(pieces, len(snippet.tokens), len(part), window, len(content)):
            return part, pieces, window
    whole = seeds.of(document)
    return whole.tokens, align(snippet.seeds, whole), _WHOLE


def _explains(
    pieces: NDArray[np.int64], snippet: int, tokens: int, window: Window, length: int
) -> bool:
    """Whether one chain has nearly all of the snippet and ends before the window does."""
    best = pieces[pieces[:, 0] == 0]
    if best[:, 3].sum() < _EXPLAINED * snippet:
        return False
    first, last = int(best[0, 2]), int(best[-1, 2] + best[-1, 3])
    return (first > 0 or window.start == 0) and (last < tokens or window.end == length)


def _contained(snippet: View, told: Sequence[Figures], best: Sequence[Piece]) -> float:
    """The weighed share that matched: of the snippet, or of its part around the best chain.

    A copy is no less one for the code of others that stands beside it in a long text.
    """
    whole = sum(one.weight for one in told) / max(snippet.total, 1e-9)
    (first, *_), (last, _, length, _) = best[0], best[-1]
    part = max(float(snippet.weights[first : last + length].sum()), _LOCAL)
    if part >= snippet.total:
        return whole
    return max(whole, told[0].weight / part)


def verify(snippet: View, document: Document, seeds: SeedCache) -> Verified | None:
    """Align a snippet with a document; None when nothing but chance agrees."""
    ours = snippet.tokens
    tokens, pieces, window = _aligned(snippet, document, seeds)
    if len(pieces) == 0:
        return None
    figures = weigh(pieces, snippet, tokens)
    order = sorted(range(len(figures)), key=lambda chain: -figures[chain].evidence)
    shown = [order[0], *(c for c in order[1:] if figures[c].evidence >= _SHOWN_EVIDENCE)]
    chains: list[list[Piece]] = [[] for _ in figures]
    for chain, *piece in pieces.tolist():
        chains[chain].append(tuple(piece))
    matches = [_match(chains[chain], ours, tokens, window) for chain in shown]
    told = [figures[chain] for chain in shown]
    matched = int(sum(one.tokens for one in told))
    evidence = Evidence(
        raw=sum(one.raw for one in told),
        renamed=sum(one.renamed for one in told),
        containment=_contained(snippet, told, chains[shown[0]]),
        longest=max(one.longest for one in told),
        telling=sum(one.telling for one in told),
        run=max(one.run for one in told),
    )
    return Verified(
        document=document,
        evidence=evidence,
        score=evidence.total - _GAP * sum(len(chains[chain]) - 1 for chain in shown),
        confidence=confidence(evidence),
        kind=matches[0][0].kind,
        matches=tuple(match for match, _ in matches),
        tokens=matched,
        containment=matched / max(len(ours), 1),
        similarity=matches[0][1],
    )
