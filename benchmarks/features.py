"""The raw figures of each answer, as parquet, for fitting the verdict's constants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.answer import Answer
from benchmarks.copies import find_copies

__all__ = ["write_features"]


def write_features(answers: Sequence[Answer], path: Path) -> None:
    """One row per query, with the figures of its best three documents (`first_`, `second_`, ...).

    If `indexed` is False, no document is right. Evidence is `attribution.verdict.Evidence`.
    """
    copies = find_copies(answers)
    rows = [features(answer) | {"copy": copies.concern(answer)} for answer in answers]
    pq.write_table(pa.Table.from_pylist(rows), path)


def features(answer: Answer) -> dict[str, object]:
    """The row of one answer."""
    query = answer.query
    columns: dict[str, object] = {
        "kind": query.kind,
        "length": query.length,
        "language": query.sample.language,
        "group": query.sample.group,
        "half": query.sample.half,
        "package": query.sample.package,
        "indexed": query.sample.indexed,
        "right": answer.right,
        "reported_right": answer.reported_right,
        "label": str(answer.label),
        "status": str(answer.status),
        "copied": answer.copied,
        "aligned": answer.aligned,
        "milliseconds": answer.milliseconds,
        "lines": query.code.count("\n"),
        "code": query.code,
    }
    for number, name in enumerate(("first", "second", "third")):
        has = number < len(answer.first)
        one = answer.first[number] if has else None
        columns |= {
            f"{name}_document": one.document if one else None,
            f"{name}_right": one.right if one else False,
            f"{name}_kind": str(one.kind) if one else None,
            f"{name}_confidence": one.confidence if one else 0.0,
            f"{name}_raw": one.evidence.raw if one else 0.0,
            f"{name}_renamed": one.evidence.renamed if one else 0.0,
            f"{name}_weighed_containment": one.evidence.containment if one else 0.0,
            f"{name}_telling": one.evidence.telling if one else 0.0,
            f"{name}_run": one.evidence.run if one else 0.0,
            f"{name}_longest": one.evidence.longest if one else 0.0,
            f"{name}_containment": one.containment if one else 0.0,
            f"{name}_similarity": one.similarity if one else 0.0,
            f"{name}_tokens": one.tokens if one else 0,
            f"{name}_match_tokens": one.match_tokens if one else 0,
        }
    return columns
