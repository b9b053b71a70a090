"""`Tally`: the counts of a run, file after file."""

from __future__ import annotations

from collections import Counter

from audit.types import Coverage, FileReport, Finding, Severity, State

__all__ = ["Tally"]

_CONFLICT = "licenses.conflict"  # the rule for evidence that disagrees


class Tally:
    """What a Summary counts. Grows with the number of reasons and licences, not of files."""

    def __init__(self) -> None:
        self.allowed = 0  # findings that weigh nothing under the policy
        self.open = Counter[str]()  # by severity word
        self.decided = Counter[str]()  # by kind of decision
        self.verdicts = Counter[str]()
        self.licenses = Counter[str]()
        self.labels = Counter[str]()
        self._states = Counter[State]()
        self._left_out_by = Counter[str]()
        self._too_short = self._lines = self._matched = self._bytes = self._cached = 0

    def add(self, report: FileReport, size: int, *, too_short: bool, cached: bool) -> None:
        """Count a file of so many bytes."""
        self._states[report.state] += 1
        if report.state is State.LEFT_OUT:
            self._left_out_by[report.reason.partition(":")[0]] += 1
            return
        if report.state is State.NOT_CHECKED:
            return
        self._too_short += too_short
        self._cached += cached
        self._lines += report.lines
        self._bytes += size
        self._matched += _lines_of(report)
        for finding in report.findings:
            self._count(finding)

    def coverage(self) -> Coverage:
        """How much of what was met was checked."""
        return Coverage(
            checked=self._states[State.CHECKED],
            too_short=self._too_short,
            partly=self._states[State.PARTLY],
            not_checked=self._states[State.NOT_CHECKED],
            left_out=self._states[State.LEFT_OUT],
            left_out_by=dict(self._left_out_by.most_common()),
            lines=self._lines,
            lines_matched=min(self._matched, self._lines),
            bytes=self._bytes,
            from_cache=self._cached,
        )

    def _count(self, finding: Finding) -> None:
        if finding.decision is not None:
            self.decided[finding.decision.kind.value] += 1
            return
        if not finding.open:
            self.allowed += 1
            return
        self.open[finding.ruling.severity.word] += 1
        self.verdicts[finding.ruling.verdict.value] += 1
        # no licence, and two that contradict each other, are not the same
        conflict = finding.ruling.rule == _CONFLICT
        self.licenses["in conflict" if conflict else finding.ruling.license] += 1
        self.labels[finding.passage.label.value] += 1


def _lines_of(report: FileReport) -> int:
    """Lines in findings with a severity; those in two count once. Findings are in text order."""
    lines = reached = 0
    for finding in report.findings:
        if finding.ruling.severity > Severity.NONE:
            span = finding.passage.span
            lines += max(span.end_line - max(span.start_line - 1, reached), 0)
            reached = max(reached, span.end_line)
    return lines
