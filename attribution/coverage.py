"""How much of a snippet is explained: each of its tokens counts once, under its strongest match.

All shares that are shown come from here, whether of a source or of an answer, so they agree. The
unit is a token of the snippet as the answer counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from attribution.lexing.languages import syntax_of
from attribution.lexing.lexer import Tokens, lex
from attribution.matching.verify import Verified
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.sketching.sketcher import sketch_query
from attribution.types import Covered, Match, MatchKind, Span
from attribution.windows import Window

__all__ = ["Readings", "coverage_of", "matched_tokens", "recounted", "tokens_in"]

_Layer = tuple[MatchKind | None, int, int, float]  # kind, the tokens [first, stop), share of them

_WEAKEST_FIRST = {kind: rank for rank, kind in enumerate(reversed(MatchKind))}


def tokens_in(tokens: Tokens, span: Span) -> tuple[int, int]:
    """The tokens [first, stop) that start in a span."""
    first, stop = tokens.starts.searchsorted(np.array((span.start, span.end), np.uint32)).tolist()
    return first, stop


def coverage_of(
    matches: Iterable[Match], common: Sequence[Span], tokens: Tokens
) -> tuple[Covered, ...]:
    """The disjoint parts of a snippet that match or are common code, in order.

    Where several matches overlap, the strongest kind counts, then the longest match. Of an edited
    match, whose gaps are not known here, every part counts with the match's share.

    Args:
        matches: of all sources.
        common: spans of common code.
        tokens: of the snippet, by whose offsets the spans are.
    """
    order = sorted(matches, key=lambda match: (_WEAKEST_FIRST[match.kind], match.tokens))
    layers: list[_Layer] = [(None, *tokens_in(tokens, span), 1.0) for span in common]
    for match in order:
        first, stop = tokens_in(tokens, match.snippet)
        layers.append((match.kind, first, stop, min(match.tokens / max(stop - first, 1), 1.0)))
    parts: list[_Layer] = []
    for kind, first, stop, density in _visible(layers, len(tokens)):
        matched = density * (stop - first)
        if parts and parts[-1][0] is kind and parts[-1][2] == first:
            _, begin, _, before = parts.pop()
            parts.append((kind, begin, stop, before + matched))
        else:
            parts.append((kind, first, stop, matched))
    return tuple(
        Covered(kind, round(matched), tokens.span(first, stop - 1))
        for kind, first, stop, matched in parts
    )


def _visible(layers: Sequence[_Layer], tokens: int) -> Iterator[_Layer]:
    """The disjoint parts of layers that no later one covers, in order."""
    if len(layers) < 2:
        yield from (layer for layer in layers if layer[1] < layer[2])
        return
    painted = np.zeros(tokens, np.int32)  # the layer of each token, counted from 1
    for number, (_, first, stop, _) in enumerate(layers, 1):
        painted[first:stop] = number
    edges = np.flatnonzero(np.diff(painted)) + 1
    for first, stop in pairwise([0, *edges.tolist(), tokens]):
        if first < stop and painted[first]:
            kind, _, _, density = layers[painted[first] - 1]
            yield kind, first, stop, density


def recounted(match: Match, own: Tokens, tokens: Tokens) -> Match:
    """A match with its tokens counted as those of another reading of the snippet.

    Args:
        own: the snippet's tokens under the syntax by which the match was found.
        tokens: those by which the answer counts.
    """
    first, stop = tokens_in(tokens, match.snippet)
    if match.kind in (MatchKind.VERBATIM, MatchKind.RENAMED):  # without gaps
        return match if match.tokens == stop - first else replace(match, tokens=stop - first)
    if own is tokens:
        return match
    begin, end = tokens_in(own, match.snippet)
    density = min(match.tokens / max(end - begin, 1), 1.0)
    return replace(match, tokens=round(density * (stop - first)))


def matched_tokens(matches: Iterable[Match], tokens: Tokens) -> int:
    """How many of a snippet's tokens the matches cover together."""
    return sum(part.tokens for part in coverage_of(matches, (), tokens))


class Readings:
    """The tokens of a snippet under each syntax that is needed, and its sketch."""

    def __init__(self, code: bytes) -> None:
        self.code = code
        self._known: dict[int, Tokens] = {}
        self._parts: dict[Window, Readings] = {}
        self._sketches: dict[tuple[tuple[str, ...], SketchParams], Sketch] = {}

    def under(self, language: str | None) -> Tokens:
        """The tokens of the snippet read as a language."""
        syntax = syntax_of(language)
        if syntax not in self._known:
            self._known[syntax] = lex(self.code, language)
        return self._known[syntax]

    def part(self, window: Window) -> Readings:
        """Those of whole lines of the snippet, which have the tokens that they have in it."""
        if window.start == 0 and window.end == len(self.code):
            return self
        if window not in self._parts:
            part = Readings(self.code[window.start : window.end])
            for syntax, tokens in self._known.items():
                part._known[syntax] = tokens.part(window)
            self._parts[window] = part
        return self._parts[window]

    def sketch(self, languages: tuple[str, ...], params: SketchParams) -> Sketch:
        """The sketch of the snippet under the syntaxes of several languages."""
        key = languages, params
        if key not in self._sketches:
            self._sketches[key] = sketch_query(self.code, languages, params, self.under)
        return self._sketches[key]

    def counted(self, verified: Verified, tokens: Tokens) -> Verified:
        """A document whose figures are in the tokens by which the answer counts."""
        own = self.under(verified.document.language)
        matches = tuple(recounted(match, own, tokens) for match in verified.matches)
        count = matches[0].tokens if len(matches) == 1 else matched_tokens(matches, tokens)
        share = count / max(len(tokens), 1)
        if (matches, count, share) == (verified.matches, verified.tokens, verified.containment):
            return verified
        return replace(verified, matches=matches, tokens=count, containment=share)
