"""From the sources of a text to its passages: which lines are from where.

A source tells all stretches of a text that it matches, and a stretch is often in several sources.
A passage is one stretch with all of its sources. The largest matches come first; one that lies
mostly within a passage that is there joins it as a further source, any other is a passage of its
own. Only what is judged counts: matches are clipped to it, and their tokens are counted anew.

The confidence of a source is that of all its matches together. A stretch that has only a part of
them is judged once more, by itself: beside a real copy, chance agreement would pass for another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.lexer import Tokens
from attribution.sketching.fingerprints import kgrams_raw
from attribution.types import Label, Match, Source, Span
from attribution.verdict import label_of
from audit.types import Passage

__all__ = ["EXCERPT_LINES", "Text", "passages_of"]

EXCERPT_LINES = 80  # of either side: what a reader of a report looks at
_EXCERPT_LINE = 400  # characters of a line
_WITHIN = 0.5  # share of a match that lies in a passage from which it is a source of that
_NEAR_LINES = 6  # between two passages of one source, in both texts, that are told as one
_MOSTLY = 0.8  # share of a source's matched tokens from which a match stands for it
_PRINTS = 64  # fingerprints kept of a passage
_PRINT_BITS = 48  # of each: the chance that two of 64 in 10**6 passages are equal is 10**-4


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its tokens, and which of them are judged."""

    code: bytes  # in UTF-8, or compared byte by byte
    tokens: Tokens
    judged: NDArray[np.bool_]  # shape (tokens,)
    lines: int  # judged
    before: int = 0  # lines of the file before `code`

    @classmethod
    def of(
        cls, code: bytes, tokens: Tokens, judged: Sequence[tuple[int, int]] | None, before: int
    ) -> Text:
        """A text of which half-open byte ranges are judged; None: all of it."""
        if judged is None:
            lines = code.count(b"\n") + (not code.endswith(b"\n") and bool(code))
            return cls(code, tokens, np.ones(len(tokens), np.bool_), lines, before)
        mask = np.zeros(len(tokens), np.bool_)
        lines = 0
        for start, end in judged:
            first, last = np.searchsorted(tokens.starts, (start, end))
            mask[first:last] = True
            part = code[start:end]
            lines += part.count(b"\n") + (not part.endswith(b"\n") and bool(part))
        return cls(code, tokens, mask, lines, before)

    def clip(self, span: Span) -> tuple[int, int] | None:
        """The first and one past the last judged token of a span; None when none is."""
        first, stop = np.searchsorted(self.tokens.starts, (span.start, span.end))
        at = np.flatnonzero(self.judged[first:stop])
        return (int(first + at[0]), int(first + at[-1]) + 1) if len(at) else None

    def span(self, first: int, stop: int) -> Span:
        """The span of tokens [first, stop)."""
        tokens = self.tokens
        return Span(
            int(tokens.starts[first]),
            int(tokens.ends[stop - 1]),
            int(tokens.lines[first]) + self.before,
            int(tokens.lines[stop - 1]) + self.before,
        )

    def count(self, first: int, stop: int) -> int:
        """Judged tokens among [first, stop)."""
        return int(np.count_nonzero(self.judged[first:stop]))


@dataclass(slots=True)
class _Stretch:
    """A passage in the making: tokens [first, stop) and what they are from, best first."""

    first: int
    stop: int
    tokens: float
    found: list[tuple[Source, Match]] = field(default_factory=list)


def passages_of(
    text: Text,
    sources: Sequence[Source],
    alone: Callable[[int, int, int], Sequence[Source]],
    lines_of: Callable[[str, int, int], str],
    raw_k: int,
) -> tuple[Passage, ...]:
    """The passages of a text, in its order.

    Args:
        sources: best first, with spans of `text.code`.
        alone: the sources of a part of the text by itself: bytes [start, end), lines before it.
        lines_of: the text of lines [first, last] of a document, by SWHID.
        raw_k: tokens of a raw k-gram.
    """
    stretches: list[_Stretch] = []
    for tokens, first, stop, source, match in _clipped(text, sources):
        home = _home(stretches, first, stop)
        if home is None:
            stretches.append(_Stretch(first, stop, tokens, [(source, match)]))
        elif all(one.document != source.document for one, _ in home.found):
            home.found.append((source, match))
        else:
            _widen(home, source, first, stop, tokens)
    stretches.sort(key=lambda one: (one.first, one.stop))
    joined: list[_Stretch] = []
    for one in stretches:
        if joined and _continues(text, joined[-1], one):
            joined[-1].stop = max(joined[-1].stop, one.stop)
            joined[-1].tokens += one.tokens
            joined[-1].found = _together(joined[-1].found, one.found)
        else:
            joined.append(one)
    sure = (one for one in joined if _stands(one) or _sure_alone(text, one, alone))
    return tuple(_passage(text, one, lines_of, raw_k) for one in sure)


def _clipped(text: Text, sources: Sequence[Source]) -> list[tuple[float, int, int, Source, Match]]:
    """Matched judged tokens, their range, and source and match; most certain tokens first."""
    found = []
    for rank, source in enumerate(sources):
        for match in source.matches:
            clip = text.clip(match.snippet)
            if clip is None:
                continue
            whole = np.searchsorted(text.tokens.starts, (match.snippet.start, match.snippet.end))
            density = min(match.tokens / max(int(whole[1] - whole[0]), 1), 1.0)
            tokens = text.count(*clip) * density
            found.append((-tokens * source.confidence, rank, tokens, *clip, source, match))
    found.sort(key=lambda one: one[:2])
    return [
        (tokens, first, stop, source, match) for _, _, tokens, first, stop, source, match in found
    ]


def _home(stretches: Sequence[_Stretch], first: int, stop: int) -> _Stretch | None:
    """The stretch that [first, stop) mostly lies in."""
    best, most = None, _WITHIN * (stop - first)
    for one in stretches:
        shared = min(one.stop, stop) - max(one.first, first)
        if shared >= most:
            best, most = one, shared
    return best


def _widen(home: _Stretch, source: Source, first: int, stop: int, tokens: float) -> None:
    """Take in a further match of a source that the stretch has: what sticks out may be more."""
    if home.found[0][0].document == source.document:
        outside = max(home.first - first, 0) + max(stop - home.stop, 0)
        home.tokens += tokens * outside / max(stop - first, 1)
        home.first, home.stop = min(home.first, first), max(home.stop, stop)


def _continues(text: Text, one: _Stretch, other: _Stretch) -> bool:
    """Whether both are from the same place, with little between them on either side."""
    (source, match), (next_source, following) = one.found[0], other.found[0]
    if source.document != next_source.document:
        return False
    lines = text.tokens.lines
    between = int(lines[other.first]) - int(lines[one.stop - 1])
    theirs = following.source.start_line - match.source.end_line
    return between <= _NEAR_LINES and 0 <= theirs <= _NEAR_LINES


def _together(
    one: Sequence[tuple[Source, Match]], other: Sequence[tuple[Source, Match]]
) -> list[tuple[Source, Match]]:
    """The sources of two stretches that are one: of each, what it has of both."""
    found = {source.document: (source, match) for source, match in one}
    for source, match in other:
        known = found.get(source.document)
        found[source.document] = (source, match if known is None else _hull(known[1], match))
    return list(found.values())


def _stands(stretch: _Stretch) -> bool:
    """Whether the confidence of its best source is that of the match that lies here."""
    source, match = stretch.found[0]
    return match.tokens >= _MOSTLY * sum(one.tokens for one in source.matches)


def _sure_alone(
    text: Text, stretch: _Stretch, alone: Callable[[int, int, int], Sequence[Source]]
) -> bool:
    """Whether a stretch by itself has sources, which are its own from then on."""
    span = text.span(stretch.first, stretch.stop)
    start = text.code.rfind(b"\n", 0, span.start) + 1
    end = text.code.find(b"\n", span.end)
    lines = span.start_line - text.before - 1
    own = Text(text.code, text.tokens, text.judged.copy(), text.lines, text.before)
    own.judged[: stretch.first] = False
    own.judged[stretch.stop :] = False
    found = _clipped(own, alone(start, len(text.code) if end < 0 else end, lines))
    best: dict[str, tuple[Source, Match]] = {}
    for _, _, _, source, match in found:
        best.setdefault(source.document, (source, match))
    if not found:
        return False
    stretch.tokens, stretch.found = found[0][0], list(best.values())
    return True


def _hull(one: Match, other: Match) -> Match:
    kind = one.kind if one.kind == other.kind else max(one.kind, other.kind, key=_WEAKNESS.index)
    return Match(
        kind,
        one.tokens + other.tokens,
        one.snippet.hull(other.snippet),
        one.source.hull(other.source),
    )


_WEAKNESS = ("verbatim", "renamed", "edited", "similar")


def _passage(
    text: Text, stretch: _Stretch, lines_of: Callable[[str, int, int], str], raw_k: int
) -> Passage:
    span = text.span(stretch.first, stretch.stop)
    count = text.count(stretch.first, stretch.stop)
    best, match = stretch.found[0]
    label = label_of(match.kind, best.confidence)
    hashes = np.ascontiguousarray(text.tokens.hashes[stretch.first : stretch.stop])
    return Passage(
        span=span,
        tokens=min(round(stretch.tokens), count),
        containment=round(min(stretch.tokens / max(count, 1), 1.0), 4),
        label=Label.SIMILAR if label is Label.NONE else label,
        confidence=best.confidence,
        sources=tuple(_shown(source, match, text.before) for source, match in stretch.found),
        key=hashlib.blake2b(hashes.tobytes(), digest_size=16).hexdigest(),
        prints=_prints(hashes, raw_k),
        code=_excerpt(text.code, span.start_line - text.before, span.end_line - text.before),
        source_code=lines_of(best.document, match.source.start_line, match.source.end_line),
        source_line=match.source.start_line,
    )


def _shown(source: Source, match: Match, before: int) -> Source:
    """A source with the one match that is in the passage, lines as in the file."""
    moved = replace(match, snippet=match.snippet.shifted(0, before))
    if match is source.matches[0]:
        return replace(source, matches=(moved,))
    # the lines of each occurrence are known for the source's best match only
    return replace(source, kind=match.kind, matches=(moved,), occurrence_spans=())


def _prints(hashes: NDArray[np.uint64], raw_k: int) -> tuple[int, ...]:
    """The smallest hashes of all runs of `raw_k` tokens: a bottom-k sketch (Cohen 2007)."""
    grams = np.empty(max(len(hashes), 1), np.uint64)
    count = kgrams_raw(hashes, len(hashes), min(raw_k, max(len(hashes), 1)), grams)
    return tuple(map(int, np.unique(grams[:count] >> np.uint64(64 - _PRINT_BITS))[:_PRINTS]))


def _excerpt(code: bytes, first: int, last: int) -> str:
    """Lines [first, last], 1-based, cut where they are many or long."""
    lines = code.split(b"\n", min(last, first + EXCERPT_LINES - 1))[first - 1 :]
    return cut_lines(lines[: min(last - first + 1, EXCERPT_LINES)])


def cut_lines(lines: Sequence[bytes]) -> str:
    """Lines as text, none longer than a reader would read."""
    texts = (line.rstrip(b"\r").decode("utf-8", "replace") for line in lines)
    return "\n".join(
        text if len(text) <= _EXCERPT_LINE else text[:_EXCERPT_LINE] + " ..." for text in texts
    )
