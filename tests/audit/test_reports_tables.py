"""CSV, JUnit and GitLab code quality, each read back by its own parser."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import junitparser
import pytest

from audit.reports.csv import COLUMNS, CsvReport
from audit.reports.gitlab import GitlabReport
from audit.reports.junit import JunitReport
from audit.types import FileState
from tests.support.audit_runs import (
    FakeAudit,
    clean_audit,
    many_findings,
    sample_audit,
    sample_files,
)

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def rows_of(audit: FakeAudit) -> list[dict[str, str]]:
    stream = io.BytesIO()
    CsvReport().write(audit, stream)
    return list(csv.DictReader(io.StringIO(stream.getvalue().decode(), newline=""), strict=True))


def suites_of(audit: FakeAudit) -> Any:
    stream = io.BytesIO()
    JunitReport().write(audit, stream)
    return junitparser.JUnitXml.fromstring(stream.getvalue())


def issues_of(audit: FakeAudit) -> Any:
    stream = io.BytesIO()
    GitlabReport().write(audit, stream)
    return json.loads(stream.getvalue())


# ---- CSV ----


def test_csv_has_a_row_a_finding_and_the_account_at_its_end() -> None:
    audit = sample_audit()
    *rows, account = rows_of(audit)
    assert [row["id"] for row in rows if row["id"]] == [f.id for f in audit.findings()]
    assert account["status"] == "audit"
    assert account["reason"].startswith("exit 2: the audit is incomplete")
    others = {row["name"]: row["status"] for row in rows if not row["id"]}
    assert others == {"src/big.py": "partly checked", "src/locked.py": "not checked"}


def test_csv_has_decisions_sources_and_licences() -> None:
    rows = {row["name"]: row for row in rows_of(sample_audit()) if row["status"] == "accepted"}
    row = rows["src/decided.py"]
    assert row["decision_author"] == "ada"
    assert row["decision_expires"] == "2027-05-01"
    assert row["source_url"].endswith("src/area.py#L88-L90")
    assert row["source_swhid"].startswith("swh:1:cnt:")
    assert (row["source_first_line"], row["source_last_line"]) == ("88", "90")


def test_csv_has_no_formulas_and_ends_lines_as_the_rfc_says() -> None:
    stream = io.BytesIO()
    CsvReport().write(sample_audit(), stream)
    assert stream.getvalue().startswith(",".join(COLUMNS).encode() + b"\r\n")
    assert b"\n" not in stream.getvalue().replace(b"\r\n", b"")
    cells = [cell for row in rows_of(sample_audit()) for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(FORMULA)]
    assert "'=cmd|' /C calc'!A0.py" in cells


@pytest.mark.parametrize("start", [*FORMULA, " =", "\u00a0=", "\n@"])
def test_csv_guards_whatever_a_cell_begins_with(start: str) -> None:
    finding = replace(sample_files()[1].findings[0], name=f"{start}1+1")
    row = rows_of(FakeAudit([replace(sample_files()[1], name="x", findings=(finding,))]))[0]
    assert row["name"].startswith("'")


# ---- JUnit ----


def test_junit_has_a_case_a_file_with_its_outcome() -> None:
    audit = sample_audit()
    (suite,) = suites_of(audit)
    cases = list(suite)
    assert len(cases) == suite.tests == len(list(audit.files()))
    results = {case.name: case.result for case in cases}
    assert results["src/clean.py"] == results["src/decided.py"] == results["src/allowed.py"] == []
    assert isinstance(results["src/copied.c"][0], junitparser.Failure)
    assert isinstance(results["src/locked.py"][0], junitparser.Error)
    assert isinstance(results["vendor/lib.min.js"][0], junitparser.Skipped)
    (partly,) = results["src/big.py"]
    assert isinstance(partly, junitparser.Error)
    assert "1 open finding: MIT attribute" in partly.message
    assert "renamed copy of src/area.py:88-90" in partly.text


def test_junit_totals_are_those_of_its_cases() -> None:
    suites = suites_of(sample_audit())
    counts = (suites.tests, suites.failures, suites.errors, suites.skipped)
    suites.update_statistics()
    assert counts == (suites.tests, suites.failures, suites.errors, suites.skipped) == (15, 7, 2, 2)


def test_junit_describes_the_run() -> None:
    (suite,) = suites_of(sample_audit())
    facts = {entry.name: entry.value for entry in suite.properties()}
    assert facts["result"].startswith("exit 2")
    assert facts["index"].startswith("Checked against sample corpus")
    assert facts["decided"] == "1 accepted, 1 dismissed, 1 attributed"


def test_junit_of_a_clean_run_passes() -> None:
    (suite,) = suites_of(clean_audit())
    assert (suite.tests, suite.failures, suite.errors) == (1, 0, 0)


def test_junit_is_xml_whatever_a_name_holds() -> None:
    finding = replace(sample_files()[1].findings[0], name="\x00\x1b\ufffe\udce9]]>&<\"'.c")
    file = replace(sample_files()[1], name=finding.name, findings=(finding,))
    (suite,) = suites_of(FakeAudit([file]))
    (case,) = suite
    assert case.name == "␀␛<U+FFFE><U+DCE9>]]>&<\"'.c"


# ---- GitLab ----


def test_gitlab_lists_what_is_open_and_what_was_not_checked() -> None:
    audit = sample_audit()
    issues = issues_of(audit)
    prints = [issue["fingerprint"] for issue in issues]
    assert len(set(prints)) == len(prints)
    assert {f.id for f in audit.findings() if f.open} < set(prints)
    others = [issue for issue in issues if issue["check_name"].endswith("-checked")]
    assert {issue["location"]["path"] for issue in others} == {"src/big.py", "src/locked.py"}
    assert len(issues) == sum(audit.summary.open.values()) + 2


def test_gitlab_issues_have_the_fields_that_it_needs() -> None:
    for issue in issues_of(sample_audit()):
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["description"] and "\n" not in issue["description"]
        assert issue["check_name"].startswith("whence/")
        assert 1 <= issue["location"]["lines"]["begin"] <= issue["location"]["lines"]["end"]
        assert not issue["location"]["path"].startswith("./")


def test_gitlab_knows_a_file_that_was_not_checked_from_run_to_run() -> None:
    locked = next(file for file in sample_files() if file.state is FileState.NOT_CHECKED)
    (one,), (other,) = issues_of(FakeAudit([locked])), issues_of(FakeAudit([locked]))
    assert one == other


def test_gitlab_of_a_clean_run_is_an_empty_list() -> None:
    assert issues_of(clean_audit()) == []
    assert len(issues_of(many_findings(101))) == 101
