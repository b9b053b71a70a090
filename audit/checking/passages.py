"""Turns the sources of a text into passages, each with all of its sources.

A source matches several stretches of a text, and a stretch often matches several sources. Matches
are processed from the largest on: one that is mostly within an existing passage adds its source to
it, and any other becomes a new passage. Matches are clipped to the judged ranges, and their tokens
are counted again.

The confidence of a source is that of all its matches together. A stretch with only some of them is
therefore looked up again separately, or chance agreement next to a real copy would count as one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from attribution.sketching.fingerprints import kgrams_raw
from attribution.types import Label, Match, Source
from attribution.verdict import label_of
from audit.checking.judged_text import JudgedText
from audit.types import Passage

__all__ = ["EXCERPT_LINES", "cut_lines", "passages_of"]

EXCERPT_LINES = 80  # shown in reports, of either side
_EXCERPT_LINE = 400  # characters of a line
_WITHIN = 0.5  # share of a match inside a passage from which it belongs to it
_NEAR_LINES = 6  # between two passages of one source, in both texts, that become one
_MOSTLY = 0.8  # share of a source's matched tokens from which a match has its confidence
_PRINTS = 64  # fingerprints kept of a passage
_PRINT_BITS = 48  # of each; two of 64 in 10**6 passages are equal with a probability of 10**-4


@dataclass(slots=True)
class _Stretch:
    """A passage under construction: tokens [first, stop) with their sources, best first."""

    first: int
    stop: int
    tokens: float
    sources: list[tuple[Source, Match]] = field(default_factory=list)


def passages_of(
    text: JudgedText,
    sources: Sequence[Source],
    sources_of_part: Callable[[int, int, int], Sequence[Source]],
    lines_of: Callable[[str, int, int], str],
    raw_k: int,
) -> tuple[Passage, ...]:
    """The passages of a text, in text order.

    Args:
        sources: best first, with spans of `text.code`.
        sources_of_part: looks up bytes [start, end) of the text, given the lines before them.
        lines_of: the text of lines [first, last] of a document, by SWHID.
        raw_k: tokens of a raw k-gram.
    """
    stretches: list[_Stretch] = []
    for tokens, first, stop, source, match in _clipped(text, sources):
        home = _home(stretches, first, stop)
        if home is None:
            stretches.append(_Stretch(first, stop, tokens, [(source, match)]))
        elif all(known.document != source.document for known, _ in home.sources):
            home.sources.append((source, match))
        else:
            _widen(home, source, first, stop, tokens)
    stretches.sort(key=lambda stretch: (stretch.first, stretch.stop))
    joined: list[_Stretch] = []
    for stretch in stretches:
        if joined and _continues(text, joined[-1], stretch):
            joined[-1].stop = max(joined[-1].stop, stretch.stop)
            joined[-1].tokens += stretch.tokens
            joined[-1].sources = _union(joined[-1].sources, stretch.sources)
        else:
            joined.append(stretch)
    return tuple(
        _passage(text, stretch, lines_of, raw_k)
        for stretch in joined
        if _has_full_confidence(stretch) or _confirm(text, stretch, sources_of_part)
    )


def _clipped(
    text: JudgedText, sources: Sequence[Source]
) -> list[tuple[float, int, int, Source, Match]]:
    """Number and range of matched judged tokens, source and match; most certain first."""
    clipped = []
    for rank, source in enumerate(sources):
        for match in source.matches:
            clip = text.clip(match.snippet)
            if clip is None:
                continue
            whole = np.searchsorted(text.tokens.starts, (match.snippet.start, match.snippet.end))
            density = min(match.tokens / max(int(whole[1] - whole[0]), 1), 1.0)
            tokens = text.count(*clip) * density
            clipped.append((-tokens * source.confidence, rank, tokens, *clip, source, match))
    clipped.sort(key=lambda entry: entry[:2])
    return [
        (tokens, first, stop, source, match) for _, _, tokens, first, stop, source, match in clipped
    ]


def _home(stretches: Sequence[_Stretch], first: int, stop: int) -> _Stretch | None:
    """The stretch that contains most of [first, stop)."""
    best, most = None, _WITHIN * (stop - first)
    for stretch in stretches:
        shared = min(stretch.stop, stop) - max(stretch.first, first)
        if shared >= most:
            best, most = stretch, shared
    return best


def _widen(home: _Stretch, source: Source, first: int, stop: int, tokens: float) -> None:
    """Extend a stretch by a further match of its best source."""
    if home.sources[0][0].document == source.document:
        outside = max(home.first - first, 0) + max(stop - home.stop, 0)
        home.tokens += tokens * outside / max(stop - first, 1)
        home.first, home.stop = min(home.first, first), max(home.stop, stop)


def _continues(text: JudgedText, one: _Stretch, other: _Stretch) -> bool:
    """Whether both are from the same document, with few lines in between on either side."""
    (source, match), (next_source, following) = one.sources[0], other.sources[0]
    if source.document != next_source.document:
        return False
    lines = text.tokens.lines
    between = int(lines[other.first]) - int(lines[one.stop - 1])
    theirs = following.source.start_line - match.source.end_line
    return between <= _NEAR_LINES and 0 <= theirs <= _NEAR_LINES


def _union(
    one: Sequence[tuple[Source, Match]], other: Sequence[tuple[Source, Match]]
) -> list[tuple[Source, Match]]:
    """The sources of two joined stretches, with joined matches."""
    union = {source.document: (source, match) for source, match in one}
    for source, match in other:
        known = union.get(source.document)
        union[source.document] = (source, match if known is None else _hull(known[1], match))
    return list(union.values())


def _has_full_confidence(stretch: _Stretch) -> bool:
    """Whether the match in the stretch accounts for the confidence of its best source."""
    source, match = stretch.sources[0]
    return match.tokens >= _MOSTLY * sum(part.tokens for part in source.matches)


def _confirm(
    text: JudgedText,
    stretch: _Stretch,
    sources_of_part: Callable[[int, int, int], Sequence[Source]],
) -> bool:
    """Look up a stretch separately; it keeps the sources found. Returns whether there are any."""
    span = text.span(stretch.first, stretch.stop)
    start = text.code.rfind(b"\n", 0, span.start) + 1
    end = text.code.find(b"\n", span.end)
    lines = span.start_line - text.before - 1
    own = JudgedText(text.code, text.tokens, text.judged.copy(), text.lines, text.before)
    own.judged[: stretch.first] = False
    own.judged[stretch.stop :] = False
    end = len(text.code) if end < 0 else end
    clipped = _clipped(own, sources_of_part(start, end, lines))
    best: dict[str, tuple[Source, Match]] = {}
    for _, _, _, source, match in clipped:
        best.setdefault(source.document, (source, match))
    if not clipped:
        return False
    stretch.tokens, stretch.sources = clipped[0][0], list(best.values())
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
    text: JudgedText, stretch: _Stretch, lines_of: Callable[[str, int, int], str], raw_k: int
) -> Passage:
    span = text.span(stretch.first, stretch.stop)
    count = text.count(stretch.first, stretch.stop)
    matched = min(round(stretch.tokens), count)
    best, match = stretch.sources[0]
    label = label_of(best, match.kind)
    hashes = np.ascontiguousarray(text.tokens.hashes[stretch.first : stretch.stop])
    return Passage(
        span=span,
        tokens=matched,
        containment=round(matched / max(count, 1), 4),
        label=Label.SIMILAR if label is Label.NONE else label,
        confidence=best.confidence,
        sources=tuple(
            _shown(source, shown, text.before, matched if at == 0 else shown.tokens, count)
            for at, (source, shown) in enumerate(stretch.sources)
        ),
        key=hashlib.blake2b(hashes.tobytes(), digest_size=16).hexdigest(),
        prints=_prints(hashes, raw_k),
        code=_excerpt(text.code, span.start_line - text.before, span.end_line - text.before),
        source_code=lines_of(best.document, match.source.start_line, match.source.end_line),
        source_line=match.source.start_line,
    )


def _shown(source: Source, match: Match, before: int, tokens: int, count: int) -> Source:
    """A source with only the match in the passage, and with line numbers of the file.

    Args:
        before: lines of the file before the text.
        tokens: that match in the passage.
        count: tokens of the passage.
    """
    moved = replace(match, snippet=match.snippet.shifted(0, before))
    tokens = min(tokens, count)
    own = replace(
        source, matches=(moved,), tokens=tokens, containment=tokens / max(count, 1),
        longest_run_tokens=min(source.longest_run_tokens, tokens),
    )  # fmt: skip
    if match is source.matches[0]:
        return own
    # occurrence_spans are those of the source's best match
    return replace(own, kind=match.kind, occurrence_spans=())


def _prints(hashes: NDArray[np.uint64], raw_k: int) -> tuple[int, ...]:
    """The smallest hashes of all runs of `raw_k` tokens: a bottom-k sketch (Cohen 2007)."""
    grams = np.empty(max(len(hashes), 1), np.uint64)
    count = kgrams_raw(hashes, len(hashes), min(raw_k, max(len(hashes), 1)), grams)
    return tuple(map(int, np.unique(grams[:count] >> np.uint64(64 - _PRINT_BITS))[:_PRINTS]))


def _excerpt(code: bytes, first: int, last: int) -> str:
    """Lines [first, last], 1-based, shortened if they are many or long."""
    lines = code.split(b"\n", min(last, first + EXCERPT_LINES - 1))[first - 1 :]
    return cut_lines(lines[: min(last - first + 1, EXCERPT_LINES)])


def cut_lines(lines: Sequence[bytes]) -> str:
    """Lines as text, with long lines shortened."""
    texts = (line.rstrip().decode("utf-8", "replace") for line in lines)
    return "\n".join(
        text if len(text) <= _EXCERPT_LINE else text[:_EXCERPT_LINE] + " ..." for text in texts
    )
