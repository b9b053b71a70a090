"""JUnit XML: what every CI server can show. A file is a test case.

A file with open findings is a failure; one that was not fully checked is an error, which lists its
findings too because a case has only one outcome; one that was left out is skipped. The totals come
before the cases, so the run is read twice. There is no single schema; this is what Jenkins, GitLab
and junitparser all read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from attribution.reports.numbers import count_of
from audit.reports.interface import Audit, Report, is_unchecked
from audit.reports.safe_text import encoded, one_line
from audit.reports.source_location import deciding_location
from audit.reports.wording import (
    LIMITS,
    copy_in_words,
    finding_location,
    reason_of,
    run_facts,
    state_in_words,
)
from audit.types import FileReport, FileState, Finding, Summary

__all__ = ["JunitReport"]


class JunitReport(Report):
    """One test case per file."""

    name = "junit"

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write the totals, then case by case."""
        for line in _lines(audit):
            stream.write(encoded(line) + b"\n")


def _lines(audit: Audit) -> Iterator[str]:
    summary = audit.summary
    totals = _totals(audit)
    time = f"{summary.seconds:.3f}"
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites{_attributes(name='whence audit', **totals, time=time)}>"
    began = summary.began.removesuffix("Z").removesuffix("+00:00")  # the format has no zones
    yield f"<testsuite{_attributes(name='whence audit', **totals, time=time, timestamp=began)}>"
    yield "<properties>"
    for name, value in _properties(summary):
        yield f"<property{_attributes(name=name, value=value)}/>"
    yield "</properties>"
    for file in audit.files():
        yield from _case(file)
    yield "</testsuite>"
    yield "</testsuites>"


def _totals(audit: Audit) -> dict[str, str]:
    tests = failures = errors = skipped = 0
    for file in audit.files():
        tests += 1
        if is_unchecked(file):
            errors += 1
        elif file.state is FileState.LEFT_OUT:
            skipped += 1
        elif any(finding.open for finding in file.findings):
            failures += 1
    counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": skipped}
    return {key: str(count) for key, count in counts.items()}


def _properties(summary: Summary) -> Iterator[tuple[str, str]]:
    yield from run_facts(summary).items()
    yield "tool", summary.tool
    for problem in summary.problems:
        yield "problem", problem
    for stale in summary.stale:
        yield "stale decision", f"{stale.where}: {stale.what}: {stale.why}"
    yield "limits", LIMITS


def _case(file: FileReport) -> Iterator[str]:
    findings = [finding for finding in file.findings if finding.open]
    count = f"{count_of(len(findings), 'open finding')}: {_licenses(findings)}" if findings else ""
    head = f"<testcase{_attributes(classname='whence', name=file.name, file=file.name)}"
    text = "\n\n".join(map(_finding, findings))
    if is_unchecked(file):
        message = "; ".join(filter(None, (state_in_words(file), count)))
        yield f"{head}>"
        yield f"<error{_attributes(message=message, type=file.state.value)}>{escape(text)}</error>"
    elif file.state is FileState.LEFT_OUT:
        yield f"{head}>"
        yield f"<skipped{_attributes(message=state_in_words(file))}/>"
    elif findings:
        worst = max(finding.ruling.severity for finding in findings).word
        yield f"{head}>"
        yield f"<failure{_attributes(message=count, type=worst)}>{escape(text)}</failure>"
    else:
        yield f"{head}/>"
        return
    yield "</testcase>"


def _licenses(findings: Sequence[Finding]) -> str:
    return ", ".join(
        dict.fromkeys(f"{f.ruling.license} {f.ruling.verdict.value}" for f in findings)
    )


def _finding(finding: Finding) -> str:
    ruling = finding.ruling
    location = deciding_location(finding)
    where = finding_location(finding)
    lines = (
        f"{where} {ruling.severity.word}: {ruling.verdict.value}, {ruling.license}",
        f"{copy_in_words(finding)} of {location.where} in {location.repository}",
        f"{reason_of(finding)}.",
        location.address,
        f"id {finding.id}",
    )
    return "\n".join(map(one_line, lines))


def _attributes(**values: str) -> str:
    """Attributes each after a space; XML has no control characters, not even escaped."""
    return "".join(f" {name}={quoteattr(one_line(value))}" for name, value in values.items())
