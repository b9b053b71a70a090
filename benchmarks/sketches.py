"""Private mode: recall and false alarms when only sketches are sent, and the fit of its verdict.

    python -m benchmarks.sketches --size-mb 300

Looks up the functions of `benchmarks.quality` (run that first) as sketch files. Fits the constants
of `attribution.sketch_only.sketch_attributor` on the fit half of the packages, with an intercept by
which REPORT_AT lets 1 % of the never-indexed functions through, and prints the results of the
product's own constants on the report half.
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

from attribution.attributor import AttributorSettings
from attribution.errors import InputError
from attribution.index import open_index
from attribution.lexing.languages import canonical_language
from attribution.matching.verify import Verified
from attribution.partial_index import Asking
from attribution.sketch_only.sketch_attributor import SketchAttributor, features
from attribution.sketch_only.sketch_file import sketch_file
from attribution.types import Attribution, Source
from attribution.verdict import REPORT_AT, Evidence
from benchmarks import fit as fitting
from benchmarks.built import built_index
from benchmarks.corpus import build_corpus
from benchmarks.queries import KINDS

__all__ = ["SketchAnswer", "run_sketches"]

_NOTHING = Evidence(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_ALLOWED = 0.01  # of never-indexed functions over the threshold


@dataclass(frozen=True, slots=True)
class SketchAnswer:
    """An answer: the evidence for its first document, and whether that document is right."""

    kind: str
    half: str
    indexed: bool
    right: bool
    reported: bool  # whether a source was reported
    values: tuple[float, ...]  # of `features`
    milliseconds: float


class Observer(SketchAttributor):
    """A SketchAttributor that keeps all documents that it compared."""

    verified: Sequence[Verified] = ()

    def _sources(self, verified: Sequence[Verified], asking: Asking) -> tuple[Source, ...]:
        self.verified = verified
        return super()._sources(verified, asking)


def run_sketches(observer: Observer, rows: Sequence[dict[str, Any]]) -> Iterator[SketchAnswer]:
    """Look up rows of the features file, except those that are not code."""
    for row in rows:
        observer.verified = ()
        try:
            file = sketch_file(row["code"].encode(), canonical_language(row["language"]))
        except InputError:
            continue
        began = time.perf_counter()
        answer: Attribution = observer.attribute(file)
        spent = 1e3 * (time.perf_counter() - began)
        right = {row[f"{n}_document"] for n in ("first", "second", "third") if row[f"{n}_right"]}
        first = observer.verified[0] if observer.verified else None
        yield SketchAnswer(
            row["kind"],
            row["half"],
            row["indexed"],
            first is not None and first.document.id in right,
            bool(answer.sources),
            features(first.evidence if first else _NOTHING),
            spent,
        )


def fit(asked: Sequence[SketchAnswer]) -> tuple[float, ...]:
    """The constants, from the fit half."""
    ours = [one for one in asked if one.half == "fit"]
    samples = [fitting.Sample(o.kind, o.half, o.indexed, o.right, o.values) for o in ours]
    wrong = [one for one in samples if not one.indexed]
    factors = fitting.fit([one for one in samples if one.indexed and one.right], wrong)
    scores = [float(factors[0] + np.dot(factors[1:], one.values)) for one in wrong]
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
        asked = list(run_sketches(Observer(index, AttributorSettings()), rows))
    click.echo(f"COEFFICIENTS = {fit(asked)}")
    times = np.array([one.milliseconds for one in asked])
    click.echo(f"{len(asked)} sketches, p50 {np.median(times):.2f} ms, "
               f"p99 {np.quantile(times, 0.99):.1f} ms")  # fmt: skip
    for kind in (*KINDS, None):
        measured = [o for o in asked if o.half == "report" and kind in (o.kind, None)]
        indexed = [one for one in measured if one.indexed]
        others = [one for one in measured if not one.indexed]
        click.echo(
            f"{kind or 'all':15} reported right "
            f"{100 * np.mean([one.reported and one.right for one in indexed]):5.1f} % "
            f"of {len(indexed)}, "
            f"false alarms {100 * np.mean([one.reported for one in others]):4.1f} % "
            f"of {len(others)}"
        )


if __name__ == "__main__":
    main()
