"""SARIF: valid by the schema, and as code-scanning pages need it."""

from __future__ import annotations

import gzip
import io
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from attribution.types import Label
from audit.reports.sarif import report as sarif
from audit.reports.sarif.report import GithubReport, SarifReport
from audit.reports.sarif.rules import NOTIFICATIONS, RULES, rule_of, rules
from audit.types import FileReport, FileState
from tests.support.audit_runs import (
    HOSTILE_NAME,
    FakeAudit,
    clean_audit,
    many_findings,
    sample_audit,
    sample_files,
    summary_of,
)
from tests.support.sarif_schema import sarif_schema


def run_of(audit: FakeAudit, report: SarifReport | None = None) -> Any:
    stream = io.BytesIO()
    (report or SarifReport()).write(audit, stream)
    log = json.loads(stream.getvalue())
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


@pytest.mark.parametrize("audit", [sample_audit(), clean_audit(), many_findings(40)])
@pytest.mark.parametrize("report", [SarifReport(), GithubReport(), SarifReport(max_results=3)])
def test_is_valid_by_the_schema(audit: FakeAudit, report: SarifReport) -> None:
    stream = io.BytesIO()
    report.write(audit, stream)
    checker = jsonschema.Draft4Validator(
        sarif_schema(), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    errors = [f"{error.json_path}: {error.message}" for error in checker.iter_errors(
        json.loads(stream.getvalue())
    )]  # fmt: skip
    assert errors == []


def test_the_schema_is_asked() -> None:
    checker = jsonschema.Draft4Validator(sarif_schema())
    assert not checker.is_valid({"version": "2.1.0", "runs": [{"results": []}]})


def test_open_findings_come_first_and_the_worst_before_the_others() -> None:
    audit = sample_audit()
    results = run_of(audit)["results"]
    order = {"error": 0, "warning": 1, "note": 2}
    ranks = [order[r["level"]] + 3 * bool(r["suppressions"]) for r in results]
    still_open = [rank for rank in ranks if rank < 3]
    assert still_open == sorted(still_open)
    assert ranks[: len(still_open)] == still_open
    assert len(still_open) == sum(audit.summary.open.values())
    ids = {result["properties"]["id"] for result in results}
    assert ids == {f.id for f in audit.findings() if f.open or f.decision is not None}


def test_decided_findings_are_suppressed_with_their_reasons() -> None:
    results = run_of(sample_audit())["results"]
    suppressed = {
        r["properties"]["status"]: r["suppressions"][0] for r in results if r["suppressions"]
    }
    assert suppressed["accepted"]["kind"] == "external"
    assert "=the <b>risk</b> is taken, by ada" in suppressed["accepted"]["justification"]
    assert "until 2027-05-01" in suppressed["accepted"]["justification"]
    assert suppressed["dismissed"]["kind"] == "inSource"
    assert suppressed["attributed"]["kind"] == "external"


def test_github_is_not_given_what_it_would_reopen() -> None:
    results = run_of(sample_audit(), GithubReport())["results"]
    assert results
    assert all(result["suppressions"] == [] for result in results)


def test_a_result_has_what_code_scanning_pages_track_it_by() -> None:
    run = run_of(sample_audit())
    driver = run["tool"]["driver"]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", place["artifactLocation"]["uri"])
        assert 1 <= place["region"]["startLine"] <= place["region"]["endLine"]
        assert result["partialFingerprints"].keys() == {"whenceContent/v1"}
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["whenceContent/v1"])
        assert result["relatedLocations"][0]["id"] == 1
        assert "](https://github.com/" in result["message"]["text"]
    assert run["automationDetails"] == {"id": "whence/"}


def test_a_page_of_a_package_has_no_lines() -> None:
    file = sample_files()[1]
    finding = file.findings[0]
    place = replace(
        finding.passage.sources[0].occurrences[0], origin="pkg:pypi/shapes", revision="1.0"
    )
    source = replace(finding.passage.sources[0], occurrences=(place,))
    packaged = replace(finding, passage=replace(finding.passage, sources=(source,)))
    (result,) = run_of(FakeAudit([replace(file, findings=(packaged,))]))["results"]
    assert result["relatedLocations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "https://inspector.pypi.io/project/shapes/1.0/"}
    }


def test_content_keeps_its_fingerprint_and_rule_when_lines_move() -> None:
    files = sample_files()
    moved = files[1].findings[0]
    span = moved.passage.span
    further = replace(span, start_line=span.start_line + 7, end_line=span.end_line + 7)
    later = replace(moved, passage=replace(moved.passage, span=further))
    before, after = (
        run_of(FakeAudit([replace(files[1], findings=(finding,))]))["results"][0]
        for finding in (moved, later)
    )
    assert before["partialFingerprints"] == after["partialFingerprints"]
    assert before["ruleId"] == after["ruleId"] == "whence/denied/copy"


def test_hostile_names_and_code_stay_text() -> None:
    run = run_of(sample_audit())
    uris = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]
    ]
    assert HOSTILE_NAME in [unquote(uri) for uri in uris]
    for result in run["results"]:
        shown = [
            result["message"]["text"],
            *(r["message"]["text"] for r in result["relatedLocations"]),
        ]
        shown.append(result["locations"][0]["physicalLocation"]["region"]["snippet"]["text"])
        for text in shown:
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
        # The only link is ours: a bracket of a stranger's is escaped.
        links = re.findall(r"(?<!\\)\[(?:[^\]\\]|\\.)*\]\(([^)]*)\)", result["message"]["text"])
        assert len(links) == 1
        assert links[0].startswith("https://github.com/")


def test_names_that_are_no_text_keep_their_bytes() -> None:
    finding = replace(sample_files()[1].findings[0], name="caf\udce9 {0}.c")
    (result,) = run_of(
        FakeAudit([FileReport(finding.name, FileState.CHECKED, findings=(finding,))])
    )["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "caf%E9%20%7B0%7D.c"


def test_unchecked_files_are_notifications() -> None:
    run = run_of(sample_audit())
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 2
    notifications = {
        n["descriptor"]["id"]: n
        for n in invocation["toolExecutionNotifications"]
        if "locations" in n
    }
    for kind, uri in (("not-checked", "src/locked.py"), ("partly-checked", "src/big.py")):
        location = notifications[f"whence/{kind}"]["locations"][0]["physicalLocation"]
        assert location["artifactLocation"]["uri"] == uri
    ids = [d["id"] for d in run["tool"]["driver"]["notifications"]]
    assert ids == list(NOTIFICATIONS)
    for notification in invocation["toolExecutionNotifications"]:
        assert ids[notification["descriptor"]["index"]] == notification["descriptor"]["id"]
    assert [n["descriptor"]["id"] for n in invocation["toolConfigurationNotifications"]] == [
        "whence/stale-decision"
    ]
    assert "7,501 files" in run["properties"]["index"]
    assert "Not legal advice" in run["properties"]["notTold"]


def test_a_clean_run_is_a_success_without_results() -> None:
    run = run_of(clean_audit())
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["invocations"][0]["toolExecutionNotifications"] == []


def test_too_many_results_are_cut_the_mildest_first_and_it_is_said() -> None:
    audit = many_findings(50)
    run = run_of(audit, SarifReport(max_results=22))
    assert len(run["results"]) == 22
    levels = [result["level"] for result in run["results"]]
    assert levels == ["error"] * 10 + ["warning"] * 12
    cut = run["invocations"][0]["toolExecutionNotifications"][0]
    assert cut["descriptor"]["id"] == "whence/cut"
    assert cut["message"]["text"].startswith("28 findings")


def test_stays_under_a_size_when_gzipped() -> None:
    stream = io.BytesIO()
    SarifReport(max_gzipped=60_000).write(many_findings(2_000), stream)
    assert 30_000 < len(gzip.compress(stream.getvalue(), 6)) < 80_000
    notes = json.loads(stream.getvalue())["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["descriptor"]["id"] == "whence/cut"


def test_limits_are_those_of_github() -> None:
    assert sarif.MAX_RESULTS == 25_000
    assert sarif.MAX_GZIPPED < 10_000_000


@pytest.mark.parametrize(
    ("root", "category"),
    [
        (".", "whence/"),
        ("services/a b", "whence/services/a%20b/"),
        ("/home/someone/code", "whence/"),
        ("-", "whence/"),
    ],
)
def test_audits_of_several_folders_have_different_categories(root: str, category: str) -> None:
    files = sample_files()
    audit = FakeAudit(files, replace(summary_of(files), root=root))
    run = run_of(audit)
    assert run["automationDetails"]["id"] == category
    assert "/home/someone" not in json.dumps(run)


def test_rules_never_change_their_ids() -> None:
    assert [rule["id"] for rule in rules()] == list(RULES) == [
        "whence/denied/copy", "whence/denied/similar",
        "whence/review/copy", "whence/review/similar",
        "whence/attribute/copy", "whence/attribute/similar",
        "whence/allowed/copy", "whence/allowed/similar",
    ]  # fmt: skip
    finding = sample_files()[1].findings[0]
    for label in Label:
        assert rule_of(replace(finding, passage=replace(finding.passage, label=label))) in RULES
    for rule in rules():
        assert rule["help"] and rule["helpUri"] and rule["shortDescription"]
