"""The formats of a report by name. A format's module is imported when it is asked for."""

from __future__ import annotations

import importlib

from attribution.errors import ReportError
from audit.reports.interface import Report

__all__ = ["FORMATS", "open_report"]

# Name -> module and class. In the order in which help and docs list them.
FORMATS = {
    "text": "audit.reports.text:TextReport",
    "json": "audit.reports.json:JsonReport",
    "jsonl": "audit.reports.jsonl:JsonlReport",
    "sarif": "audit.reports.sarif.report:SarifReport",
    "github": "audit.reports.sarif.report:GithubReport",
    "html": "audit.reports.html.report:HtmlReport",
    "markdown": "audit.reports.markdown:MarkdownReport",
    "junit": "audit.reports.junit:JunitReport",
    "gitlab": "audit.reports.gitlab:GitlabReport",
    "csv": "audit.reports.csv:CsvReport",
    "spdx": "audit.reports.sbom.spdx:SpdxReport",
    "spdx3": "audit.reports.sbom.spdx3:Spdx3Report",
    "cyclonedx": "audit.reports.sbom.cyclonedx:CycloneDxReport",
    "notice": "audit.reports.notice:NoticeReport",
}


def open_report(name: str, **options: str) -> Report:
    """The report of that name, with options of its own.

    Raises:
        ReportError: no format has that name, or the library of one is not installed.
    """
    if name not in FORMATS:
        raise ReportError(f"no report format is called {name!r}; there are {', '.join(FORMATS)}")
    module, _, class_ = FORMATS[name].partition(":")
    report: object = getattr(importlib.import_module(module), class_)(**options)
    if not isinstance(report, Report):
        raise TypeError(f"{FORMATS[name]} is no Report")
    return report
