"""Fits the constants of the verdict on the fit half of the held-out packages and prints them.

    python -m benchmarks.fit --size-mb 300 [--packages]

Reads the features that `benchmarks.quality` wrote, so run that first. The model is logistic, over
`attribution.verdict.features`; positives and negatives have equal weight, and no factor is
negative, so more evidence never lowers the confidence. The intercept is the highest hundredth at
which REPORT_AT reports at most 0.7 % of the never-indexed functions of the fit half; the report
half is only measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.optimize import minimize

from attribution.verdict import REPORT_AT, Evidence, features, is_rare
from benchmarks.corpus import build_corpus
from benchmarks.package_corpus import package_corpus
from benchmarks.queries import KINDS

__all__ = ["fit"]

F64 = NDArray[np.float64]
_RIDGE = 1e-4  # penalty on the factors; keeps them finite when the classes are separable
_ALLOWED = 0.007  # share of never-indexed functions that may be reported


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer: the evidence for its documents, and whether the first is right."""

    kind: str
    half: str
    indexed: bool
    right: bool
    values: tuple[float, ...]  # of the first document's `features`; zeros without one
    rare: tuple[tuple[float, ...], ...]  # the same of each document that may be reported at all


def sample(row: dict[str, Any]) -> Sample:
    """A row of the features file."""
    found = [evidence(row, name) for name in ("first", "second", "third")]
    return Sample(
        row["kind"], row["half"], row["indexed"], row["first_right"], features(found[0]),
        tuple(features(one) for one in found if is_rare(one)),
    )  # fmt: skip


def evidence(row: dict[str, Any], name: str) -> Evidence:
    """The evidence for a document of the row, by its name; zeros if there is none."""
    return Evidence(
        raw=row[f"{name}_raw"],
        renamed=row[f"{name}_renamed"],
        containment=row[f"{name}_weighed_containment"],
        longest=row[f"{name}_longest"],
        telling=row[f"{name}_telling"],
        run=row[f"{name}_run"],
    )


def fit(positives: Sequence[Sample], negatives: Sequence[Sample]) -> F64:
    """Intercept and factors, shape (1 + features,)."""
    values = np.array([sample.values for sample in [*positives, *negatives]])
    design = np.column_stack([np.ones(len(values)), values])
    truth = np.repeat([1.0, 0.0], [len(positives), len(negatives)])
    weight = np.repeat([1 / len(positives), 1 / len(negatives)], [len(positives), len(negatives)])

    def loss(factors: F64) -> tuple[float, F64]:
        score = design @ factors
        value = (
            weight @ (np.logaddexp(0, score) - truth * score) + _RIDGE * factors[1:] @ factors[1:]
        )
        slope = (weight * (1 / (1 + np.exp(-score)) - truth)) @ design
        return float(value), slope + 2 * _RIDGE * np.concatenate([[0.0], factors[1:]])

    count = design.shape[1]
    bounds = [(None, None), *[(0.0, None)] * (count - 1)]
    best = minimize(loss, np.zeros(count), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(best.x)


@click.command()
@click.option("--size-mb", default=300, show_default=True)
@click.option("--packages", is_flag=True, help="Packages in 15 languages instead of this machine.")
def main(size_mb: int, packages: bool) -> None:
    """Print the constants for attribution/verdict.py, and their results on the other half."""
    corpus = package_corpus(size_mb) if packages else build_corpus(size_mb)
    path = corpus.folder / "features.parquet"
    rows = [
        row for row in pq.read_table(path).to_pylist() if row["length"] == 0 and not row["copy"]
    ]
    checked = [sample(row) for row in rows if row["status"] == "checked"]
    fit_half = [s for s in checked if s.half == "fit"]
    factors = fit(
        [s for s in fit_half if s.indexed and s.right],
        [s for s in fit_half if not s.indexed],
    )

    factors = factors.round(2)

    def score(sample: Sample) -> float:
        return max((float(factors[1:] @ values) for values in sample.rare), default=-math.inf)

    scores = sorted((score(s) for s in fit_half if not s.indexed), reverse=True)
    logit = math.log(REPORT_AT / (1 - REPORT_AT))
    factors[0] = math.floor(100 * (logit - scores[int(_ALLOWED * len(scores))])) / 100
    threshold = logit - factors[0]
    click.echo(f"COEFFICIENTS = {tuple(factors.tolist())}")
    for kind in KINDS:
        there = [one for one in checked if one.half == "report" and one.kind == kind]
        reported = [s for s in there if score(s) >= threshold]
        indexed = sum(one.indexed for one in there)
        right = sum(s.right for s in reported if s.indexed)
        false = sum(not s.indexed for s in reported)
        click.echo(
            f"{kind:15} reported rightly {100 * right / indexed:5.1f} % of {indexed}, "
            f"false alarms {100 * false / (len(there) - indexed):4.1f} % of {len(there) - indexed}"
        )


if __name__ == "__main__":
    main()
