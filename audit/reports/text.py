"""Text for people: open findings, worst first, what to do about them, and what was checked.

Colour only repeats what the words say, and is used on terminals only. URLs are never wrapped, so
that they can be copied. Long lists are cut, with a count: the other reports are complete.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from rich.console import Console
from rich.text import Text

from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.obligations import in_words
from attribution.reports.numbers import count_of, percent
from audit.policy.judging import named
from audit.reports.interface import Audit, Report
from audit.reports.projects import project_rows
from audit.reports.safe_text import encoded, one_line
from audit.reports.source_location import deciding_location
from audit.reports.wording import (
    LIMITS,
    advice_for,
    copy_in_words,
    exit_in_words,
    finding_location,
    open_in_words,
    reason_of,
    run_facts,
    state_in_words,
)
from audit.types import Finding, Severity, Verdict

__all__ = ["TextReport"]

_WIDTH = 100  # columns without a terminal, as in a CI log or a file
_FINDINGS = 20  # listed per severity
_PROJECTS = 20  # rows of the table of source projects
_LISTED = 10  # files, decisions, problems and licences
_KEY = 10  # columns of the key before a value
_INDENT = 2

_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


class TextReport(Report):
    """The report for a person at a terminal."""

    name = "text"

    def __init__(self, width: int | None = None, color: str = "auto") -> None:
        """
        Args:
            width: columns; None: COLUMNS if set, else the terminal's, or 100 without a terminal.
            color: "always", "never", or "auto": on a terminal, unless NO_COLOR is set.
        """
        self._width = width
        self._color = color

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write piece by piece; the run is read once for each severity."""
        page = _Page(stream, self._width, self._color)
        summary = audit.summary
        # Without this, an audit that checked nothing would begin with "no open findings".
        incomplete = "incomplete; " if summary.exit_code == 2 else ""
        head = f"Audit of {summary.root}: {incomplete}{open_in_words(summary)}"
        page.wrapped(Text(one_line(head), "bold"))
        _print_projects(page, audit)
        reasons: dict[str, str] = {}
        for severity in sorted(Severity, reverse=True):
            if summary.open.get(severity.word):
                _print_severity(page, audit, severity, reasons)
        if advice := advice_for(summary):
            page.line()
            page.line(Text("What to do", "bold"))
            for key, sentence in advice.items():
                page.row(key, sentence)
            licenses = [name for name in sorted(summary.licenses) if name != NOASSERTION]
            owed = (" ".join(in_words(name)) for name in licenses)
            _print_list(page, "owed", owed, len(licenses))
        _print_run(page, audit)
        page.line()
        page.wrapped(Text(LIMITS, "dim"))
        style = {0: "bold green", 1: "bold red", 2: "bold magenta"}[summary.exit_code]
        page.line(Text(exit_in_words(summary), style))


class _Page:
    """A console over a stream of bytes that writes each line at once."""

    def __init__(self, stream: BinaryIO, width: int | None, color: str) -> None:
        terminal = stream.isatty()
        self._stream = stream
        self._buffer = io.StringIO()
        # rich sees no terminal behind StringIO, and would take the size of the process's own.
        self._console = Console(
            file=self._buffer,
            force_terminal={"always": True, "never": False}.get(color, terminal),
            no_color={"always": False, "never": True}.get(color),  # None: rich asks NO_COLOR
            width=width or (None if terminal or "COLUMNS" in os.environ else _WIDTH),
            highlight=False,
            markup=False,
            emoji=False,
        )
        self.width = self._console.width

    def line(self, text: Text | str = "") -> None:
        """A line that is not wrapped, however long."""
        self._console.print(text, soft_wrap=True)
        self._stream.write(encoded(self._buffer.getvalue()))
        self._buffer.seek(0)
        self._buffer.truncate()

    def wrapped(self, text: Text, head: Text | str = "") -> None:
        """A text behind a head, wrapped under itself between words."""
        for line in text.wrap(self._console, max(self.width - len(head), 20)):
            line.rstrip()
            self.line(Text.assemble(head, line))
            head = " " * len(head)

    def row(self, key: str, value: Text | str, indent: int = _INDENT, whole: bool = False) -> None:
        """A key and a value, which is wrapped under itself unless it must stay whole."""
        text = Text(one_line(value)) if isinstance(value, str) else value
        head = Text.assemble(" " * indent, (key.ljust(_KEY), "dim"))
        if whole:
            self.line(Text.assemble(head, text))
        else:
            self.wrapped(text, head)


def _print_projects(page: _Page, audit: Audit) -> None:
    """A table of the source projects, where there are several findings."""
    if sum(audit.summary.open.values()) < 2:
        return
    rows = project_rows(audit)
    page.line()
    page.line(Text("Sources by project and licence", "bold"))
    page.line(Text(f"{'findings':>10}{'files':>7}{'lines':>8}  severity  project, licence", "dim"))
    for row in rows[:_PROJECTS]:
        head = f"{row.findings:>10,}{row.files:>7,}{row.lines:>8,}  {row.severity.word:<8}  "
        page.wrapped(Text(one_line(f"{row.project}, {row.license}")), head)
    if len(rows) > _PROJECTS:
        page.line(f"{'':>10}... and {len(rows) - _PROJECTS:,} more, in the other reports")


def _print_severity(page: _Page, audit: Audit, severity: Severity, reasons: dict[str, str]) -> None:
    total = audit.summary.open[severity.word]
    page.line()
    page.line(
        Text(f"{severity.word.upper()}: {count_of(total, 'finding')}", _STYLES[severity.word])
    )
    for finding in islice(audit.open_findings(severity), _FINDINGS):
        page.line()
        _print_finding(page, finding, reasons)
    if total > _FINDINGS:
        page.line()
        page.line(
            Text(f"  ... and {total - _FINDINGS:,} more ({severity.word}), in the other reports")
        )


def _print_finding(page: _Page, finding: Finding, reasons: dict[str, str]) -> None:
    """Print a finding.

    Args:
        reasons: those printed so far, each with the finding that it was printed for; added to.
    """
    ruling = finding.ruling
    source = finding.passage.sources[ruling.source]
    location = deciding_location(finding)
    license_ = "no known licence" if ruling.license == NOASSERTION else one_line(ruling.license)
    page.line(
        Text.assemble(
            " " * _INDENT,
            (one_line(finding_location(finding)), "bold"),
            "  ",
            (f"{ruling.verdict.value}: {license_}", _STYLES[ruling.severity.word]),
        )
    )
    indent = 2 * _INDENT
    sure = f"{copy_in_words(finding)}, {percent(finding.passage.confidence)} sure"
    page.row("from", f"{location.repository}  ({sure})", indent)
    if location.path:
        page.row("", location.where, indent, whole=True)  # a wrapped path reads as another
    page.row("", location.address, indent, whole=True)
    others = [
        count_of(count, noun)
        for count, noun in (
            (location.occurrences - 1, "other occurrence"),
            (len(finding.passage.sources) - 1, "other source"),
        )
        if count > 0
    ]
    if others:
        page.row("", f"and {' and '.join(others)}", indent)
    if ruling.verdict is Verdict.ATTRIBUTE:
        page.row("cite", source.document, indent, whole=True)
    name = named(finding.passage, ruling.source + 1)  # which `from` has given in full
    reason = f"{reason_of(finding)}.".replace(name, "this source", 1)
    before = reasons.setdefault(reason, finding_location(finding))
    same = before != finding_location(finding)
    page.row("why", f"as for {before} ({ruling.rule})" if same else reason, indent)
    if location.license.conflict and location.license.conflict not in reason:
        page.row("conflict", location.license.conflict, indent)
    page.row("id", finding.id, indent)


def _print_run(page: _Page, audit: Audit) -> None:
    summary, coverage = audit.summary, audit.summary.coverage
    facts = run_facts(summary)
    page.line()
    page.line(Text("What was checked", "bold"))
    page.row("files", facts["coverage"])
    unchecked = (f"{file.name}: {state_in_words(file)}" for file in audit.unchecked_files())
    _print_list(page, "unchecked", unchecked, coverage.partly + coverage.not_checked)
    _print_list(page, "problems", iter(summary.problems), len(summary.problems))
    _print_list(page, "notes", iter(summary.notes), len(summary.notes))
    if "left out" in facts:
        page.row("left out", facts["left out"])
    if "decided" in facts:
        page.row("decided", f"{facts['decided']}: not listed above")
    stale = (f"{s.what}, in {s.where}: {s.why}" for s in summary.stale)
    _print_list(page, "stale", stale, len(summary.stale))
    page.row("policy", facts["policy"])
    page.row("index", facts["index"])


def _print_list(page: _Page, key: str, values: Iterator[str], total: int) -> None:
    for value in islice(values, _LISTED):
        page.row(key, value)
        key = ""
    if total > _LISTED:
        page.row("", f"... and {total - _LISTED:,} more")
