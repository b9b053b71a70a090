"""GitLab code quality (a subset of Code Climate's issues): shown in merge requests.

A JSON array of issues with a description, a check's name, a fingerprint by which GitLab recognises
known ones, a severity on its own scale, and a path from the repository's root. The format has no
field for the summary of a run: files that were not fully checked are issues too, and each
description ends with the index that was used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from audit.reports.interface import Audit, Report, is_unchecked
from audit.reports.json import encode_json
from audit.reports.safe_text import brief
from audit.reports.source_location import deciding_location
from audit.reports.wording import (
    capitalized,
    copy_in_words,
    index_in_words,
    reason_of,
    state_in_words,
)
from audit.types import FileReport, Finding, Severity

__all__ = ["GitlabReport"]

_SEVERITIES = {Severity.NOTE: "info", Severity.WARNING: "major", Severity.ERROR: "critical"}
_LONGEST = 1000  # characters of a description; GitLab shows it in one row


class GitlabReport(Report):
    """One issue per open finding."""

    name = "gitlab"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the array, one issue per line."""
        stream.write(b"[")
        for count, issue in enumerate(_issues(audit)):
            stream.write(b",\n" if count else b"\n")
            stream.write(encode_json(issue))
        stream.write(b"\n]\n")


def _issues(audit: Audit) -> Iterator[dict[str, object]]:
    index = index_in_words(audit.summary)
    for file in audit.files():
        if is_unchecked(file):
            yield _file(file)
        for finding in file.findings:
            if finding.open:
                yield _finding(finding, index)


def _finding(finding: Finding, index: str) -> dict[str, object]:
    ruling, span = finding.ruling, finding.passage.span
    location = deciding_location(finding)
    text = (
        f"{copy_in_words(finding).capitalize()} of {location.where} in {location.repository} "
        f"({ruling.license}): {ruling.verdict.value}. {reason_of(finding)}. "
        f"{location.address} {index}"
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
    identity = f"{file.state.value}\0{file.name}"  # the same in every run
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    check = f"whence/{file.state.value.replace(' ', '-')}"
    return _issue(capitalized(state_in_words(file)), check, digest, "major", file.name, (1, 1))


def _issue(
    description: str,
    check: str,
    fingerprint: str,
    severity: str,
    path: str,
    lines: tuple[int, int],
) -> dict[str, object]:
    return {
        "description": brief(description, _LONGEST),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": lines[0], "end": lines[1]}},
    }
