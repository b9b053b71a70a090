"""`Tally`: the counts of a run."""

from __future__ import annotations

from collections import Counter

from audit.types import Coverage, FileReport, FileState, Finding, Severity

__all__ = ["Tally"]

_CONFLICT = "licenses.conflict"  # the rule for evidence that disagrees


class Tally:
    """The counts for a Summary. Memory grows with reasons and licences, not with files."""

    def __init__(self) -> None:
        self.allowed = 0  # findings without a severity under the policy
        self.open = Counter[str]()  # by severity word
        self.decided = Counter[str]()  # by kind of decision
        self.verdicts = Counter[str]()
        self.licenses = Counter[str]()
        self.labels = Counter[str]()
        self._states = Counter[FileState]()
        self._left_out_by = Counter[str]()
        self._too_short = self._lines = self._matched = self._bytes = self._cached = 0

    def add(self, report: FileReport, size: int, *, too_short: bool, cached: bool) -> None:
        """Count a file of `size` bytes."""
        self._states[report.state] += 1
        if report.state is FileState.LEFT_OUT:
            self._left_out_by[report.reason.partition(":")[0]] += 1
            return
        if report.state is FileState.NOT_CHECKED:
            return
        self._too_short += too_short
        self._cached += cached
        self._lines += report.lines
        self._bytes += size
        self._matched += _lines_of(report)
        for finding in report.findings:
            self._count(finding)

    def coverage(self) -> Coverage:
        """How many of the files were checked."""
        return Coverage(
            checked=self._states[FileState.CHECKED],
            too_short=self._too_short,
            partly=self._states[FileState.PARTLY],
            not_checked=self._states[FileState.NOT_CHECKED],
            left_out=self._states[FileState.LEFT_OUT],
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
        # conflicting licences are not the same as no licence
        conflict = finding.ruling.rule == _CONFLICT
        self.licenses["in conflict" if conflict else finding.ruling.license] += 1
        self.labels[finding.passage.label.value] += 1


def _lines_of(report: FileReport) -> int:
    """Lines in findings with a severity, each counted once. Findings are in text order."""
    lines = reached = 0
    for finding in report.findings:
        if finding.ruling.severity > Severity.NONE:
            span = finding.passage.span
            lines += max(span.end_line - max(span.start_line - 1, reached), 0)
            reached = max(reached, span.end_line)
    return lines
