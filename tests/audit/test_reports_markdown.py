"""Markdown: read back by a CommonMark parser, and from that as a browser would."""

from __future__ import annotations

import io
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from attribution.types import Holder
from audit.reports.markdown import MARKER, MAX_LENGTH, MarkdownReport
from audit.reports.projects import project_rows
from audit.types import FileReport, FileState, Severity
from tests.support.audit_runs import (
    FakeAudit,
    clean_audit,
    many_findings,
    sample_audit,
    sample_files,
    sample_finding,
    sample_source,
)

# All of ASCII that could be markup, and what GitHub acts upon in a finished page.
NASTY = (
    "a|b`c`*d*_e_<b>f</b>[g](javascript:h)![i](j)&lt;~~k~~\\|\nl<!-- m --> @everyone #1 "
    "http://n.example www.o.example p@q.example $r$ :tada: {{s}} "
)
TAGS = {
    "h2", "p", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "code", "a", "ul",
    "li", "details", "summary", "sub",
}  # fmt: skip


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.rows += tag == "tr"
        assert {name for name, _ in attrs} <= {"href"}
        self.links += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def text_of(audit: FakeAudit) -> str:
    stream = io.BytesIO()
    MarkdownReport().write(audit, stream)
    return stream.getvalue().decode()


def page_of(text: str) -> Page:
    page = Page()
    page.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
    return page


def nasty_audit(count: int = 1, text: str = NASTY) -> FakeAudit:
    source = sample_source("@x/y#1 *MIT*", repository=text, path=text, conflict=f"!{text * 9}")
    findings = []
    for line in range(1, count + 1):
        finding = sample_finding(text, line, [source], "denied", Severity.ERROR)
        findings.append(
            replace(finding, ruling=replace(finding.ruling, rule=text, reason=text * 9))
        )
    return FakeAudit([FileReport(text, FileState.CHECKED, findings=tuple(findings))])


def test_begins_with_the_marker_and_the_result() -> None:
    text = text_of(sample_audit())
    assert text.startswith(f"{MARKER}\n## Code provenance: incomplete\n")
    shown = page_of(text).text
    assert "exit 2: the audit is incomplete: 1 not checked, 1 partly checked" in shown
    assert "8 open findings (3 errors, 3 warnings, 2 notes)" in shown
    assert "run again with --write-baseline" in shown


def test_open_findings_are_in_a_table_worst_first_with_links() -> None:
    page = page_of(text_of(sample_audit()))
    assert page.rows == 1 + 8 + 1 + len(project_rows(sample_audit()))
    assert len(page.links) == 8
    assert all(link.startswith("https://github.com/") for link in page.links)
    order = [page.text.index(name) for name in ("src/copied.c", "src/renamed.py", "many spaces")]
    assert order == sorted(order)
    assert "src/decided.py" not in page.text


def test_holders_are_named_and_a_conflict_once() -> None:
    conflict = "file header says MIT, license file says GPL-2.0-only"
    source = sample_source("MIT", conflict=conflict)
    holders = (Holder("2001", "Jane Doe"), Holder("", "Bo", "AUTHORS"))
    held = replace(source, occurrences=(replace(source.occurrences[0], holders=holders),))
    finding = sample_finding("a.go", 7, [held], "review", Severity.WARNING)
    for reason, times in ((f"the licences disagree: {conflict}", 1), ("another reason", 1)):
        ruled = replace(finding, ruling=replace(finding.ruling, reason=reason))
        report = FileReport("a.go", FileState.CHECKED, findings=(ruled,))
        shown = page_of(text_of(FakeAudit([report]))).text
        assert shown.count(conflict) == times
        assert "Copyright (c) 2001 Jane Doe; Author: Bo (named in AUTHORS" in shown


@pytest.mark.parametrize("audit", [sample_audit(), nasty_audit(), nasty_audit(30)])
def test_names_of_others_are_never_markup(audit: FakeAudit) -> None:
    text = text_of(audit)
    page = page_of(text)
    assert page.tags <= TAGS
    assert all(link.startswith("https://") for link in page.links)
    assert text.count("<!--") == 1
    for sign in "@#":
        # Even in the rendered page, no name or number follows it directly.
        assert all(part[:1] in ("\u200b", "") for part in page.text.split(sign)[1:])


def test_a_table_row_has_its_six_cells_whatever_the_names() -> None:
    rows = [line for line in text_of(nasty_audit()).splitlines() if line.startswith("| error")]
    assert len(rows) == 1
    assert rows[0].count("|") == 7
    assert page_of(text_of(nasty_audit())).rows == 2


@pytest.mark.parametrize(
    "audit", [many_findings(10_000), nasty_audit(40), nasty_audit(30, "|" * 500)]
)
def test_stays_under_the_limit_of_github(audit: FakeAudit) -> None:
    text = text_of(audit)
    assert len(text) <= MAX_LENGTH < 65_536
    page = page_of(text)
    projects = min(len(project_rows(audit)), 20)
    assert page.rows == 1 + 20 + 1 + projects
    assert "more open finding" in page.text
    assert "Not legal advice." in page.text


def test_a_part_that_does_not_fit_is_left_out_with_a_note() -> None:
    text = text_of(nasty_audit(20, "|" * 500))
    assert len(text) <= MAX_LENGTH
    assert page_of(text).rows == 1 + 20 + 2  # one project
    assert "<summary>Why" not in text
    assert "Some lists were left out" in text
    assert "Some lists were left out" not in text_of(sample_audit())


def test_a_clean_run_is_short() -> None:
    text = text_of(clean_audit())
    assert "## Code provenance: clean" in text
    assert "|" not in text
    assert len(text) < 800


def test_only_https_addresses_are_links() -> None:
    file = sample_files()[1]
    finding = file.findings[0]
    place = replace(finding.passage.sources[0].occurrences[0], origin="javascript:alert(1)//x/y")
    source = replace(finding.passage.sources[0], occurrences=(place,))
    bad = replace(finding, passage=replace(finding.passage, sources=(source,)))
    assert page_of(text_of(FakeAudit([replace(file, findings=(bad,))]))).links == []


def test_projects_are_counted_and_a_reason_is_given_once() -> None:
    source = sample_source("GPL-3.0-only")
    findings = [
        sample_finding(f"{name}.c", 3, (source,), "denied", Severity.ERROR) for name in "abcde"
    ]
    audit = FakeAudit([FileReport(f.name, FileState.CHECKED, findings=(f,)) for f in findings])
    text = page_of(text_of(audit)).text
    (row,) = project_rows(audit)
    assert (row.findings, row.files, row.license) == (5, 5, "GPL-3.0-only")
    assert row.lines == sum(
        f.passage.span.end_line - f.passage.span.start_line + 1 for f in findings
    )
    assert text.count("(licenses.denied)") == 1
    assert all(f"{name}.c" in text for name in "abcde")
