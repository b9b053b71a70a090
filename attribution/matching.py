"""One snippet against one document: lex, align, weigh, and tell the matches in lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.alignment import RAW, align_tokens
from attribution.evidence import View, weigh
from attribution.lexer import Tokens, lex
from attribution.types import Document, Match, MatchKind, Span
from attribution.verdict import Evidence, confidence
from attribution.windows import Window, window_of

__all__ = ["Verified", "verify"]

_EDITED_DENSITY = 0.4  # matched share of a chain's longer side from which gaps are called edits
_EXPLAINED = 0.95  # share of the snippet from which the rest of a document can add nothing
_SHOWN_EVIDENCE = 2.0  # telling tokens from which a chain beside the best one is worth showing


@dataclass(frozen=True, slots=True)
class Verified:
    """A document whose text was aligned with the snippet."""

    document: Document
    evidence: Evidence
    confidence: float  # 0..1
    kind: MatchKind
    matches: tuple[Match, ...]  # best first
    tokens: int  # snippet tokens matched
    containment: float  # share of the snippet's tokens, 0..1
    similarity: float  # of the best match: matched tokens over its longer side, 0..1


def _span(tokens: Tokens, first: int, last: int) -> Span:
    return Span(
        int(tokens.starts[first]),
        int(tokens.ends[last]),
        int(tokens.lines[first]),
        int(tokens.lines[last]),
    )


def _ragged(tokens: Tokens, first: int, last: int) -> tuple[int, int]:
    """How many tokens to leave off at both ends: those of a line of which less than half matched.

    A run goes on into the next line for as long as both texts happen to agree (`def`, `return`);
    a reader sees another line there.
    """
    lines = tokens.lines
    begin, end = np.searchsorted(lines, [lines[first], lines[first] + 1])
    head = int(end - first) if 2 * (end - first) < end - begin else 0
    begin, end = np.searchsorted(lines, [lines[last], lines[last] + 1])
    tail = int(last + 1 - begin) if 2 * (last + 1 - begin) < end - begin else 0
    return head, tail


def _trim(chain: NDArray[np.int64], snippet: Tokens, document: Tokens) -> NDArray[np.int64]:
    """A chain without the ragged ends of its first and last piece."""
    _, q, d, _, _ = (int(value) for value in chain[0])
    _, q_end, d_end, length, _ = (int(value) for value in chain[-1])
    ours = _ragged(snippet, q, q_end + length - 1)
    theirs = _ragged(document, d, d_end + length - 1)
    head, tail = max(ours[0], theirs[0]), max(ours[1], theirs[1])
    if not head and not tail:
        return chain
    chain = chain.copy()
    if head < chain[0, 3]:
        chain[0, 1:3] += head
        chain[0, 3] -= head
    if tail < chain[-1, 3]:
        chain[-1, 3] -= tail
    return chain


def _kind(chain: NDArray[np.int64], density: float) -> MatchKind:
    """The kind of a chain whose pieces cover so much of its longer side."""
    if (chain[1:, 1:3] == chain[:-1, 1:3] + chain[:-1, 3:4]).all():  # no token left out
        return MatchKind.VERBATIM if (chain[:, 4] == RAW).all() else MatchKind.RENAMED
    return MatchKind.EDITED if density >= _EDITED_DENSITY else MatchKind.SIMILAR


def _match(chain: NDArray[np.int64], snippet: Tokens, document: Tokens) -> tuple[Match, float]:
    """The Match that a chain of pieces is, and its density."""
    chain = _trim(chain, snippet, document)
    q, d, length = chain[:, 1], chain[:, 2], chain[:, 3]
    q_last, d_last = int(q[-1] + length[-1]) - 1, int(d[-1] + length[-1]) - 1
    matched = int(length.sum())
    density = matched / max(q_last + 1 - int(q[0]), d_last + 1 - int(d[0]))
    spans = _span(snippet, int(q[0]), q_last), _span(document, int(d[0]), d_last)
    return Match(_kind(chain, density), matched, *spans), density


def _aligned(snippet: View, document: Document) -> tuple[Tokens, NDArray[np.int64]]:
    """The document's tokens, or those around the snippet's lines, and the aligned pieces."""
    content, ours = document.content, snippet.tokens
    window = window_of(content, snippet.anchors, snippet.length)
    if window is not None:
        tokens = lex(content[window.start : window.end], document.language)
        pieces = align_tokens(ours.hashes, ours.kinds, tokens.hashes, tokens.kinds)
        if _explains(pieces, len(ours), len(tokens), window, len(content)):
            starts, ends = tokens.starts + window.start, tokens.ends + window.start
            lines = tokens.lines + (window.first_line - 1)
            at = (array.astype(np.uint32) for array in (starts, ends, lines))
            return Tokens(tokens.hashes, tokens.kinds, *at), pieces
    tokens = lex(content, document.language)
    return tokens, align_tokens(ours.hashes, ours.kinds, tokens.hashes, tokens.kinds)


def _explains(
    pieces: NDArray[np.int64], snippet: int, tokens: int, window: Window, length: int
) -> bool:
    """Whether one chain has nearly all of the snippet and ends before the window does."""
    best = pieces[pieces[:, 0] == 0]
    if best[:, 3].sum() < _EXPLAINED * snippet:
        return False
    first, last = int(best[0, 2]), int(best[-1, 2] + best[-1, 3])
    return (first > 0 or window.start == 0) and (last < tokens or window.end == length)


def verify(snippet: View, document: Document) -> Verified | None:
    """Align a snippet with a document; None when nothing but chance agrees."""
    ours = snippet.tokens
    tokens, pieces = _aligned(snippet, document)
    if len(pieces) == 0:
        return None
    figures = weigh(pieces, snippet, tokens)
    evidence_per_chain = figures.raw + figures.renamed
    order = np.argsort(-evidence_per_chain, kind="stable")
    best = int(order[0])
    shown = [best, *(int(c) for c in order[1:] if evidence_per_chain[c] >= _SHOWN_EVIDENCE)]
    matches = [_match(pieces[pieces[:, 0] == chain], ours, tokens) for chain in shown]
    matched = int(figures.tokens[shown].sum())
    evidence = Evidence(
        raw=float(figures.raw[shown].sum()),
        renamed=float(figures.renamed[shown].sum()),
        containment=float(figures.weight[shown].sum()) / max(snippet.total, 1e-9),
        longest=float(figures.longest[shown].max()),
        telling=float(figures.telling[shown].sum()),
        run=float(figures.run[shown].max()),
    )
    return Verified(
        document=document,
        evidence=evidence,
        confidence=confidence(evidence),
        kind=matches[0][0].kind,
        matches=tuple(match for match, _ in matches),
        tokens=matched,
        containment=matched / max(len(ours), 1),
        similarity=matches[0][1],
    )
