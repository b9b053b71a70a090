"""Findings as diagnostics: the open ones, each over the whole of its passage.

A document that was not checked, or in part only, never looks clean: its first line says so.
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

from audit.lsp.abilities import Abilities
from audit.lsp.documents import Verdicts
from audit.reports.account import reason_of
from audit.reports.cited import cited, copy_in_words
from audit.reports.one_line import brief
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
    FileState.LEFT_OUT: DiagnosticSeverity.Hint,  # by the user's own rule: told, but not listed
}
_RELATED = 5  # sources
_LICENSES = "https://spdx.org/licenses/"
_LICENSE_ID = re.compile(r"[A-Za-z0-9.+-]{1,60}")


def diagnostics(verdicts: Verdicts, abilities: Abilities, least: Severity) -> list[Diagnostic]:
    """What an editor shows of a document.

    Args:
        least: findings that weigh less are not shown.
    """
    report = verdicts.report
    told = []
    if report.state in _STATES:
        told.append(_state(verdicts))
    told += [
        diagnostic_of(finding, verdicts, abilities)
        for finding in report.findings
        if finding.open and finding.ruling.severity >= least
    ]
    return told


def diagnostic_of(finding: Finding, verdicts: Verdicts, abilities: Abilities) -> Diagnostic:
    """One finding."""
    source = finding.passage.sources[finding.ruling.source]
    place = cited(source)
    where = brief(f"{place.repository}, {place.where}" if place.path else place.repository)
    ruling = finding.ruling
    diagnostic = Diagnostic(
        range=range_of(finding, verdicts),
        severity=_SEVERITIES.get(ruling.severity, DiagnosticSeverity.Information),
        source=SOURCE,
        code=ruling.rule,
        message=f"{_upper(copy_in_words(finding))} of {where}\n{brief(reason_of(finding), 1000)}.",
    )
    if abilities.code_links:
        diagnostic.code_description = CodeDescription(href=_page(ruling.license))
    if abilities.related:
        diagnostic.related_information = _related(finding) or None
    return diagnostic


def range_of(finding: Finding, verdicts: Verdicts) -> Range:
    """The passage, as the editor counts."""
    span = finding.passage.span
    return verdicts.places.range(span.start, span.end)


def _state(verdicts: Verdicts) -> Diagnostic:
    report = verdicts.report
    end = verdicts.places.position(len(verdicts.places.line(0)))
    return Diagnostic(
        range=Range(Position(0, 0), end),
        severity=_STATES[report.state],
        source=SOURCE,
        code=report.state.value.replace(" ", "-"),
        message=f"{_upper(report.state.value)}: {brief(report.reason, 1000)}",
    )


def _related(finding: Finding) -> list[DiagnosticRelatedInformation]:
    """The sources that have an address. Editors open it as far as they open web pages."""
    found = []
    for source in finding.passage.sources:
        place = cited(source)
        if place.url is None:
            continue
        first, last = place.lines or (1, 1)
        told = f"{place.repository}, {place.where}: {place.license}"
        found.append(
            DiagnosticRelatedInformation(
                location=Location(
                    uri=place.url, range=Range(Position(first - 1, 0), Position(last, 0))
                ),
                message=brief(told),
            )
        )
    return found[:_RELATED]


def _page(license_: str) -> str:
    """A page on the licence: where it is one of SPDX's, its text."""
    if license_ == "NOASSERTION" or license_.startswith("LicenseRef-"):
        return _LICENSES
    return f"{_LICENSES}{license_}.html" if _LICENSE_ID.fullmatch(license_) else _LICENSES


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
