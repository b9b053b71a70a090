"""GitLab code quality (a subset of Code Climate's issues): shown in merge requests.

A JSON array of issues with a description, a check's name, a fingerprint by which GitLab tells new
ones from known, a severity of its own scale, and a path from the repository's root. The format has
no place for an account of the run: files that were not wholly checked are issues too, and each
description ends with the index that was asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from audit.reports.account import index_in_words, reason_of
from audit.reports.cited import cited, copy_in_words
from audit.reports.interface import Audit, Report
from audit.reports.json import written
from audit.reports.safe_text import one_line, shortened
from audit.types import FileReport, FileState, Finding, Severity

__all__ = ["GitlabReport"]

_SEVERITIES = {Severity.NOTE: "info", Severity.WARNING: "major", Severity.ERROR: "critical"}
_LONGEST = 1000  # characters of a description; GitLab shows it in one row


class GitlabReport(Report):
    """An issue a finding that is open."""

    name = "gitlab"
    summary = "GitLab code quality, for merge requests"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the array, an issue a line."""
        stream.write(b"[")
        for count, issue in enumerate(_issues(audit)):
            stream.write(b",\n" if count else b"\n")
            stream.write(written(issue))
        stream.write(b"\n]\n")


def _issues(audit: Audit) -> Iterator[dict[str, object]]:
    index = index_in_words(audit.summary)
    for file in audit.files():
        if file.state in (FileState.PARTLY, FileState.NOT_CHECKED):
            yield _file(file)
        for finding in file.findings:
            if finding.open:
                yield _finding(finding, index)


def _finding(finding: Finding, index: str) -> dict[str, object]:
    ruling, span = finding.ruling, finding.passage.span
    place = cited(finding.passage.sources[ruling.source])
    text = (
        f"{copy_in_words(finding).capitalize()} of {place.where} in {place.repository} "
        f"({ruling.license}): {ruling.verdict.value}. {reason_of(finding)}. "
        f"{place.url or place.swhid} {index}"
    )
    return _issue(
        text,
        f"whence/{ruling.verdict.value}",
        finding.id,
        _SEVERITIES[ruling.severity],
        finding.name,
        (span.start_line, span.end_line),
    )


def _file(file: FileReport) -> dict[str, object]:
    digest = hashlib.sha256(_identity(file)).hexdigest()[:16]
    check = f"whence/{file.state.value.replace(' ', '-')}"
    text = f"{file.state.value.capitalize()}: {file.reason}"
    return _issue(text, check, digest, "major", file.name, (1, 1))


def _identity(file: FileReport) -> bytes:
    """What a file that was not checked is known by from run to run."""
    return f"{file.state.value}\0{file.name}".encode("utf-8", "surrogatepass")


def _issue(
    description: str,
    check: str,
    fingerprint: str,
    severity: str,
    path: str,
    lines: tuple[int, int],
) -> dict[str, object]:
    return {
        "description": shortened(one_line(description), _LONGEST),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": lines[0], "end": lines[1]}},
    }
