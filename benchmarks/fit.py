"""Fits the verdict's constants on the fit half of the held-out packages, and prints them.

    python -m benchmarks.fit --size-mb 300

Reads the features that `benchmarks.quality` wrote, so run that first. It fits a logistic model of
`attribution.verdict.features`, with equal weight for positives and negatives. No factor is
negative, so more evidence never lowers the confidence. The threshold lets 1 % of the never-indexed
functions of the fit half through; the report half is only measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.optimize import minimize

from attribution.verdict import Evidence, features
from benchmarks.corpus import build_corpus
from benchmarks.queries import KINDS

__all__ = ["fit"]

F64 = NDArray[np.float64]
_RIDGE = 1e-4  # on the factors, so that they stay finite where halves separate
_ALLOWED = 0.01  # of never-indexed functions over the threshold


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer: the evidence for its first document, and whether that document is right."""

    kind: str
    half: str
    indexed: bool
    right: bool
    values: tuple[float, ...]  # of `features`; zeros without a document


def sample(row: dict[str, Any]) -> Sample:
    """A row of the features file."""
    evidence = Evidence(
        raw=row["first_raw"],
        renamed=row["first_renamed"],
        containment=row["first_weighed_containment"],
        longest=row["first_longest"],
        telling=row["first_telling"],
        run=row["first_run"],
    )
    return Sample(row["kind"], row["half"], row["indexed"], row["first_right"], features(evidence))


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
def main(size_mb: int) -> None:
    """Print the constants for attribution/verdict.py, and their results on the other half."""
    path = build_corpus(size_mb).folder / "features.parquet"
    rows = [
        row for row in pq.read_table(path).to_pylist() if row["length"] == 0 and not row["copy"]
    ]
    checked = [sample(row) for row in rows if row["status"] == "checked"]
    ours = [one for one in checked if one.half == "fit"]
    factors = fit(
        [one for one in ours if one.indexed and one.right],
        [one for one in ours if not one.indexed],
    )

    def score(one: Sample) -> float:
        return float(factors[0] + np.dot(factors[1:], one.values))

    threshold = float(np.quantile([score(one) for one in ours if not one.indexed], 1 - _ALLOWED))
    click.echo(f"COEFFICIENTS = {tuple(round(float(value), 2) for value in factors)}")
    click.echo(f"REPORT_AT = {1 / (1 + np.exp(-threshold)):.3f}")
    for kind in KINDS:
        measured = [one for one in checked if one.half == "report" and one.kind == kind]
        reported = [one for one in measured if score(one) > threshold]
        indexed = sum(one.indexed for one in measured)
        right = sum(one.right for one in reported if one.indexed)
        false = sum(not one.indexed for one in reported)
        others = len(measured) - indexed
        click.echo(
            f"{kind:15} reported right {100 * right / indexed:5.1f} % of {indexed}, "
            f"false alarms {100 * false / others:4.1f} % of {others}"
        )


if __name__ == "__main__":
    main()
