"""Text on a terminal and in a pipe, and the attribution file."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date

import pytest

from attribution.types import MatchKind
from audit.decisions.deciding import Decisions
from audit.reports.notice import NoticeReport, is_kept, is_uncovered
from audit.reports.text import TextReport
from audit.reports.wording import coverage_in_words, exit_in_words
from audit.types import Coverage, FileReport, FileState, Finding, Item, Severity, Summary
from tests.support.audit_runs import (
    FakeAudit,
    clean_audit,
    many_findings,
    sample_audit,
    sample_finding,
    sample_source,
)


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def text_of(audit: FakeAudit, width: int | None = None, stream: io.BytesIO | None = None) -> str:
    stream = stream or io.BytesIO()
    TextReport(width).write(audit, stream)
    return stream.getvalue().decode()


def notice_of(audit: FakeAudit) -> str:
    stream = io.BytesIO()
    NoticeReport().write(audit, stream)
    return stream.getvalue().decode()


# ---- text ----


@pytest.mark.parametrize("width", [60, 80, 140])
def test_lines_fit_except_paths_and_addresses(width: int) -> None:
    audit = sample_audit()
    names = {finding.name.split("\n")[0] for finding in audit.findings()}
    for line in text_of(audit, width).splitlines():
        whole = (
            "https://" in line
            or "swh:1:" in line
            or line.startswith("exit ")
            or any(n in line for n in names)
        )
        assert whole or len(line) <= width, line


def test_worst_findings_first_then_what_to_do_then_what_was_checked() -> None:
    text = text_of(sample_audit())
    parts = ["ERROR: 3 findings", "WARNING: 3 findings", "NOTE: 2 findings", "What to do"]
    parts += ["--report notice=NOTICE", "--write-baseline", "--explain ID", "What was checked"]
    parts += ["Not legal advice.", "exit 2: the audit is incomplete"]
    positions = [text.index(part) for part in parts]
    assert positions == sorted(positions)
    assert text.splitlines()[-1].startswith("exit 2: ")


def test_a_finding_has_its_location_verdict_licence_source_rule_and_id() -> None:
    audit = sample_audit()
    finding = next(audit.findings())
    text = text_of(audit, 140)
    start = text.index("src/copied.c:10-12  denied: GPL-3.0-only")
    block = text[start : text.index("\n\n", start)]
    assert "octo/shapes  (verbatim copy, 98% sure)\n" in block
    assert " src/area.py:88-90\n" in block
    assert "#L88-L90" in block
    assert "(licenses.denied)" in block
    assert finding.id in block


def test_a_path_is_never_wrapped_and_the_reason_does_not_repeat_it() -> None:
    path = f"{'a/' * 40}area.py"
    source = sample_source("GPL-3.0-only", path=path)
    finding = sample_finding("x.c", 3, (source,), "denied", Severity.ERROR)
    reason = f"Denied: source 1 (octo/shapes, {path}), by its header."
    finding = replace(finding, ruling=replace(finding.ruling, reason=reason))
    text = text_of(FakeAudit([FileReport("x.c", FileState.CHECKED, findings=(finding,))]), 60)
    assert any(line.strip() == f"{path}:88-90" for line in text.splitlines())
    assert "Denied: this source, by its header (licenses.denied)." in " ".join(text.split())


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colour_can_be_forced_and_disabled(monkeypatch: pytest.MonkeyPatch, no_color: str) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    stream = io.BytesIO()
    TextReport(color="always").write(sample_audit(), stream)
    assert b"\x1b[1;31m" in stream.getvalue()
    terminal = Terminal()
    TextReport(color="never").write(sample_audit(), terminal)
    assert b"\x1b[3" not in terminal.getvalue()


def test_unknown_licences_and_conflicts_are_in_words() -> None:
    text = text_of(sample_audit(), 140)
    assert "review: no known licence" in text
    assert "file header says MIT, license file says GPL-2.0-only" in text
    assert "and 11 other occurrences and 1 other source" in text


def test_says_what_was_decided_and_what_is_stale() -> None:
    text = " ".join(text_of(sample_audit(), 140).split())
    assert "1 accepted, 1 dismissed, 1 attributed: not listed above" in text
    assert "src/gone.py lines 3-9, GPL-2.0-only <b>, in whence-baseline.json" in text
    assert "excluded 1, ignored by git 1" in text


def test_no_colour_without_a_terminal_and_only_colour_with_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    plain, coloured = text_of(sample_audit(), 80), text_of(sample_audit(), 80, Terminal())
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search("\x1b\\[[0-9;]*3[0-9]", text_of(sample_audit(), 80, Terminal()))


def test_each_licence_of_open_findings_says_once_what_it_asks_for() -> None:
    text = " ".join(text_of(many_findings(100)).split())
    assert text.count("use the same licence (GPL-3.0-only)") == 1
    assert text.count("keep the copyright notice and the licence text (MIT)") == 1
    assert "is not known" not in text
    assert "owed" not in text_of(clean_audit())


def test_projects_are_counted_and_a_reason_is_given_once() -> None:
    source = sample_source("GPL-3.0-only")
    findings = [
        sample_finding(f"{name}.c", 3, (source,), "denied", Severity.ERROR) for name in "abcde"
    ]
    audit = FakeAudit([FileReport(f.name, FileState.CHECKED, findings=(f,)) for f in findings])
    text = text_of(audit)
    lines = sum(f.passage.span.end_line - f.passage.span.start_line + 1 for f in findings)
    row = f"{5:>10}{5:>7}{lines:>8}  error     octo/shapes, GPL-3.0-only"
    assert row in text.splitlines()
    reasons = [line.split("why")[1].strip() for line in text.splitlines() if " why " in line]
    assert len(reasons) == 5
    assert reasons[1:] == ["as for a.c:3-5 (licenses.denied)"] * 4
    assert "by project" not in text_of(clean_audit())


def test_long_lists_are_cut_with_a_count() -> None:
    text = text_of(many_findings(10_000))
    assert "... and 1,980 more (error)" in text
    assert len(text.splitlines()) < 530
    files = [FileReport(f"{i}.py", FileState.NOT_CHECKED, "locked") for i in range(25)]
    assert "... and 15 more" in text_of(FakeAudit(files))


def test_a_clean_run_is_short_and_gives_nothing_to_do() -> None:
    text = text_of(clean_audit())
    assert "no open findings" in text
    assert "What to do" not in text
    assert text.splitlines()[-1] == "exit 0: no open findings of severity warning or higher"


# ---- its sentences ----


def summary(**changes: object) -> Summary:
    return replace(clean_audit().summary, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("explanation", "run"),
    [
        ("0: no open findings of severity warning or higher", summary()),
        ("0: no open findings of severity warning or higher", summary(open={"note": 3})),
        ("1: 1 open finding of severity error", summary(open={"error": 1}, fail_on=Severity.ERROR)),
        (
            "1: 3 open findings of severity warning or higher, 2 allowed",
            summary(open={"error": 3}, max_findings=2),
        ),
        (
            "0: 2 open findings of severity warning or higher, 2 allowed",
            summary(open={"error": 2}, max_findings=2),
        ),
        ("0: this policy never fails an audit", summary(open={"error": 2}, fail_on=None)),
        (
            "2: the audit is incomplete: the index is down",
            summary(problems=("the index is down",)),
        ),
        (
            "2: the audit is incomplete: 2 not checked",
            summary(coverage=Coverage(not_checked=2), open={"error": 1}),
        ),
    ],
)
def test_the_exit_code_is_explained(explanation: str, run: Summary) -> None:
    assert exit_in_words(run) == f"exit {explanation}"
    assert explanation.startswith(str(run.exit_code))


def test_coverage_in_one_sentence() -> None:
    run = summary(coverage=Coverage(checked=2, from_cache=1, left_out=3, lines=10, lines_matched=1))
    assert coverage_in_words(run) == (
        "2 files checked (1 from the cache), 3 left out; findings cover 1 of 10 lines."
    )


# ---- NOTICE ----


def test_lists_each_kept_source_once_with_its_files() -> None:
    text = notice_of(sample_audit())
    assert text.count("Includes code adapted (renamed) from octo/shapes") == 1
    mit = sample_source("MIT", kind=MatchKind.RENAMED)
    block = text[text.index(f"SWHID: {mit.document}") :].split("\n\n")[0]
    assert block.splitlines()[1:] == [
        "  In: src/renamed.py",
        "  In: src/decided.py",
        "  In: src/big.py",
    ]
    assert "Includes code copied from apache/thing" in text


def test_denied_and_undecided_findings_are_listed_as_not_covered_without_their_swhid() -> None:
    audit = sample_audit()
    text = notice_of(audit)
    listed = text[
        text.index("Not covered by this file") : text.index("Not checked or only partly checked")
    ]
    uncovered = [finding for finding in audit.findings() if is_uncovered(finding)]
    assert len(uncovered) == 6
    kept = {f.passage.sources[f.ruling.source].document for f in audit.findings() if is_kept(f)}
    for finding in uncovered:
        assert finding.id in listed
        for source in finding.passage.sources:
            assert source.document in kept or source.document not in text


def test_dismissed_findings_and_own_code_need_no_notice() -> None:
    own = sample_finding("a.py", 1, [sample_source("MIT")], "allowed", Severity.NONE, rule="own")
    assert not is_kept(own)
    statuses = {f.decision.kind: is_kept(f) for f in sample_audit().findings() if f.decision}
    assert {str(kind): kept for kind, kept in statuses.items()} == {
        "accepted": True,
        "dismissed": False,
        "attributed": True,
    }
    assert "No third-party code was found" in notice_of(clean_audit())


def test_a_name_forges_no_line() -> None:
    text = notice_of(sample_audit())
    assert "<U+000A>|" in text
    assert not [line for line in text.splitlines() if line.startswith("|")]


def test_stays_the_same_if_only_the_run_differs() -> None:
    audit = sample_audit()
    later = FakeAudit(list(audit.files()), replace(audit.summary, began="2027-01-01", seconds=9.0))
    assert notice_of(audit) == notice_of(later)


def decided(findings: tuple[Finding, ...], text: str) -> tuple[Finding, ...]:
    decisions = Decisions.read(None, [("NOTICE", text)], date(2026, 11, 21))
    return decisions.decide(Item(findings[0].name, b"x"), findings)


def test_the_next_audit_treats_its_sources_as_attributed() -> None:
    audit = sample_audit()
    text = notice_of(audit)
    files = {file.name: file.findings for file in audit.files()}
    (attribute,) = decided(files["src/renamed.py"], text)
    assert attribute.decision is not None
    assert attribute.decision.where == "NOTICE"
    (denied,) = decided(files["src/copied.c"], text)
    assert denied.decision is None
