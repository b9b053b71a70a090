"""CSV (RFC 4180) for spreadsheets: a row a finding, and a row a file not wholly checked.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and runs it: such a
cell gets an apostrophe before it, as OWASP advises. The last row is the account of the run, so
that a table that is passed on says what it was made from.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from audit.reports.account import (
    NOT_TOLD,
    coverage_in_words,
    exit_in_words,
    index_in_words,
    left_out_in_words,
    policy_in_words,
    status_of,
)
from audit.reports.cited import cited
from audit.reports.interface import Audit, Report
from audit.reports.safe_text import encoded, one_line
from audit.types import FileReport, FileState, Finding, Summary

__all__ = ["COLUMNS", "CsvReport"]

COLUMNS = (
    "status", "severity", "verdict", "name", "first_line", "last_line", "license", "family",
    "label", "kind", "confidence", "containment", "tokens", "source_repository", "source_path",
    "source_first_line", "source_last_line", "source_revision", "source_url", "source_swhid",
    "source_purl", "source_license", "source_license_evidence", "source_license_conflict",
    "sources", "places", "rule", "reason", "decision_reason", "decision_where", "decision_author",
    "decision_date", "decision_expires", "id", "key",
)  # fmt: skip

# Of a cell's first character; the last four are what full-width input makes of the first four.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


class CsvReport(Report):
    """A row a finding."""

    name = "csv"
    summary = "a row a finding, for spreadsheets"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write row by row."""
        row = io.StringIO(newline="")
        writer = csv.DictWriter(row, COLUMNS, restval="", lineterminator="\r\n")
        writer.writeheader()
        for values in _rows(audit):
            writer.writerow({key: _cell(value) for key, value in values.items()})
            stream.write(encoded(row.getvalue()))
            row.seek(0)
            row.truncate()


def _rows(audit: Audit) -> Iterator[dict[str, object]]:
    for file in audit.files():
        if file.state in (FileState.PARTLY, FileState.NOT_CHECKED):
            yield _file(file)
        for finding in file.findings:
            yield _finding(finding)
    yield _account(audit.summary)


def _file(file: FileReport) -> dict[str, object]:
    return {"status": file.state.value, "name": file.name, "reason": file.reason}


def _account(summary: Summary) -> dict[str, object]:
    sentences = [
        f"{exit_in_words(summary)}.",
        coverage_in_words(summary),
        f"Left out: {left_out_in_words(summary)}." if summary.coverage.left_out else "",
        index_in_words(summary),
        policy_in_words(summary),
        NOT_TOLD,
    ]
    return {
        "status": "audit",
        "name": summary.root,
        "reason": " ".join(sentence for sentence in sentences if sentence),
    }


def _finding(finding: Finding) -> dict[str, object]:
    passage, ruling, decision = finding.passage, finding.ruling, finding.decision
    source = passage.sources[ruling.source]
    place = cited(source)
    values: dict[str, object] = {
        "status": status_of(finding),
        "severity": ruling.severity.word,
        "verdict": ruling.verdict.value,
        "name": finding.name,
        "first_line": passage.span.start_line,
        "last_line": passage.span.end_line,
        "license": ruling.license,
        "family": ruling.family,
        "label": passage.label.value,
        "kind": source.kind.value,
        "confidence": round(passage.confidence, 4),
        "containment": round(passage.containment, 4),
        "tokens": passage.tokens,
        "source_repository": place.repository,
        "source_path": place.path,
        "source_first_line": "" if place.lines is None else place.lines[0],
        "source_last_line": "" if place.lines is None else place.lines[1],
        "source_revision": place.revision,
        "source_url": place.url or "",
        "source_swhid": place.swhid,
        "source_purl": place.purl or "",
        "source_license": place.license,
        "source_license_evidence": place.evidence,
        "source_license_conflict": place.conflict or "",
        "sources": len(passage.sources),
        "places": place.places,
        "rule": ruling.rule,
        "reason": ruling.reason,
        "id": finding.id,
        "key": passage.key,
    }
    if decision is not None:
        values |= {
            "decision_reason": decision.reason,
            "decision_where": decision.where,
            "decision_author": decision.author,
            "decision_date": decision.date,
            "decision_expires": decision.expires or "",
        }
    return values


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    # Before controls become visible: a tab or a line end at the start hides a formula from us.
    guard = "'" if value[:1] in _FORMULA or value.lstrip()[:1] in _FORMULA else ""
    return guard + one_line(value)
