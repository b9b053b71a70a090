"""What all text formats have in common: names, honesty, hostile texts, bounded memory."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from attribution.errors import ReportError
from audit.reports.formats import FORMATS, open_report
from audit.reports.interface import Report
from audit.types import Severity
from tests.support.audit_runs import (
    FakeAudit,
    clean_audit,
    many_findings,
    sample_audit,
    sample_files,
    summary_of,
)

DOCS = Path(__file__).parents[2] / "docs" / "reports"
OURS = ("text", "json", "jsonl", "sarif", "github", "markdown", "junit", "gitlab", "csv", "notice")


def written(name: str, audit: FakeAudit) -> str:
    stream = io.BytesIO()
    open_report(name).write(audit, stream)
    return stream.getvalue().decode("utf-8")


@pytest.mark.parametrize("name", OURS)
def test_a_format_opens_the_report_of_that_name(name: str) -> None:
    report = open_report(name)
    assert isinstance(report, Report)
    assert report.name == name


def test_an_unknown_name_is_an_error_that_names_all() -> None:
    with pytest.raises(ReportError, match=r"'pdf'.*text, json.*notice"):
        open_report("pdf")


@pytest.mark.parametrize("name", OURS)
def test_what_was_not_checked_is_named_with_its_reason(name: str) -> None:
    text = written(name, sample_audit())
    assert "src/locked.py" in text
    assert "unreadable" in text
    assert "more than 200,000 tokens" in " ".join(text.split())


@pytest.mark.parametrize("name", [name for name in OURS if name != "gitlab"])
def test_limits_index_and_policy_are_included(name: str) -> None:
    text = " ".join(written(name, clean_audit()).split())
    assert "Equal code may have been written independently." in text
    assert "sample corpus" in text
    if name != "notice":  # which is about sources alone
        assert re.search(r"whence&#?4?6?;?\.?toml|whence\.toml", text)


@pytest.mark.parametrize("name", OURS)
def test_a_run_without_an_index_is_written_too(name: str) -> None:
    summary = replace(clean_audit().summary, index=None, problems=("no index there",))
    text = written(name, FakeAudit([], summary))
    assert text
    if name in ("text", "markdown", "junit", "csv", "notice"):
        assert "No index could be opened" in text


@pytest.mark.parametrize("name", OURS)
def test_nothing_in_a_report_moves_a_cursor_or_reorders_a_line(name: str) -> None:
    text = written(name, sample_audit()).replace("\r\n", "\n")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("name", OURS)
def test_names_that_are_not_utf8_are_written(name: str) -> None:
    finding = replace(sample_files()[1].findings[0], name="caf\udce9.c")
    file = replace(sample_files()[1], name=finding.name, findings=(finding,))
    assert "caf" in written(name, FakeAudit([file]))


@pytest.mark.parametrize("name", OURS)
def test_a_source_without_occurrences_is_written(name: str) -> None:
    finding = sample_files()[2].findings[0]
    source = replace(
        finding.passage.sources[0],
        occurrences=(),
        occurrences_total=0,
        origin=None,
        occurrence_documents=(),
        occurrence_spans=(),
    )
    gone = replace(finding, passage=replace(finding.passage, sources=(source,)))
    assert written(name, FakeAudit([replace(sample_files()[2], findings=(gone,))]))


class Sink(io.RawIOBase):
    """Counts what is written, and keeps none of it."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        assert isinstance(data, bytes)
        self.size += len(data)
        return len(data)


# A thousand findings are some 8 MB, and 3 MB as JSON; tracing more of them takes half a minute.
# NOTICE holds its distinct sources and what it does not cover; that is what it writes.
@pytest.mark.parametrize("name", [name for name in OURS if name not in ("notice", "github")])
def test_findings_are_not_held(name: str) -> None:
    audit, sink = many_findings(1_000), Sink()
    open_report(name).write(clean_audit(), io.BytesIO())  # imports are not counted
    tracemalloc.start()
    open_report(name).write(audit, sink)  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sink.size > 1_000
    assert peak < 1_000_000, f"{peak / 1e6:.1f} MB"


@pytest.mark.parametrize("name", OURS)
def test_every_format_has_its_page_and_its_row(name: str) -> None:
    overview = (DOCS / "README.md").read_text(encoding="utf-8")
    assert f"`{name}`" in overview
    page = DOCS / f"{'sarif' if name == 'github' else name}.md"
    assert f"--report {name}" in page.read_text(encoding="utf-8")
    assert f"({page.name})" in overview


def test_the_overview_lists_all_formats_and_no_others() -> None:
    overview = (DOCS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[?`([a-z0-9]+)`", overview, re.MULTILINE)
    assert rows == list(FORMATS)


def test_json_has_severities_as_words() -> None:
    (line, *_) = written("jsonl", sample_audit()).splitlines()
    assert json.loads(line)["fail_on"] == Severity.WARNING.word
    assert summary_of(sample_files()).open == {"error": 3, "warning": 3, "note": 2}
