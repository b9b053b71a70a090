"""The arithmetic of the figures, without input or output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Bin", "quantile", "rate", "reliability", "threshold_for"]


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of similar confidence."""

    low: float
    high: float
    count: int
    mean_confidence: float
    share_right: float


def rate(outcomes: Sequence[bool]) -> float:
    """The share of True, 0..1; nan if there are no outcomes."""
    return sum(outcomes) / len(outcomes) if outcomes else float("nan")


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed; nan without any."""
    if not values:
        return float("nan")
    return float(np.quantile(np.asarray(values), share, method="inverted_cdf"))


def threshold_for(negatives: Sequence[float], allowed: float) -> float:
    """The lowest score such that at most `allowed` of the negatives score *above* it.

    Only greater scores are reported, so ties among negatives do no harm.
    """
    ordered = sorted(negatives, reverse=True)
    may_pass = int(allowed * len(ordered))
    return ordered[may_pass] if may_pass < len(ordered) else 0.0


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[Bin]:
    """Answers in bins of equal width, without empty bins."""
    made: list[Bin] = []
    numbers = [min(int(confidence * bins), bins - 1) for confidence in confidences]
    for number in range(bins):
        inside = [i for i, own in enumerate(numbers) if own == number]
        if inside:
            mean = sum(confidences[i] for i in inside) / len(inside)
            share = rate([right[i] for i in inside])
            made.append(Bin(number / bins, (number + 1) / bins, len(inside), mean, share))
    return made
