"""What bills of materials say in words, whatever their format. Names of strangers stay one line."""

from __future__ import annotations

from collections.abc import Iterator

from attribution.licenses import NOASSERTION
from attribution.reports.numbers import count_of, percent
from attribution.types import LicenseEvidence, Source
from audit.reports.account import (
    NOT_TOLD,
    coverage_in_words,
    index_in_words,
    left_out_in_words,
    lines_in_words,
    policy_in_words,
)
from audit.reports.interface import Audit
from audit.reports.safe_text import one_line
from audit.reports.sbom.sources import Place
from audit.types import DecisionKind, FileReport, FileState, Finding

__all__ = [
    "account",
    "evidence_in_words",
    "match_in_words",
    "other_places",
    "remarks_on",
    "ruling_in_words",
]

LISTED = 100  # names of unchecked files that are told; the text and JSON reports have them all
LISTED_PLACES = 20  # further places of a source that are told


def account(audit: Audit) -> Iterator[str]:
    """What was audited against what, and what was not checked: sentences of one line each."""
    summary = audit.summary
    yield one_line(f"Code kept from others in {summary.root}. {policy_in_words(summary)}")
    yield one_line(index_in_words(summary))
    yield coverage_in_words(summary)
    if summary.coverage.left_out:
        yield one_line(f"Left out by rules: {left_out_in_words(summary)}.")
    yield from (f"Not complete: {one_line(problem)}" for problem in summary.problems[:LISTED])
    yield from _unchecked(audit)
    dismissed = summary.decided.get(DecisionKind.DISMISSED, 0)
    if dismissed:
        yield f"{count_of(dismissed, 'finding')} dismissed as no copy: not listed here."
    yield NOT_TOLD


def _unchecked(audit: Audit) -> Iterator[str]:
    coverage = audit.summary.coverage
    if coverage.complete:
        return
    told = 0
    for file in audit.files():
        if file.state in (FileState.PARTLY, FileState.NOT_CHECKED):
            yield f"{file.state.capitalize()}: {one_line(file.name)}: {one_line(file.reason)}"
            told += 1
            if told == LISTED:
                break
    rest = coverage.partly + coverage.not_checked - told
    if rest > 0:
        yield f"And {count_of(rest, 'file')} more that were not checked as a whole."


def match_in_words(finding: Finding, source: Source, place: Place) -> str:
    """How a passage and a source agree, with the figures."""
    passage = finding.passage
    where = place.document
    if place.occurrence is not None:
        where = f"{one_line(place.occurrence.path)} of {place.name}"
    if place.lines is not None:
        where = f"lines {place.lines[0]}-{place.lines[1]} of {where}"
    return (
        f"{lines_in_words(passage.span).capitalize()} of {one_line(finding.name)}: like "
        f"{where}: {source.kind}, {percent(source.containment)} of the passage, longest run "
        f"{count_of(source.longest_run_tokens, 'token')}, confidence {source.confidence:.2f}."
    )


def other_places(source: Source, place: Place) -> str:
    """The further places of a source in a sentence; "" when there are none."""
    others = [o for o in source.occurrences if o is not place.occurrence]
    if source.occurrences_total <= 1 or not others:
        return ""
    names = ", ".join(
        f"{one_line(o.repository)} {one_line(o.path)} ({one_line(o.license.expression)})"
        for o in others[:LISTED_PLACES]
    )
    rest = source.occurrences_total - 1 - min(len(others), LISTED_PLACES)
    more = f" and {rest:,} more" if rest > 0 else ""
    why = f"; the first is {one_line(source.origin.reason)}" if source.origin else ""
    return f"Seen in {source.occurrences_total:,} places{why}. Also: {names}{more}."


def ruling_in_words(finding: Finding) -> str:
    """What the policy says of a finding, and what people decided."""
    ruling, decision = finding.ruling, finding.decision
    text = f"Policy: {ruling.verdict} by {one_line(ruling.rule)}: {_sentence(ruling.reason)}"
    if decision is None:
        return text + (" Open." if finding.open else "")
    who = f" by {one_line(decision.author)}" if decision.author else ""
    when = f" on {one_line(decision.date)}" if decision.date else ""
    until = f", until {one_line(decision.expires)}" if decision.expires else ""
    return (
        f"{text} {decision.kind.capitalize()}{who}{when}{until} ({one_line(decision.where)}): "
        f"{_sentence(decision.reason)}"
    )


def evidence_in_words(license_: LicenseEvidence) -> str:
    """Where a licence was read, and what contradicts it."""
    if license_.expression == NOASSERTION:
        text = "No licence is known of the source. Without one, no permission may be assumed."
    else:
        text = f"{one_line(license_.expression)}, read from: {license_.evidence}."
    if license_.conflict:
        text += f" In conflict, settle before use: {_sentence(license_.conflict)}"
    return text


def remarks_on(file: FileReport) -> list[str]:
    """What is to be known of how a file was read."""
    remarks = [one_line(warning) for warning in file.warnings]
    if file.state is not FileState.CHECKED:
        remarks.append(f"{file.state.capitalize()}: {one_line(file.reason)}")
    return remarks


def _sentence(text: str) -> str:
    text = one_line(text).rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
