"""Open findings as diagnostics, each over its whole passage.

A document that was not checked or only partly never looks clean: its first line says so.
"""

from __future__ import annotations

import re

from lsprotocol.types import (
    CodeDescription,
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    Location,
    Position,
    Range,
)

from audit.lsp.client import Capabilities
from audit.lsp.documents import CheckedDocument
from audit.reports.safe_text import brief
from audit.reports.source_location import deciding_location, locate
from audit.reports.wording import capitalized, copy_in_words, reason_of, state_in_words
from audit.types import FileState, Finding, Severity

__all__ = ["SOURCE", "diagnostic_of", "diagnostics", "range_of"]

SOURCE = "whence"
_SEVERITIES = {
    Severity.ERROR: DiagnosticSeverity.Error,
    Severity.WARNING: DiagnosticSeverity.Warning,
    Severity.NOTE: DiagnosticSeverity.Information,
}
_STATES = {
    FileState.PARTLY: DiagnosticSeverity.Information,
    FileState.NOT_CHECKED: DiagnosticSeverity.Information,
    FileState.LEFT_OUT: DiagnosticSeverity.Hint,  # by the user's own rule, so only a hint
}
_RELATED = 5  # sources
_LICENSES = "https://spdx.org/licenses/"
_LICENSE_ID = re.compile(r"[A-Za-z0-9.+-]{1,60}")


def diagnostics(
    checked: CheckedDocument, capabilities: Capabilities, least: Severity
) -> list[Diagnostic]:
    """The diagnostics of a document.

    Args:
        least: findings of a lower severity are not shown.
    """
    report = checked.report
    shown = [_state(checked)] if report.state in _STATES else []
    shown += [
        diagnostic_of(finding, checked, capabilities)
        for finding in report.findings
        if finding.open and finding.ruling.severity >= least
    ]
    return shown


def diagnostic_of(
    finding: Finding, checked: CheckedDocument, capabilities: Capabilities
) -> Diagnostic:
    """The diagnostic of a finding."""
    location, ruling = deciding_location(finding), finding.ruling
    where = f"{location.repository}, {location.where}" if location.path else location.repository
    title = f"{capitalized(copy_in_words(finding))} of {brief(where)}"
    diagnostic = Diagnostic(
        range=range_of(finding, checked),
        severity=_SEVERITIES.get(ruling.severity, DiagnosticSeverity.Information),
        source=SOURCE,
        code=ruling.rule,
        message=f"{title}\n{brief(reason_of(finding), 1000)}.",
    )
    if capabilities.code_links:
        diagnostic.code_description = CodeDescription(href=_page(ruling.license))
    if capabilities.related:
        diagnostic.related_information = _related(finding) or None
    return diagnostic


def range_of(finding: Finding, checked: CheckedDocument) -> Range:
    """The passage as a range of the document."""
    span = finding.passage.span
    return checked.text.range(span.start, span.end)


def _state(checked: CheckedDocument) -> Diagnostic:
    report = checked.report
    end = checked.text.position(len(checked.text.line(0)))
    return Diagnostic(
        range=Range(Position(0, 0), end),
        severity=_STATES[report.state],
        source=SOURCE,
        code=report.state.value.replace(" ", "-"),
        message=brief(capitalized(state_in_words(report)), 1000),
    )


def _related(finding: Finding) -> list[DiagnosticRelatedInformation]:
    """The sources that have a URL, which an editor may be able to open."""
    related = []
    for source in map(locate, finding.passage.sources):
        if source.citation.url is None:
            continue
        first, last = source.lines or (1, 1)
        lines = Range(Position(first - 1, 0), Position(last, 0))
        message = f"{source.repository}, {source.where}: {source.license.expression}"
        related.append(
            DiagnosticRelatedInformation(Location(source.citation.url, lines), brief(message))
        )
    return related[:_RELATED]


def _page(license_: str) -> str:
    """The page with the text of a licence of SPDX's list, else the list."""
    if license_ == "NOASSERTION" or license_.startswith("LicenseRef-"):
        return _LICENSES
    return f"{_LICENSES}{license_}.html" if _LICENSE_ID.fullmatch(license_) else _LICENSES
