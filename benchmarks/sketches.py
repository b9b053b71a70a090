"""Recall and false alarms when only sketches are sent, and the fit of the constants for that.

    python -m benchmarks.sketches --size-mb 300

Looks up the functions of `benchmarks.quality` (run that first) as sketch files. Fits the constants
of `attribution.sketch_only.sketch_attributor` on the fit half of the packages, with an intercept at
which REPORT_AT reports 1 % of the never-indexed functions. Prints the results of the product's own
constants on the report half.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import pyarrow.parquet as pq

from attribution.deadline import Deadline
from attribution.errors import InputError
from attribution.index import open_index
from attribution.index.interface import Proposal
from attribution.lexing.languages import canonical_language
from attribution.matching.verify import Verified
from attribution.partial_index import PartialIndex
from attribution.settings import AttributorSettings
from attribution.sketch_only.sketch_attributor import SketchAttributor, features
from attribution.sketch_only.sketch_file import SketchFile, sketch_file
from attribution.sketching.sketch import Sketch
from attribution.types import Attribution
from attribution.verdict import REPORT_AT, Evidence
from benchmarks import fit as fitting
from benchmarks.built import built_index
from benchmarks.corpus import build_corpus
from benchmarks.queries import KINDS

__all__ = ["SketchResult", "look_up"]

_NOTHING = Evidence(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_ALLOWED = 0.01  # share of never-indexed functions above the threshold


@dataclass(frozen=True, slots=True)
class SketchResult:
    """The answer to a sketch: the evidence for its first document, and whether that is right."""

    kind: str
    half: str
    indexed: bool
    right: bool
    reported: bool  # whether a source was reported
    values: tuple[float, ...]  # of `features`
    milliseconds: float


class RecordingAttributor(SketchAttributor):
    """A SketchAttributor that keeps all documents it compared, best first."""

    verified: Sequence[Verified] = ()

    def _verify(
        self,
        file: SketchFile,
        sketch: Sketch,
        proposal: Proposal,
        index: PartialIndex,
        deadline: Deadline,
    ) -> tuple[list[Verified], int]:
        verified, read = super()._verify(file, sketch, proposal, index, deadline)
        self.verified = verified
        return verified, read


def look_up(
    attributor: RecordingAttributor, rows: Sequence[dict[str, Any]]
) -> Iterator[SketchResult]:
    """Look up rows of the features file; rows that are not code are skipped."""
    for row in rows:
        attributor.verified = ()
        try:
            file = sketch_file(row["code"].encode(), canonical_language(row["language"]))
        except InputError:
            continue
        started = time.perf_counter()
        answer: Attribution = attributor.attribute(file)
        milliseconds = 1e3 * (time.perf_counter() - started)
        right = {row[f"{n}_document"] for n in ("first", "second", "third") if row[f"{n}_right"]}
        first = attributor.verified[0] if attributor.verified else None
        yield SketchResult(
            row["kind"],
            row["half"],
            row["indexed"],
            first is not None and first.document.id in right,
            bool(answer.sources),
            features(first.evidence if first else _NOTHING),
            milliseconds,
        )


def fit(results: Sequence[SketchResult]) -> tuple[float, ...]:
    """The constants, from the fit half."""
    samples = [
        fitting.Sample(r.kind, r.half, r.indexed, r.right, r.values, ())
        for r in results
        if r.half == "fit"
    ]
    wrong = [sample for sample in samples if not sample.indexed]
    factors = fitting.fit([s for s in samples if s.indexed and s.right], wrong)
    scores = [float(factors[0] + np.dot(factors[1:], s.values)) for s in wrong]
    threshold = float(np.quantile(scores, 1 - _ALLOWED))
    factors[0] += math.log(REPORT_AT / (1 - REPORT_AT)) - threshold
    return tuple(round(float(factor), 2) for factor in factors)


@click.command()
@click.option("--size-mb", default=300, show_default=True)
def main(size_mb: int) -> None:
    """Print the fitted constants, and the results of the product's own."""
    corpus = build_corpus(size_mb)
    table = pq.read_table(corpus.folder / "features.parquet").to_pylist()
    rows = [r for r in table if r["length"] == 0 and not r["copy"] and r["status"] == "checked"]
    with open_index(built_index(corpus)) as index:
        results = list(look_up(RecordingAttributor(index, AttributorSettings()), rows))
    click.echo(f"COEFFICIENTS = {fit(results)}")
    times = np.array([result.milliseconds for result in results])
    click.echo(f"{len(results)} sketches, p50 {np.median(times):.2f} ms, "
               f"p99 {np.quantile(times, 0.99):.1f} ms")  # fmt: skip
    for kind in (*KINDS, None):
        of_kind = [r for r in results if r.half == "report" and kind in (r.kind, None)]
        indexed = [r for r in of_kind if r.indexed]
        unseen = [r for r in of_kind if not r.indexed]
        click.echo(
            f"{kind or 'all':15} reported rightly "
            f"{100 * np.mean([r.reported and r.right for r in indexed]):5.1f} % of {len(indexed)}, "
            f"false alarms {100 * np.mean([r.reported for r in unseen]):4.1f} % of {len(unseen)}"
        )


if __name__ == "__main__":
    main()
