"""The chains of an alignment as matches: without ragged ends, and as spans of both texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import boolean, int64, kernel, types, uint32, uint64, void
from attribution.lexing.lexer import Tokens
from attribution.matching.landmarks import Excerpt
from attribution.matching.runs import RAW
from attribution.types import Match, MatchKind, Span

__all__ = ["ChainMatch", "matches_of"]

_EDITED_DENSITY = 0.4  # matched share of a chain's longer side from which it counts as edited
_COLUMNS = 13  # as of `_measure`


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


@kernel(int64(uint64[::1], uint64[::1], boolean))
def _longest_equal(ours, theirs, equal):  # type: ignore[no-untyped-def]
    """The longest run of equal tokens in a piece.

    Args:
        ours, theirs: (length,) uint64, the hashes of the piece's tokens in both texts.
        equal: whether all of them are known to be equal.

    Returns:
        int64, its tokens.
    """
    if equal:
        return ours.shape[0]
    longest = run = 0
    for t in range(ours.shape[0]):
        run = run + 1 if ours[t] == theirs[t] else 0
        longest = max(longest, run)
    return longest


@kernel(
    void(
        int64[:, ::1], int64[:, ::1],
        uint64[::1], uint32[::1], uint32[::1], uint32[::1],
        uint64[::1], uint32[::1], uint32[::1], uint32[::1], int64[:, ::1],
    ),
)  # fmt: skip
def _measure(  # type: ignore[no-untyped-def]
    pieces, chains, q_hashes, q_starts, q_ends, q_lines, d_hashes, d_starts, d_ends, d_lines, out
):
    """Measure some chains without their ragged ends.

    Args:
        pieces: (p, PIECE_WIDTH) int64, as of `align`.
        chains: (c, 2) int64, the first piece of each chain and the one behind its last.
        q_hashes, d_hashes: (n,) and (m,) uint64, the tokens of snippet and document.
        q_starts, d_starts: the same shapes, uint32, their first bytes, and the next two:
        q_ends, d_ends: the bytes behind them.
        q_lines, d_lines: their lines.
        out: (c, 13) int64, written: tokens that matched; tokens of the longer side; whether no
            token is left out between two pieces; whether all pieces are RAW; the longest run of
            equal tokens in a piece; then of the span in the snippet, and of that in the document:
            the first byte, the one behind the last, the first line and the last one.
    """
    for c in range(chains.shape[0]):
        begin, end = chains[c, 0], chains[c, 1] - 1  # the first piece, and the last one
        q, d = pieces[begin, 1], pieces[begin, 2]
        ours = _ragged(q_lines, q, pieces[end, 1] + pieces[end, 3] - 1)
        theirs = _ragged(d_lines, d, pieces[end, 2] + pieces[end, 3] - 1)
        head, tail = max(ours[0], theirs[0]), max(ours[1], theirs[1])
        head = head if head < pieces[begin, 3] else 0
        left = pieces[end, 3] - (head if begin == end else 0)
        tail = tail if tail < left else 0
        q, d = q + head, d + head
        q_last = pieces[end, 1] + pieces[end, 3] - tail - 1
        d_last = pieces[end, 2] + pieces[end, 3] - tail - 1
        matched, longest = 0, 0
        gapless, raw = True, True
        for p in range(begin, end + 1):
            i, j, equal = pieces[p, 1], pieces[p, 2], pieces[p, 4] == RAW
            i_end, j_end = i + pieces[p, 3], j + pieces[p, 3]
            if p < end:
                gapless = gapless and i_end == pieces[p + 1, 1] and j_end == pieces[p + 1, 2]
            else:
                i_end, j_end = q_last + 1, d_last + 1
            if p == begin:
                i, j = q, d
            matched += i_end - i
            raw = raw and equal
            longest = max(longest, _longest_equal(q_hashes[i:i_end], d_hashes[j:j_end], equal))
        out[c, 0], out[c, 1] = matched, max(q_last + 1 - q, d_last + 1 - d)
        out[c, 2], out[c, 3], out[c, 4] = gapless, raw, longest
        out[c, 5], out[c, 6] = q_starts[q], q_ends[q_last]
        out[c, 7], out[c, 8] = q_lines[q], q_lines[q_last]
        out[c, 9], out[c, 10] = d_starts[d], d_ends[d_last]
        out[c, 11], out[c, 12] = d_lines[d], d_lines[d_last]


@dataclass(frozen=True, slots=True)
class ChainMatch:
    """A chain as it is shown."""

    match: Match
    density: float  # matched tokens over the longer side, 0..1
    longest: int  # tokens of the longest run of equal tokens in a piece


def matches_of(
    pieces: NDArray[np.int64],
    chains: NDArray[np.int64],
    snippet: Tokens,
    document: Tokens,
    excerpt: Excerpt,
) -> list[ChainMatch]:
    """The matches of some chains, in the order given.

    Args:
        pieces: (p, PIECE_WIDTH), as of `align`.
        chains: (c, 2), the first piece of each, and the one behind its last.
        snippet: the tokens of the snippet.
        document: those of the document, or of an excerpt of it.
        excerpt: where that is in the document.
    """
    out = np.empty((len(chains), _COLUMNS), np.int64)
    _measure(
        pieces, chains,
        snippet.hashes, snippet.starts, snippet.ends, snippet.lines,
        document.hashes, document.starts, document.ends, document.lines, out,
    )  # fmt: skip
    before = excerpt.first_line - 1
    matches = []
    for matched, side, gapless, raw, longest, *spans in out.tolist():
        density = matched / side
        if gapless:
            kind = MatchKind.VERBATIM if raw else MatchKind.RENAMED
        else:
            kind = MatchKind.EDITED if density >= _EDITED_DENSITY else MatchKind.SIMILAR
        theirs = Span(*spans[4:]).shifted(excerpt.start, before)
        match = Match(kind, matched, Span(*spans[:4]), theirs)
        matches.append(ChainMatch(match, density, longest))
    return matches
