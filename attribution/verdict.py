"""From figures to a verdict: confidence, label, and the sentence that says why.

Confidence is a logistic model of the evidence; its factors are fitted on one half of the held-out
packages (`benchmarks/fit.py`). The features, RARE and REPORT_AT were chosen with both halves in
view. `benchmarks/quality.py` prints the calibration on the other half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attribution.index.interface import Proposal
from attribution.sketching.sketch import Sketch
from attribution.types import Label, MatchKind, Source, Span

__all__ = [
    "COEFFICIENTS",
    "COMMON_SHARE",
    "REPORT_AT",
    "STRIKING_AT",
    "Evidence",
    "common_count",
    "confidence",
    "features",
    "label_of",
    "reason_of",
]

# Fitted by benchmarks/fit.py: the intercept, then one factor for each of `features`.
COEFFICIENTS = (-6.4, 2.57, 0.85, 1.09, 4.11, 1.09)
REPORT_AT = 0.84  # confidence from which a source is told: 1 % of never-indexed functions reach it
STRIKING_AT = 0.95  # confidence from which it is striking
# Evidence of which one kind at least must be there: rare words, or much that is equal, or much that
# is equal after renaming. Without it a skeleton that all use (an empty test case, an __init__ with
# its __eq__) is not told, however well it fits: PLAIN is the most that its confidence can be.
RARE = (0.6, 10.0, 8.0)  # telling, raw, renamed
PLAIN = 0.7
LONG_RUN = 30.0  # rare tokens in a row beyond which more say nothing more
COMMON_SHARE = 0.4  # share of a snippet's tokens in common k-grams that makes it common
_COMMON_DF = 3  # documents from which a k-gram that proves nothing is called common


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one source."""

    raw: float  # weighed rare tokens that are equal
    renamed: float  # weighed rare tokens that are equal after renaming
    containment: float  # weighed share of the snippet that matched, 0..1
    longest: float  # tokens of the longest run of equal tokens
    telling: float  # weighed equal tokens whose own words are rare
    run: float  # tokens of the best run of equal tokens in code, by rarity

    @property
    def total(self) -> float:
        """The evidence that sources are ranked by."""
        return self.raw + self.renamed


def features(evidence: Evidence) -> tuple[float, ...]:
    """What the confidence is computed from; none of them ever lowers it."""
    renamed = math.log1p(evidence.renamed)
    return (
        math.log1p(evidence.raw),
        math.log1p(5.0 * evidence.telling),
        evidence.containment,
        # agreement after renaming proves little unless it covers most of the snippet
        renamed * evidence.containment**2,
        min(evidence.run, LONG_RUN) / LONG_RUN,
    )


def confidence(evidence: Evidence) -> float:
    """The probability that the snippet derives from the source, 0..1."""
    score = COEFFICIENTS[0] + sum(
        factor * value for factor, value in zip(COEFFICIENTS[1:], features(evidence), strict=True)
    )
    sure = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
    telling, raw, renamed = RARE
    rare = evidence.telling >= telling or evidence.raw >= raw or evidence.renamed >= renamed
    return sure if rare else min(sure, PLAIN)


def label_of(kind: MatchKind, sure: float) -> Label:
    """The label of a source of that kind and confidence; NONE when it is not to be reported."""
    if sure < REPORT_AT:
        return Label.NONE
    if kind is MatchKind.VERBATIM:
        return Label.VERBATIM
    if kind is MatchKind.SIMILAR or sure < STRIKING_AT:
        return Label.SIMILAR
    return Label.STRIKING


def common_count(sketch: Sketch, proposal: Proposal, k: int) -> tuple[float, int]:
    """The share of the snippet's tokens inside common raw k-grams, and their median frequency."""
    common = proposal.raw_df >= _COMMON_DF
    if not common.any():
        return 0.0, 0
    inside = np.zeros(sketch.tokens + k + 1, np.bool_)
    for first in sketch.raw_positions[common]:
        inside[first : first + k] = True
    return float(inside.sum()) / sketch.tokens, int(np.median(proposal.raw_df[common]))


def _place(source: Source) -> tuple[Span, str]:
    """The best match's span in the document that was aligned, and a place of that document."""
    for seen, document in zip(source.occurrences, source.occurrence_documents, strict=True):
        if document == source.document:
            return source.matches[0].source, f"{seen.repository}/{seen.path}"
    seen, span = source.occurrences[0], source.occurrence_spans[0]
    return span, f"{seen.repository}/{seen.path}"


_SAYS = {
    MatchKind.VERBATIM: "are the same as",
    MatchKind.RENAMED: "are, after consistent renaming, the same as",
    MatchKind.EDITED: "agree, with edits between them, with",
    MatchKind.SIMILAR: "agree here and there with",
}


def reason_of(label: Label, sources: Sequence[Source], count: int | None) -> str:
    """One sentence that a person can check."""
    if label is Label.COMMON:
        return f"Common code: its parts stand in about {count} documents of the index."
    if not sources:
        return "Nothing in the index matches beyond chance."
    match = sources[0].matches[0]
    there, where = _place(sources[0])
    return (
        f"{match.tokens} tokens of lines {match.snippet.start_line}-{match.snippet.end_line} "
        f"{_SAYS[match.kind]} lines {there.start_line}-{there.end_line} "
        f"of {where}."
    )
