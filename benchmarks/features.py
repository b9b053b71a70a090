"""The raw figures of each answer, as parquet, for fitting the verdict's constants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.copies import find_copies
from benchmarks.query_result import QueryResult

__all__ = ["write_features"]


def write_features(answers: Sequence[QueryResult], path: Path) -> None:
    """Write a row per query, with the figures of its best documents (`first_`, `second_`, ...).

    `indexed` False means that no document is right. Evidence is `attribution.verdict.Evidence`.
    """
    copies = find_copies(answers)
    rows = [features(answer) | {"copy": copies.include(answer)} for answer in answers]
    pq.write_table(pa.Table.from_pylist(rows), path)


def features(answer: QueryResult) -> dict[str, object]:
    """The row of document result."""
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
        document = answer.first[number] if has else None
        columns |= {
            f"{name}_document": document.document if document else None,
            f"{name}_right": document.right if document else False,
            f"{name}_kind": str(document.kind) if document else None,
            f"{name}_confidence": document.confidence if document else 0.0,
            f"{name}_raw": document.evidence.raw if document else 0.0,
            f"{name}_renamed": document.evidence.renamed if document else 0.0,
            f"{name}_weighed_containment": document.evidence.containment if document else 0.0,
            f"{name}_telling": document.evidence.telling if document else 0.0,
            f"{name}_run": document.evidence.run if document else 0.0,
            f"{name}_longest": document.evidence.longest if document else 0.0,
            f"{name}_containment": document.containment if document else 0.0,
            f"{name}_similarity": document.similarity if document else 0.0,
            f"{name}_tokens": document.tokens if document else 0,
            f"{name}_match_tokens": document.match_tokens if document else 0,
        }
    return columns
