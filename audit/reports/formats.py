"""The formats of a report by name. A format's module is imported when it is first needed."""

from __future__ import annotations

import importlib

from attribution.errors import ReportError
from attribution.extras import how_to_install
from audit.reports.interface import Report

__all__ = ["FORMATS", "open_report"]

# Name -> module and class, in the order in which help and docs list them.
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
    "cyclonedx": "audit.reports.sbom.cyclonedx:CycloneDxReport",
    "notice": "audit.reports.notice:NoticeReport",
}


def open_report(name: str, **options: str) -> Report:
    """The report with that name.

    Args:
        options: of the format's own, such as the `color` of text.

    Raises:
        ReportError: no format has that name, or its library is not installed.
    """
    if name not in FORMATS:
        raise ReportError(f"no report format is called {name!r}; there are {', '.join(FORMATS)}")
    module, _, class_ = FORMATS[name].partition(":")
    try:
        report: Report = getattr(importlib.import_module(module), class_)(**options)
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] == "audit":
            raise  # a module of our own: a bug
        raise ReportError(
            f"report {name}: its library {exc.name} is not installed; install it with "
            f"`{how_to_install('sbom')}`"
        ) from exc
    return report
