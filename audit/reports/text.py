"""Text for people: what is open, worst first, what to do about it, and how sure one can be.

Colour only repeats what words say, and there is none where no terminal is. Addresses are never
broken by us, so that they can be copied. Long lists are cut with a count: the other reports hold
all.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from rich.console import Console
from rich.text import Text

from attribution.reports.numbers import count_of, percent
from audit.policy.judging import named
from audit.reports.account import (
    NOT_TOLD,
    at,
    coverage_in_words,
    decided_in_words,
    exit_in_words,
    index_in_words,
    left_out_in_words,
    open_in_words,
    policy_in_words,
    reason_of,
)
from audit.reports.cited import cited, copy_in_words
from audit.reports.interface import Audit, Report
from audit.reports.safe_text import encoded, one_line
from audit.types import FileState, Finding, Severity, Summary, Verdict

__all__ = ["TextReport"]

_WIDTH = 100  # columns where there is no terminal: of a CI log, or a file
_FINDINGS = 20  # of a severity
_LISTED = 10  # files, decisions and problems
_KEY = 10  # columns of the key before a value
_INDENT = 2

_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_NEXT = {
    Verdict.DENIED: "take the code out, or write it anew",
    Verdict.REVIEW: "look at the source and its licence; keep the code and accept it, or rewrite",
    Verdict.ATTRIBUTE: "name the author: --report notice=NOTICE writes the text for all of them; "
    "or put what stands after `cite` into a comment above the code",
}


class TextReport(Report):
    """What a person at a terminal reads."""

    name = "text"
    summary = "for people: what is open, worst first, and what to do"

    def __init__(self, width: int | None = None, color: str = "auto") -> None:
        """
        Args:
            width: columns; None: the terminal's, or 100 where there is none.
            color: "always", "never", or "auto": on a terminal, and when NO_COLOR is not set.
        """
        self._width = width
        self._color = color

    def write(self, audit: Audit, stream: BinaryIO) -> None:
        """Write piece by piece; the run is read once for each severity."""
        page = _Page(stream, self._width, self._color)
        summary = audit.summary
        # Without this, an audit that looked at nothing would begin with "no open findings".
        lacking = "not all could be checked; " if summary.exit_code == 2 else ""
        head = f"Audit of {summary.root}: {lacking}{open_in_words(summary)}"
        page.wrapped(Text(one_line(head), "bold"))
        for severity in sorted(Severity, reverse=True):
            if summary.open.get(severity.word):
                _print_severity(page, audit, severity)
        _print_next(page, summary)
        _print_account(page, audit)
        page.line()
        page.wrapped(Text(NOT_TOLD, "dim"))
        style = {0: "bold green", 1: "bold red", 2: "bold magenta"}[summary.exit_code]
        page.line(Text(exit_in_words(summary), style))


class _Page:
    """A console over a stream of bytes; what is printed is written at once."""

    def __init__(self, stream: BinaryIO, width: int | None, color: str) -> None:
        terminal = stream.isatty()
        self._stream = stream
        self._buffer = io.StringIO()
        # rich would take StringIO for no terminal, and its size from the process's own.
        self._console = Console(
            file=self._buffer,
            force_terminal={"always": True, "never": False}.get(color, terminal),
            no_color={"always": False, "never": True}.get(color),  # None: rich asks NO_COLOR
            width=width or (None if terminal else _WIDTH),
            highlight=False,
            markup=False,
            emoji=False,
        )
        self.width = self._console.width

    def line(self, text: Text | str = "") -> None:
        """A line that is not broken, however long."""
        self._console.print(text, soft_wrap=True)
        self._stream.write(encoded(self._buffer.getvalue()))
        self._buffer.seek(0)
        self._buffer.truncate()

    def wrapped(self, text: Text, indent: int = 0) -> None:
        """Lines broken between words."""
        for line in text.wrap(self._console, max(self.width - indent, 20)):
            line.rstrip()
            self.line(Text.assemble(" " * indent, line))

    def row(self, key: str, value: Text | str, indent: int = _INDENT, whole: bool = False) -> None:
        """A key, and a value that wraps under itself unless it is to stay whole."""
        text = Text(one_line(value)) if isinstance(value, str) else value
        width = max(self.width - indent - _KEY, 20)
        for line in [text] if whole else text.wrap(self._console, width):
            line.rstrip()
            self.line(Text.assemble(" " * indent, (key.ljust(_KEY), "dim"), line))
            key = ""


def _print_severity(page: _Page, audit: Audit, severity: Severity) -> None:
    total = audit.summary.open[severity.word]
    page.line()
    page.line(
        Text(f"{severity.word.upper()}: {count_of(total, 'finding')}", _STYLES[severity.word])
    )
    found = (f for f in audit.findings() if f.open and f.ruling.severity is severity)
    for finding in islice(found, _FINDINGS):
        page.line()
        _print_finding(page, finding)
    if total > _FINDINGS:
        page.line()
        page.line(
            Text(f"  ... and {total - _FINDINGS:,} more ({severity.word}); other reports hold all")
        )


def _print_finding(page: _Page, finding: Finding) -> None:
    ruling = finding.ruling
    source = finding.passage.sources[ruling.source]
    place = cited(source)
    license_ = "no known licence" if ruling.license == "NOASSERTION" else one_line(ruling.license)
    page.line(
        Text.assemble(
            " " * _INDENT,
            (one_line(at(finding)), "bold"),
            "  ",
            (f"{ruling.verdict.value}: {license_}", _STYLES[ruling.severity.word]),
        )
    )
    indent = 2 * _INDENT
    sure = f"{copy_in_words(finding)}, {percent(finding.passage.confidence)} sure"
    page.row("from", f"{place.repository}  ({sure})", indent)
    if place.path:
        page.row("", place.where, indent, whole=True)  # a broken one reads as another
    page.row("", place.url or place.swhid, indent, whole=True)
    others = [
        count_of(count, noun)
        for count, noun in (
            (place.places - 1, "other place"),
            (len(finding.passage.sources) - 1, "other source"),
        )
        if count > 0
    ]
    if others:
        page.row("", f"and {' and '.join(others)}", indent)
    if ruling.verdict is Verdict.ATTRIBUTE:
        page.row("cite", source.document, indent, whole=True)
    told_above = named(finding.passage, ruling.source + 1)
    page.row("why", f"{reason_of(finding)}.".replace(told_above, "this source", 1), indent)
    if place.conflict:
        page.row("conflict", place.conflict, indent)
    page.row("id", finding.id, indent)


def _print_next(page: _Page, summary: Summary) -> None:
    verdicts = [verdict for verdict in _NEXT if summary.verdicts.get(verdict)]
    if not verdicts:
        return
    page.line()
    page.line(Text("What to do", "bold"))
    for verdict in verdicts:
        page.row(verdict.value, _NEXT[verdict])
    page.row(
        "accept",
        "all that is open now: run again with --write-baseline; one finding: put a comment "
        "`whence: ignore REASON` in the code",
    )
    page.row("why", "run again with --explain ID: it tells which rule of the policy decided")


def _print_account(page: _Page, audit: Audit) -> None:
    summary = audit.summary
    page.line()
    page.line(Text("What was checked", "bold"))
    page.row("files", coverage_in_words(summary))
    if not summary.coverage.complete:
        told = (
            f"{file.name}: {file.state.value}: {file.reason}"
            for file in audit.files()
            if file.state in (FileState.PARTLY, FileState.NOT_CHECKED)
        )
        _print_list(page, "not all", told, summary.coverage.partly + summary.coverage.not_checked)
    _print_list(page, "problems", iter(summary.problems), len(summary.problems))
    _print_list(page, "notes", iter(summary.notes), len(summary.notes))
    if summary.coverage.left_out:
        page.row("left out", left_out_in_words(summary))
    if summary.decided:
        page.row("decided", f"{decided_in_words(summary)}: not listed above")
    stale = (f"{s.what}, in {s.where}: {s.why}" for s in summary.stale)
    _print_list(page, "stale", stale, len(summary.stale))
    page.row("policy", policy_in_words(summary))
    page.row("index", index_in_words(summary))


def _print_list(page: _Page, key: str, values: Iterator[str], total: int) -> None:
    for value in islice(values, _LISTED):
        page.row(key, value)
        key = ""
    if total > _LISTED:
        page.row("", f"... and {total - _LISTED:,} more")
