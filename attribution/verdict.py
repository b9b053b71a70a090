"""From figures to a verdict: confidence, label, and the sentence that says why.

Confidence is a logistic model of the evidence; its factors are fitted on one half of the held-out
packages in thirteen languages (`benchmarks.fit --packages`). RARE's last value was chosen on that
half too; the features, the other values and STRIKING_AT were chosen on an older corpus.
`benchmarks.quality --packages` prints the other half's figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attribution.index.interface import Proposal
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import Covered, IndexSummary, Label, MatchKind, Source

__all__ = [
    "COEFFICIENTS",
    "PLAIN",
    "RARE",
    "REPORT_AT",
    "STRIKING_AT",
    "Evidence",
    "common_count",
    "confidence",
    "features",
    "is_rare",
    "label_of",
    "logistic",
    "not_judged",
    "reason_of",
    "too_short",
]

# Fitted by `benchmarks.fit --packages` on 1.16 GB: the intercept, then one factor for each of
# `features`. With version 3 of the lexer, new factors find about as much. The intercept is such
# that REPORT_AT reports 0.7 % of the fit half's held-out code.
COEFFICIENTS = (-7.44, 2.67, 0.12, 2.71, 2.84, 2.85)
REPORT_AT = 0.84  # confidence from which a source is reported
STRIKING_AT = 0.93  # confidence from which it is striking
# A reported source needs at least one of: rare words, many equal tokens, many tokens that are equal
# after renaming. Without them, code of a shape that everyone writes (an empty test case, or an
# __init__ with its __eq__) is not reported however well it fits: its confidence is at most PLAIN.
RARE = (0.6, 10.0, 6.0)  # telling, raw, renamed
PLAIN = 0.7
# A striking or verbatim copy is this share of the snippet, or has this much evidence (in tokens).
MUCH_OF_IT, SUBSTANCE = 0.5, 12.0
LONG_RUN = 30.0  # rare tokens in a row beyond which more add nothing
_COMMON_SHARE = 0.4  # share of a snippet's tokens in common k-grams that makes it common
_COMMON_DF = 3  # documents from which a k-gram that proves nothing is called common


@dataclass(frozen=True, slots=True)
class Evidence:
    """The figures from which the confidence in one source is computed."""

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


def logistic(coefficients: Sequence[float], values: Sequence[float]) -> float:
    """The probability, 0..1, of an intercept followed by a factor for each value."""
    intercept, *factors = coefficients
    score = intercept + sum(f * value for f, value in zip(factors, values, strict=True))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def confidence(evidence: Evidence) -> float:
    """The probability that the snippet derives from the source, 0..1."""
    sure = logistic(COEFFICIENTS, features(evidence))
    return sure if is_rare(evidence) else min(sure, PLAIN)


def is_rare(evidence: Evidence) -> bool:
    """Whether the evidence is more than that of a shape that everyone writes."""
    telling, raw, renamed = RARE
    return evidence.telling >= telling or evidence.raw >= raw or evidence.renamed >= renamed


def label_of(source: Source, kind: MatchKind) -> Label:
    """The label of a match of that kind in a source; NONE when it is not to be reported.

    A line or two in a long snippet are similar at most, however sure it is that they match.
    """
    if source.confidence < REPORT_AT:
        return Label.NONE
    little = source.containment < MUCH_OF_IT and source.evidence < SUBSTANCE
    if little or kind is MatchKind.SIMILAR:
        return Label.SIMILAR
    if kind is MatchKind.VERBATIM:
        return Label.VERBATIM
    return Label.STRIKING if source.confidence >= STRIKING_AT else Label.SIMILAR


def not_judged(tokens: int, params: SketchParams, index: IndexSummary) -> str | None:
    """Why a snippet of that many tokens cannot be judged; None when it can."""
    if index.documents == 0:
        return (
            f"the index {index.name!r} has no files yet; add some with `whence index SOURCE... "
            "--to LOCATION`, or wait while that is running"
        )
    return too_short(tokens, params)


def too_short(tokens: int, params: SketchParams) -> str | None:
    """Why that many tokens are too few to tell a copy from chance; None when they are not."""
    if tokens >= params.raw_guarantee:
        return None
    if tokens == 0:
        return "no code (only comments or white space)"
    return f"too short to judge: {tokens} tokens, the minimum is {params.raw_guarantee}"


def common_count(sketch: Sketch, proposal: Proposal, k: int) -> int | None:
    """About how many documents contain parts of common code; None when the code is not common.

    Code is common when enough of its tokens are in raw k-grams that several documents contain; the
    count is the median of these k-grams' document frequencies.
    """
    common = proposal.raw_df >= _COMMON_DF
    if not common.any():
        return None
    firsts = np.unique(sketch.raw_positions[common]).astype(np.int64)
    inside = k + np.minimum(np.diff(firsts), k).sum()  # tokens
    if inside / sketch.tokens < _COMMON_SHARE:
        return None
    return int(np.median(proposal.raw_df[common]))


_RELATIONS = {
    MatchKind.VERBATIM: "are the same as",
    MatchKind.RENAMED: "are the same, after consistent renaming, as",
    MatchKind.EDITED: "match, with edits between them,",
    MatchKind.SIMILAR: "match in part",
}


def reason_of(
    label: Label,
    sources: Sequence[Source],
    count: int | None,
    total: int,
    coverage: Sequence[Covered],
) -> str:
    """One sentence that a person can check.

    Args:
        sources: best first.
        count: about how many documents contain parts of common code.
        total: how many sources there are.
        coverage: of the snippet by all of them.
    """
    if label is Label.COMMON:
        return f"Common code: about {count} documents of the index contain parts of it."
    if not sources:
        return "Nothing in the index matches beyond chance."
    match, aligned = sources[0].matches[0], sources[0].occurrence(sources[0].aligned_at)
    there = match.source if aligned.document == sources[0].document else aligned.span
    assert there is not None
    lead = ""
    if total > 1:
        matched = sum(part.tokens for part in coverage if part.kind is not None)
        lead = f"{matched:,} tokens match {total:,} sources; first, "
    return (
        f"{lead}{match.tokens:,} tokens of {match.snippet.in_words} {_RELATIONS[match.kind]} "
        f"{there.in_words} of {aligned.occurrence.repository}/{aligned.occurrence.path}."
    )
