"""CSV (RFC 4180) for spreadsheets: a row per finding, and per file that was not fully checked.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula: such a cell gets an
apostrophe in front, as OWASP advises. The last row summarises the run, so that a table that is
passed on says where it comes from.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from attribution.licensing.wording import read_from
from audit.reports.interface import Audit, Report, is_unchecked
from audit.reports.safe_text import encoded, one_line
from audit.reports.source_location import deciding_location
from audit.reports.wording import exit_in_words, run_sentences, status_of
from audit.types import FileReport, Finding, Summary

__all__ = ["COLUMNS", "CsvReport"]

COLUMNS = (
    "status", "severity", "verdict", "name", "first_line", "last_line", "license", "family",
    "label", "kind", "confidence", "containment", "tokens", "source_repository", "source_path",
    "source_first_line", "source_last_line", "source_revision", "source_url", "source_swhid",
    "source_purl", "source_license", "source_license_evidence", "source_license_conflict",
    "sources",
    "places",  # words: allow
    "rule", "reason", "decision_reason", "decision_where", "decision_author", "decision_date",
    "decision_expires", "id", "key", "source_license_read_from", "source_holders",
)  # fmt: skip

# First characters of a formula; the last four are the full-width forms of the first four.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


class CsvReport(Report):
    """One row per finding."""

    name = "csv"

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
        if is_unchecked(file):
            yield _file(file)
        for finding in file.findings:
            yield _finding(finding)
    yield _run(audit.summary)


def _file(file: FileReport) -> dict[str, object]:
    return {"status": file.state.value, "name": file.name, "reason": file.reason}


def _run(summary: Summary) -> dict[str, object]:
    sentences = [f"{exit_in_words(summary)}.", *run_sentences(summary)]
    return {"status": "audit", "name": summary.root, "reason": " ".join(sentences)}


def _finding(finding: Finding) -> dict[str, object]:
    passage, ruling, decision = finding.passage, finding.ruling, finding.decision
    location = deciding_location(finding)
    first, last = location.lines or ("", "")
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
        "kind": passage.sources[ruling.source].kind.value,
        "confidence": round(passage.confidence, 4),
        "containment": round(passage.containment, 4),
        "tokens": passage.tokens,
        "source_repository": location.repository,
        "source_path": location.path,
        "source_first_line": first,
        "source_last_line": last,
        "source_revision": location.revision,
        "source_url": location.citation.url or "",
        "source_swhid": location.citation.swhid,
        "source_purl": location.citation.purl or "",
        "source_license": location.license.expression,
        "source_license_evidence": location.license.evidence,
        "source_license_conflict": location.license.conflict or "",
        "sources": len(passage.sources),
        "places": location.occurrences,  # words: allow
        "rule": ruling.rule,
        "reason": ruling.reason,
        "id": finding.id,
        "key": passage.key,
        "source_license_read_from": read_from(location.license),
        "source_holders": "; ".join(location.copyright),
    }
    if decision is not None:
        values |= {
            "decision_reason": decision.reason,
            "decision_where": decision.place,
            "decision_author": decision.author,
            "decision_date": decision.date,
            "decision_expires": decision.expires or "",
        }
    return values


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    # Checked before controls become visible: a leading tab or line end would hide a formula.
    guard = "'" if value[:1] in _FORMULA or value.lstrip()[:1] in _FORMULA else ""
    return guard + one_line(value)
