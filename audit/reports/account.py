"""What every report says of a run, in sentences: coverage, index, policy, exit code, and limits."""

from __future__ import annotations

from attribution.reports.numbers import count_of
from attribution.types import Span
from audit.types import DecisionKind, Finding, Severity, Summary

__all__ = [
    "NOT_TOLD",
    "at",
    "coverage_in_words",
    "decided_in_words",
    "exit_in_words",
    "index_in_words",
    "left_out_in_words",
    "lines_in_words",
    "open_in_words",
    "policy_in_words",
    "reason_of",
    "status_of",
]

# What no audit tells (design, section 10); each report says it.
NOT_TOLD = (
    "Not legal advice. Only what the index holds, at its date. "
    "Equal code may have been written independently."
)

_SEVERITIES = tuple(s.word for s in sorted(Severity, reverse=True) if s)


def open_in_words(summary: Summary) -> str:
    """`3 open findings (2 errors, 1 note)`, or `no open findings`."""
    total = sum(summary.open.values())
    if not total:
        return "no open findings"
    parts = [count_of(summary.open[word], word) for word in _SEVERITIES if summary.open.get(word)]
    return f"{count_of(total, 'open finding')} ({', '.join(parts)})"


def exit_in_words(summary: Summary) -> str:
    """What the exit code means in this run, one sentence."""
    code = summary.exit_code
    if code == 2:
        lacking = [
            f"{count:,} {how}"
            for count, how in (
                (summary.coverage.not_checked, "not checked"),
                (summary.coverage.partly, "in part only"),
            )
            if count
        ]
        why = f": {', '.join(lacking or summary.problems[:1])}"
        return f"exit 2: not all that was asked could be checked{why}"
    if summary.fail_on is None:
        return "exit 0: this policy reports and never fails"
    at_or_over = f"at or over {summary.fail_on.word}"
    allowed = f", {summary.max_findings:,} allowed" if summary.max_findings else ""
    if code == 1:
        return f"exit 1: {count_of(summary.over, 'open finding')} {at_or_over}{allowed}"
    if summary.over:
        return f"exit 0: {count_of(summary.over, 'open finding')} {at_or_over}{allowed}"
    return f"exit 0: no open finding {at_or_over}"


def coverage_in_words(summary: Summary) -> str:
    """How much was checked, in one sentence."""
    coverage = summary.coverage
    checked = count_of(coverage.checked, "file")
    notes = [
        f"{count:,} {what}"
        for count, what in (
            (coverage.from_cache, "from the cache"),
            (coverage.too_short, "too short to judge"),
        )
        if count
    ]
    parts = [f"{checked} checked" + (f" ({', '.join(notes)})" if notes else "")]
    for count, what in (
        (coverage.partly, "checked in part only"),
        (coverage.not_checked, "not checked"),
        (coverage.left_out, "left out"),
    ):
        if count:
            parts.append(f"{count:,} {what}")
    matched = count_of(coverage.lines_matched, "line")
    return f"{', '.join(parts)}; {matched} of {coverage.lines:,} in findings."


def left_out_in_words(summary: Summary) -> str:
    """Reasons and how many files each left out, the commonest first; "" when none was."""
    by = sorted(summary.coverage.left_out_by.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{reason} {count:,}" for reason, count in by)


def index_in_words(summary: Summary) -> str:
    """Which index was asked, in one sentence."""
    index = summary.index
    if index is None:
        return "No index could be opened: nothing was checked."
    files, places = count_of(index.documents, "file"), count_of(index.occurrences, "place")
    return f"Checked against {index.name} of {index.date[:10]}: {files}, {places}."


def policy_in_words(summary: Summary) -> str:
    """Which policy decided, in one sentence."""
    if summary.fail_on is None:
        return f"Policy {summary.policy}, which never fails."
    allowed = f", with more than {summary.max_findings:,}" if summary.max_findings else ""
    return f"Policy {summary.policy}, which fails at {summary.fail_on.word}{allowed}."


def decided_in_words(summary: Summary) -> str:
    """`2 accepted, 1 dismissed`; "" when nothing is decided."""
    return ", ".join(
        f"{summary.decided[kind]:,} {kind.value}"
        for kind in DecisionKind
        if summary.decided.get(kind)
    )


def status_of(finding: Finding) -> str:
    """`open`, `accepted`, `dismissed`, `attributed` or `allowed`."""
    if finding.decision is not None:
        return finding.decision.kind.value
    return "open" if finding.open else "allowed"


def reason_of(finding: Finding) -> str:
    """Why it is ruled as it is, one sentence without its stop, with the rule's id."""
    ruling = finding.ruling
    reason = ruling.reason.rstrip(". ")
    return reason if ruling.rule in reason else f"{reason} ({ruling.rule})"


def lines_in_words(span: Span) -> str:
    """`line 3`, `lines 3-9`."""
    if span.start_line == span.end_line:
        return f"line {span.start_line}"
    return f"lines {span.start_line}-{span.end_line}"


def at(finding: Finding) -> str:
    """`path:3-9`, or `path:3`: what editors and terminals jump to."""
    span = finding.passage.span
    last = "" if span.start_line == span.end_line else f"-{span.end_line}"
    return f"{finding.name}:{span.start_line}{last}"
