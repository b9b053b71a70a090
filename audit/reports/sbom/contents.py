"""What bills of materials contain, whatever their format: third-party code that was kept.

That is all code but what people dismissed: allowed, attributed, accepted and open findings alike.
One's own code (the policy's rule `own`) is not listed. Names of other people are never part of an
identifier, and stay on one line.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.wording import license_in_words
from attribution.reports.numbers import count_of, percent
from attribution.types import LicenseEvidence, Source, lines_in_words
from audit.reports.interface import Audit
from audit.reports.safe_text import one_line
from audit.reports.source_location import SourceLocation
from audit.reports.wording import capitalized, run_sentences
from audit.types import DecisionKind, FileReport, FileState, Finding, Summary

__all__ = [
    "document_uuid",
    "evidence_in_words",
    "kept_files",
    "match_in_words",
    "other_occurrences",
    "ruling_in_words",
    "run_remarks",
    "source_name",
    "warnings_of",
]

_LISTED_FILES = 100  # unchecked files that are named; the text and JSON reports are complete
_LISTED_OCCURRENCES = 20  # further occurrences of a source that are named


def kept_files(audit: Audit) -> Iterator[tuple[FileReport, tuple[Finding, ...]]]:
    """Files that contain third-party code, each with the findings that show it."""
    for file in audit.files():
        findings = tuple(finding for finding in file.findings if _is_kept(finding))
        if findings:
            yield file, findings


def _is_kept(finding: Finding) -> bool:
    if finding.decision is not None and finding.decision.kind is DecisionKind.DISMISSED:
        return False
    return finding.ruling.rule.partition(".")[0] != "own"


def document_uuid(summary: Summary, format_: str) -> uuid.UUID:
    """The UUID of a document: the same whenever a run is written in a format."""
    index = summary.index.version if summary.index else ""
    parts = (format_, summary.tool, summary.root, summary.began, str(summary.seconds), index)
    return uuid.uuid5(uuid.NAMESPACE_OID, one_line("\0".join(parts)))


def source_name(location: SourceLocation) -> str:
    """The name of the repository or package."""
    return one_line(location.repository if location.occurrence else "") or "unknown source"


def run_remarks(audit: Audit) -> Iterator[str]:
    """What was audited against what, and what was not checked: sentences of one line each."""
    summary, coverage = audit.summary, audit.summary.coverage
    yield one_line(f"Third-party code in {summary.root}.")
    yield from map(one_line, run_sentences(summary))
    yield from (f"Incomplete: {one_line(problem)}" for problem in summary.problems[:_LISTED_FILES])
    for _, file in zip(range(_LISTED_FILES), audit.unchecked_files(), strict=False):
        yield _state(file)
    more = coverage.partly + coverage.not_checked - _LISTED_FILES
    if more > 0:
        yield f"And {count_of(more, 'more file')} not fully checked."
    dismissed = summary.decided.get(DecisionKind.DISMISSED, 0)
    if dismissed:
        yield f"{count_of(dismissed, 'finding')} dismissed, not listed here."


def warnings_of(file: FileReport) -> list[str]:
    """How a file was read, if that was not straightforward."""
    warnings = [one_line(warning) for warning in file.warnings]
    return warnings if file.state is FileState.CHECKED else [*warnings, _state(file)]


def _state(file: FileReport) -> str:
    return one_line(f"{capitalized(file.state.value)}: {file.name}: {file.reason}")


def match_in_words(finding: Finding, source: Source, location: SourceLocation) -> str:
    """How a passage and a source agree, with the figures."""
    passage, where = finding.passage, location.document
    if location.occurrence is not None:
        where = f"{one_line(location.path)} of {source_name(location)}"
    if location.lines is not None:
        where = f"{lines_in_words(*location.lines)} of {where}"
    return (
        f"{capitalized(passage.span.in_words)} of {one_line(finding.name)}: like "
        f"{where}: {source.kind}, {percent(source.containment)} of the passage, longest run "
        f"{count_of(source.longest_run_tokens, 'token')}, confidence {source.confidence:.2f}."
    )


def other_occurrences(source: Source, location: SourceLocation) -> str:
    """The further occurrences of a source in a sentence; "" if there are none."""
    others = [o for o in source.occurrences if o is not location.occurrence]
    if source.occurrences_total <= 1 or not others:
        return ""
    names = ", ".join(
        f"{one_line(o.repository)} {one_line(o.path)} ({one_line(o.license.expression)})"
        for o in others[:_LISTED_OCCURRENCES]
    )
    rest = source.occurrences_total - 1 - min(len(others), _LISTED_OCCURRENCES)
    more = f" and {rest:,} more" if rest > 0 else ""
    why = f"; this one is {one_line(source.origin.reason)}" if source.origin else ""
    return f"One of {source.occurrences_total:,} occurrences{why}. Also: {names}{more}."


def ruling_in_words(finding: Finding) -> str:
    """What the policy says about a finding, and what people decided."""
    ruling, decision = finding.ruling, finding.decision
    text = f"Policy: {ruling.verdict} by {one_line(ruling.rule)}: {_sentence(ruling.reason)}"
    if decision is None:
        return text + (" Open." if finding.open else "")
    author = f" by {one_line(decision.author)}" if decision.author else ""
    date = f" on {one_line(decision.date)}" if decision.date else ""
    until = f", until {one_line(decision.expires)}" if decision.expires else ""
    return (
        f"{text} {decision.kind.capitalize()}{author}{date}{until} ({one_line(decision.place)}): "
        f"{_sentence(decision.reason)}"
    )


def evidence_in_words(license_: LicenseEvidence) -> str:
    """Where a licence was read, and what contradicts it."""
    if license_.expression == NOASSERTION:
        text = "No licence of the source is known. Without one, no permission may be assumed."
    else:
        text = f"{one_line(license_in_words(license_))}."
    if license_.conflict:
        text += f" In conflict, settle before use: {_sentence(license_.conflict)}"
    return text


def _sentence(text: str) -> str:
    text = one_line(text).rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
