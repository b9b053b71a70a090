"""The parts of a snippet that are common code, as spans: shown dimmed, never reported."""

from __future__ import annotations

import numpy as np

from attribution.matching.evidence import WeighedSnippet
from attribution.matching.rarity import rarity
from attribution.types import Span

__all__ = ["COMMON_DOCUMENTS", "common_spans"]

COMMON_DOCUMENTS = 8  # documents from which a raw k-gram is shown as common
_ROUNDING = 0.01  # of long prefix sums in float32; one more document makes a larger difference
_BRIDGED = 8  # tokens between common parts to ignore: of a winnowing window, only one is known


def common_spans(snippet: WeighedSnippet) -> tuple[Span, ...]:
    """The parts whose raw k-grams are in COMMON_DOCUMENTS documents or more, in order."""
    counts, sums = snippet.raw.counts, snippet.raw.sums
    most = rarity(COMMON_DOCUMENTS) + _ROUNDING
    starts = np.flatnonzero((counts[1:] > counts[:-1]) & (sums[1:] - sums[:-1] <= most))
    if not starts.size:
        return ()
    breaks = np.flatnonzero(np.diff(starts) > snippet.raw.k + _BRIDGED)
    firsts = starts[np.concatenate([[0], breaks + 1])]
    lasts = starts[np.concatenate([breaks, [len(starts) - 1]])] + snippet.raw.k - 1
    tokens = snippet.tokens
    return tuple(
        tokens.span(first, last)
        for first, last in zip(firsts, np.minimum(lasts, len(tokens) - 1), strict=True)
    )
