"""JUnit XML: what every CI server can show. A file is a test case.

A file with open findings is a failure, one that was not wholly checked an error (and its findings
are told there: a reader takes one outcome a case), one that was left out is skipped. The totals
stand before the cases, so the run is read twice. There is no one schema; this is the part that
Jenkins', GitLab's and junitparser's readings have in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from attribution.reports.numbers import count_of
from audit.reports.account import (
    NOT_TOLD,
    at,
    coverage_in_words,
    decided_in_words,
    exit_in_words,
    index_in_words,
    left_out_in_words,
    policy_in_words,
    reason_of,
)
from audit.reports.cited import cited, copy_in_words
from audit.reports.interface import Audit, Report
from audit.reports.safe_text import encoded, one_line
from audit.types import FileReport, FileState, Finding, Summary

__all__ = ["JunitReport"]


class JunitReport(Report):
    """A test case a file."""

    name = "junit"
    summary = "JUnit XML, for the test page of a CI server"

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
        if file.state in (FileState.PARTLY, FileState.NOT_CHECKED):
            errors += 1
        elif file.state is FileState.LEFT_OUT:
            skipped += 1
        elif any(finding.open for finding in file.findings):
            failures += 1
    counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": skipped}
    return {key: str(count) for key, count in counts.items()}


def _properties(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "result", exit_in_words(summary)
    yield "coverage", coverage_in_words(summary)
    if summary.coverage.left_out:
        yield "left out", left_out_in_words(summary)
    if summary.decided:
        yield "decided", decided_in_words(summary)
    yield "index", index_in_words(summary)
    yield "policy", policy_in_words(summary)
    yield "tool", summary.tool
    for problem in summary.problems:
        yield "problem", problem
    for stale in summary.stale:
        yield "stale decision", f"{stale.where}: {stale.what}: {stale.why}"
    yield "not told", NOT_TOLD


def _case(file: FileReport) -> Iterator[str]:
    findings = [finding for finding in file.findings if finding.open]
    told = f"{count_of(len(findings), 'open finding')}: {_licenses(findings)}" if findings else ""
    head = f"<testcase{_attributes(classname='whence', name=file.name, file=file.name)}"
    text = "\n\n".join(map(_finding, findings))
    if file.state in (FileState.PARTLY, FileState.NOT_CHECKED):
        message = f"{file.state.value}: {file.reason}" + (f"; {told}" if told else "")
        yield f"{head}>"
        yield f"<error{_attributes(message=message, type=file.state.value)}>{escape(text)}</error>"
    elif file.state is FileState.LEFT_OUT:
        yield f"{head}>"
        yield f"<skipped{_attributes(message=f'left out: {file.reason}')}/>"
    elif findings:
        worst = max(finding.ruling.severity for finding in findings).word
        yield f"{head}>"
        yield f"<failure{_attributes(message=told, type=worst)}>{escape(text)}</failure>"
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
    place = cited(finding.passage.sources[ruling.source])
    lines = (
        f"{at(finding)} {ruling.severity.word}: {ruling.verdict.value}, {ruling.license}",
        f"{copy_in_words(finding)} of {place.where} in {place.repository}",
        f"{reason_of(finding)}.",
        place.url or place.swhid,
        f"id {finding.id}",
    )
    return "\n".join(map(one_line, lines))


def _attributes(**values: str) -> str:
    """Attributes with a blank before each; control characters are no XML, however escaped."""
    return "".join(f" {name}={quoteattr(one_line(value))}" for name, value in values.items())
