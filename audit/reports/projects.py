"""The open findings by source project and licence: what a long list of findings comes down to."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.licensing.expressions import NOASSERTION
from audit.reports.interface import Audit
from audit.reports.source_location import deciding_location
from audit.types import Severity

__all__ = ["ProjectRow", "project_rows"]


@dataclass(slots=True)
class ProjectRow:
    """The open findings whose deciding source is of one project and licence."""

    project: str  # repository, or the SWHID of a source that is no longer in the index
    license: str
    severity: Severity  # the highest
    findings: int = 0
    files: int = 0
    lines: int = 0  # of the findings


def project_rows(audit: Audit) -> list[ProjectRow]:
    """A row for each project and licence, the most severe and the most findings first."""
    rows: dict[tuple[str, str], ProjectRow] = {}
    for file in audit.files():
        here = set()
        for finding in file.findings:
            if not finding.open:
                continue
            ruling = finding.ruling
            license_ = "not known" if ruling.license == NOASSERTION else ruling.license
            key = (deciding_location(finding).repository, license_)
            row = rows.setdefault(key, ProjectRow(*key, ruling.severity))
            row.severity = max(row.severity, ruling.severity)
            row.findings += 1
            row.files += key not in here
            row.lines += finding.passage.span.end_line - finding.passage.span.start_line + 1
            here.add(key)
    order = {key: at for at, key in enumerate(rows)}
    return [
        rows[key]
        for key in sorted(rows, key=lambda k: (-rows[k].severity, -rows[k].findings, order[k]))
    ]
