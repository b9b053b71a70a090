"""The HTML report in a real browser: opened from a disk, used by mouse, keyboard and address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from attribution.types import MatchKind
from audit.reports.html.report import HtmlReport
from audit.reports.interface import Audit
from audit.types import Coverage, FileReport, FileState, Severity
from tests.support.audit_runs import (
    FakeAudit,
    clean_audit,
    many_findings,
    sample_audit,
    sample_finding,
    sample_source,
    summary_of,
)
from tests.support.browser_service import Complaints
from tests.support.browser_setup import axe_source

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OpenReport = Callable[..., Page]
MANY = 10_000
OPENED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"

NO_UNPACKING = "delete window.DecompressionStream;"


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[OpenReport]:
    """`open_report(audit, fragment, **options)`: complaints and requests fail the test."""
    opened: list[tuple[Page, Complaints, list[str]]] = []

    def make(
        audit: Audit | Path, fragment: str = "", *, script: str = "", **options: object
    ) -> Page:
        path = audit if isinstance(audit, Path) else write(audit, tmp_path / "a report.html")
        settings = {"viewport": {"width": 1280, "height": 1200}, "reduced_motion": "reduce"}
        context = browser.new_context(**{**settings, **options})  # type: ignore[arg-type]
        if script:
            context.add_init_script(script)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        opened.append((page, Complaints(page), asked))
        page.goto(path.as_uri() + fragment)
        return page

    yield make
    for page, complaints, asked in opened:
        pages = page.context.pages
        page.context.close()
        assert complaints.left() == []
        assert [one for one in asked if not one.startswith(("file:", "data:image/"))] == []
        assert len(pages) == 1


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of ten thousand findings."""
    return write(many_findings(MANY), tmp_path_factory.mktemp("many") / "many.html")


def write(audit: Audit, path: Path) -> Path:
    with path.open("wb") as stream:
        HtmlReport().write(audit, stream)
    return path


def rows(page: Page, name: str = "Findings") -> Locator:
    return page.get_by_role("grid", name=name).locator(".grid-body").get_by_role("row")


def row(page: Page, text: str) -> Locator:
    return rows(page).filter(has_text=text)


def one_finding(code: str, theirs: str, kind: MatchKind = MatchKind.EDITED) -> FakeAudit:
    """A run with one finding, line 10, of which both texts are given."""
    source = sample_source("MIT", kind=kind)
    finding = sample_finding("a.py", 10, [source], "denied", Severity.ERROR, code)
    finding = replace(finding, passage=replace(finding.passage, source_code=theirs))
    return FakeAudit([FileReport("a.py", FileState.CHECKED, findings=(finding,))])


def settle(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("() => new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))")


# ---- what is the matter ----


def test_the_top_says_what_was_not_checked_before_anything_else(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile("^Not complete: 1 of 13 files was not checked"))
    unchecked = page.get_by_role("list", name="Not checked, or only in part").get_by_role(
        "listitem"
    )
    expect(unchecked.first).to_have_text(
        "Not checked: src/locked.py, unreadable: permission denied"
    )
    page.get_by_role("button", name="1 not checked").click()
    expect(rows(page, "Files")).to_have_count(1)
    expect(rows(page, "Files")).to_contain_text("permission denied")


def test_a_clean_run_looks_clean_and_one_that_was_not_checked_does_not(
    open_report: OpenReport, tmp_path: Path
) -> None:
    page = open_report(clean_audit())
    expect(page.get_by_role("heading", level=1)).to_have_text("Passed: no open finding in 1 file.")
    expect(page.get_by_text("nothing in the index matches this code")).to_be_visible()
    lost = replace(
        summary_of([]), index=None, coverage=Coverage(not_checked=1), problems=("no engine",)
    )
    file = FileReport("a.py", FileState.NOT_CHECKED, "the engine did not answer")
    page.goto(write(FakeAudit([file], lost), tmp_path / "lost.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was checked.")
    expect(page.get_by_text("this does not mean that there is none")).to_be_visible()
    expect(page.get_by_text("nothing in the index matches")).to_have_count(0)
    page.get_by_role("link", name="Run").click()
    expect(page.get_by_text("The index could not be opened: nothing was compared.")).to_be_visible()


def test_an_empty_run_is_reported_as_one(open_report: OpenReport) -> None:
    page = open_report(FakeAudit([]))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing to check")
    expect(page.get_by_text("there is nothing to list")).to_be_visible()
    expect(page.get_by_label("Words")).to_be_hidden()
    page.get_by_role("link", name="Files").click()
    expect(page.get_by_text("No file matches the filter.")).to_be_visible()


# ---- filters ----


def test_open_findings_are_listed_worst_first(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    expect(rows(page)).to_have_count(8)
    expect(rows(page).first).to_contain_text("src/copied.c:10–12")
    expect(rows(page).first).to_contain_text("error")
    expect(row(page, "src/decided.py")).to_have_count(0)
    page.get_by_role("button", name="Decided 3").click()
    expect(row(page, "src/decided.py")).to_have_count(3)
    page.get_by_role("button", name="Allowed 1").click()
    expect(row(page, "src/allowed.py")).to_have_count(1)


def test_bars_filter_and_count_what_they_would_show(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    licences = page.get_by_role("region", name="Licence", exact=True)
    licences.get_by_role("button", name=re.compile("GPL-3.0-only")).click()
    expect(rows(page)).to_have_count(2)
    expect(licences.get_by_role("button", name=re.compile(r"MIT\s*3"))).to_be_visible()
    licences.get_by_role("button", name=re.compile(r"MIT")).click()
    expect(rows(page)).to_have_count(5)
    page.get_by_role("region", name="Severity").get_by_role(
        "button", name=re.compile("warning")
    ).click()
    expect(rows(page)).to_have_count(2)
    assert "license=GPL-3.0-only&license=MIT" in page.url
    licences.get_by_role("button", name="Clear licence").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("button", name="Clear all filters").click()
    expect(rows(page)).to_have_count(8)
    assert "#" not in page.url or page.url.endswith("#")


@pytest.mark.parametrize(
    ("words", "path", "names"),
    [
        ("", "many", ["src/many spaces.py"]),
        ("", "*.c", []),
        ("", "**/*.c", ["src/copied.c"]),
        ("", "src/*.js", ["src/unknown.js"]),
        ("gpl-3 octo", "", ["src/copied.c", "=cmd"]),
        ("licenses.unknown", "", ["src/unknown.js"]),
        ("noassertion", "src/", ["src/unknown.js"]),
        ("no such words", "", []),
        ("(", "[b", []),
        ("onerror", "<script>", ["<script>"]),
    ],
)
def test_words_and_paths_filter(
    open_report: OpenReport, words: str, path: str, names: list[str]
) -> None:
    page = open_report(sample_audit())
    page.get_by_label("Words").fill(words)
    page.get_by_label("Path: a part").fill(path)
    if not names:
        expect(page.get_by_text("No finding matches the filters.")).to_be_visible()
        expect(page.get_by_role("grid")).to_have_count(0)
        return
    expect(rows(page)).to_have_count(len(names))
    for name in names:
        expect(row(page, name)).to_have_count(1)


def test_every_column_sorts_both_ways(open_report: OpenReport) -> None:
    page = open_report(sample_audit(), "#state=all")
    expect(rows(page)).to_have_count(12)
    columns = {
        "Severity": "cell-severity",
        "File and lines": "cell-name",
        "Verdict": "cell-verdict",
        "Licence": "cell-license",
        "Source": "cell-source",
        "Match": "cell-label",
        "Sure": "cell-confidence",
        "State": "cell-state",
    }
    for title, cell in columns.items():
        head = page.get_by_role("columnheader", name=title)
        ways: dict[str, list[str]] = {}
        for _ in range(2):
            head.get_by_role("button").click()
            way = head.get_attribute("aria-sort") or ""
            ways[way] = rows(page).locator(f".{cell}").all_text_contents()
        assert set(ways) == {"ascending", "descending"}, title
        if len(set(ways["ascending"])) > 1:
            assert ways["ascending"][0] != ways["descending"][0], title
            assert ways["descending"][0] == ways["ascending"][-1], title
        shown = page.locator("[aria-sort=ascending], [aria-sort=descending]")
        expect(shown).to_have_count(1)


def test_the_address_keeps_what_is_shown(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    page.get_by_label("Words").fill("octo")
    page.get_by_role("button", name=re.compile(r"^All \d")).click()
    page.get_by_role("columnheader", name="File and lines").get_by_role("button").click()
    page.get_by_role("region", name="Verdict").get_by_role(
        "button", name=re.compile("attribute")
    ).click()
    before = rows(page).all_text_contents()
    assert len(before) == 3
    row(page, "src/renamed.py").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_role("dialog")).to_contain_text("src/renamed.py:5–7")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Words")).to_have_value("octo")
    assert rows(page).all_text_contents() == before
    page.get_by_role("link", name="Run").click()
    expect(page.get_by_role("heading", name="Coverage")).to_be_visible()
    page.go_back()
    assert rows(page).all_text_contents() == before


@pytest.mark.parametrize(
    "fragment",
    [
        "#view=nonsense",
        "#severity=__proto__&sort=constructor-&state=toString",
        "#finding=gone",
        "#%",
    ],
)
def test_an_invalid_address_shows_the_list(open_report: OpenReport, fragment: str) -> None:
    page = open_report(sample_audit(), fragment)
    expect(rows(page)).to_have_count(8)
    expect(page.get_by_role("dialog")).to_have_count(0)


# ---- ten thousand ----


# What each step does, and its name in the figures that are printed.
STEPS = {
    "first word": "type('finding-text', 'owner1')",
    "second word": "type('finding-text', 'owner12 gpl')",
    "words away": "type('finding-text', '')",
    "path": "type('finding-path', 'src/module_00012')",
    "pattern": "type('finding-path', '**/*7*/part.py')",
    "path away": "type('finding-path', '')",
    "severity": "press('.bar', 'error')",
    "licence": "press('.chart-license .bar', 'GPL')",
    "project": "press('.chart-project .bar', 'owner')",
    "state": "press('.segments .button', 'All')",
    "sort by path": "press('.grid-head button', 'File')",
    "sort by source": "press('.grid-head button', 'Source')",
}
ACT = """async (step) => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const type = (id, text) => {
        const field = document.getElementById(id);
        field.value = text;
        field.dispatchEvent(new InputEvent("input", {bubbles: true}));
    };
    const press = (where, text) => [...document.querySelectorAll(where)]
        .find((one) => one.textContent.includes(text)).click();
    await frame();
    const began = performance.now();
    %s;
    await frame();
    return performance.now() - began;
}"""


def test_ten_thousand_open_fast_and_filter_within_the_bar(
    open_report: OpenReport, many: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bar holds for what the page's thread works: a busy machine does not make it slower.

    Seconds on the clock are printed beside it.
    """
    page = open_report(many)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * sum(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")

    began = worked()
    page.reload()
    expect(page.get_by_text("10,000 of 10,000 findings").first).to_be_visible()
    figures = {"open": (worked() - began, page.evaluate(OPENED))}
    assert rows(page).count() < 80
    for name, act in STEPS.items():
        began = worked()
        clock = page.evaluate(ACT % act)
        figures[name] = (worked() - began, clock)
    with capsys.disabled():
        size = many.stat().st_size / 1e6
        print(f"\n{MANY:,} findings, {size:.1f} MB; ms of work (on the clock):")
        print(
            ", ".join(f"{name} {work:.0f} ({clock:.0f})" for name, (work, clock) in figures.items())
        )
    assert figures.pop("open")[0] < 1_000
    assert max(work for work, _ in figures.values()) < 200


def test_a_long_list_draws_only_the_rows_in_sight(open_report: OpenReport, many: Path) -> None:
    page = open_report(many, "#sort=name")
    grid = page.get_by_role("grid", name="Findings")
    expect(grid).to_have_attribute("aria-rowcount", "10001")
    rows(page).first.focus()
    page.keyboard.press("End")
    last = page.locator(":focus")
    expect(last).to_have_attribute("aria-rowindex", "10001")
    expect(last).to_contain_text("src/module_002499/part.py:31–34")
    expect(last).to_be_in_viewport(ratio=0.9)
    drawn = [int(one.get_attribute("aria-rowindex") or 0) for one in rows(page).all()]
    assert drawn == sorted(drawn)
    assert len(drawn) < 80
    page.keyboard.press("Home")
    expect(page.locator(":focus")).to_have_attribute("aria-rowindex", "2")
    expect(page.locator(":focus")).to_be_in_viewport(ratio=0.9)
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowUp")
    at = int(page.locator(":focus").get_attribute("aria-rowindex") or 0)
    assert 4 < at < 30
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{at - 1} of 10,000")
    expect(dialog.get_by_role("heading", name="Side by side")).to_be_visible()


def test_each_finding_opens_with_its_own_texts(open_report: OpenReport, many: Path) -> None:
    page = open_report(many, "#sort=name&q=module_000049")
    for number in range(196, 200):  # over the border of a block
        rows(page).nth(number - 196).click()
        expect(page.get_by_role("dialog").locator(".sides")).to_contain_text(f"# {number}")
        page.keyboard.press("Escape")
    page.get_by_label("Words").fill("module_000050")
    rows(page).first.click()
    expect(page.get_by_role("dialog").locator(".sides")).to_contain_text("# 200")


# ---- a finding ----


def test_a_finding_shows_everything_about_it(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    row(page, "src/many spaces.py").click()
    dialog = page.get_by_role("dialog", name="src/many spaces.py:21–23")
    expect(dialog).to_contain_text("MPL-2.0 of octo/shapes is review by whence.toml")
    expect(dialog).to_contain_text("licenses.review")
    dialog.get_by_text("How it was decided: 2 steps").click()
    expect(dialog.get_by_role("listitem").filter(has_text="own: no")).to_be_visible()
    expect(dialog.get_by_role("article")).to_have_count(2)
    occurrences = dialog.get_by_role("table", name="12 occurrences")
    expect(occurrences.get_by_role("row")).to_have_count(13)
    expect(occurrences.get_by_role("row").nth(12)).to_contain_text("vendored")
    link = occurrences.get_by_role("link").first
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("href", re.compile("^https://github.com/.*#L88-L90$"))
    expect(dialog).to_contain_text("whence audit --explain 9c371b7767704f8c")


def test_a_decision_and_a_conflict_are_shown(open_report: OpenReport) -> None:
    page = open_report(sample_audit(), "#state=all&sort=name")
    row(page, "src/decided.py:1–").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The risk was accepted: =the <b>risk</b> is taken")
    expect(dialog).to_contain_text("whence-baseline.json, by ada, on 2026-11-01, holds until 2027")
    dialog.get_by_role("button", name="Close").click()
    row(page, "src/conflict.go").click()
    expect(dialog).to_contain_text(
        "Licence in conflict: file header says MIT, license file says GPL-2.0-only"
    )
    expect(dialog).to_contain_text("Copyright (c) 2001 Jane Doe")


def test_buttons_step_through_the_findings(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    rows(page).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 of 8")
    dialog.get_by_role("button", name="Next finding").click()
    expect(dialog).to_contain_text("2 of 8")
    expect(dialog).to_have_count(1)
    dialog.get_by_role("button", name="Previous finding").click()
    dialog.get_by_role("button", name="Previous finding").click()
    expect(dialog).to_contain_text("8 of 8")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(":focus")).to_have_attribute("aria-rowindex", "9")


def lines(page: Page) -> list[tuple[str, str, str, str]]:
    """Number and text on both sides, row by row."""
    table = page.locator(".sides tbody tr")
    found: list[tuple[str, str, str, str]] = []
    for at in range(table.count()):
        cells = table.nth(at).locator("td")
        left, mine, right, theirs = (cells.nth(i).inner_text() for i in range(4))
        found.append((left, re.sub(r"^\w[\w ]*: ?\n?", "", mine), right, theirs))
    return found


def test_lines_are_aligned_and_changed_words_marked(open_report: OpenReport) -> None:
    mine = "def f(a):\n    # new\n    b = a + 1\n\n    return b\n"
    theirs = "def f(a):\n    c = a + 1\n\n    log(c)\n    return c\n"
    page = open_report(one_finding(mine, theirs))
    rows(page).first.click()
    expect(page.locator(".sides tbody tr")).to_have_count(6)
    numbers = [(left, right) for left, _, right, _ in lines(page)]
    assert numbers == [
        ("10", "88"), ("11", ""), ("12", "89"), ("13", "90"), ("", "91"), ("14", "92")
    ]  # fmt: skip
    kinds = page.locator(".sides tbody tr").evaluate_all("(all) => all.map((one) => one.className)")
    assert kinds == ["same", "mine", "differs", "same", "theirs", "differs"]
    assert page.locator(".sides mark").all_text_contents() == ["b", "c", "b", "c"]


def test_a_renamed_copy_is_aligned_though_no_line_is_equal(open_report: OpenReport) -> None:
    theirs = "def total(items):\n    n = 0\n    for x in items:\n        n += x\n    return n\n"
    mine = "# ours\n" + theirs.replace("items", "coins").replace("n ", "s ").replace("x", "coin")
    page = open_report(one_finding(mine, theirs, MatchKind.RENAMED))
    rows(page).first.click()
    expect(page.locator(".sides tbody tr")).to_have_count(6)
    numbers = [(left, right) for left, _, right, _ in lines(page)]
    assert numbers == [("10", ""), *((str(10 + i), str(87 + i)) for i in range(1, 6))]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("", ""),
        ("x = 1\n", ""),
        ("\r\n\r\n", "\n\n"),
        ("a" * 50_000, "a " * 20_000),
        ("\n" * 900, "x\n" * 900),
    ],
)
def test_odd_texts_open(open_report: OpenReport, mine: str, theirs: str) -> None:
    page = open_report(one_finding(mine, theirs))
    rows(page).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Side by side")).to_be_visible()
    lost = dialog.get_by_text("The text of the source was not available")
    expect(lost).to_have_count(0 if theirs else 1)


def test_the_notice_is_copied(open_report: OpenReport) -> None:
    page = open_report(sample_audit(), permissions=["clipboard-read", "clipboard-write"])
    row(page, "src/copied.c").click()
    page.get_by_role("button", name="Copy notice").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(
        "Includes code copied from octo/shapes\n  File: src/area.py, lines 88-90"
    )
    expect(page.get_by_role("button", name="Copy notice")).to_be_visible()


def test_the_notice_is_copied_where_there_is_no_clipboard(open_report: OpenReport) -> None:
    hidden = "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
    page = open_report(sample_audit(), script=hidden)
    row(page, "src/copied.c").click()
    page.get_by_role("button", name="Copy notice").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()


# ---- strangers ----


def test_hostile_names_and_code_are_text(open_report: OpenReport) -> None:
    page = open_report(sample_audit(), "#state=all")
    row(page, "onerror").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("h2")).to_contain_text("<script>alert(1)</script>‹U+000A›| `x`")
    expect(dialog.locator("h2")).to_contain_text("日本 ‹U+202E›#50%.py")
    expect(dialog.locator(".sides")).to_contain_text("</script><script>alert(1)</script>")
    expect(dialog.locator(".sides")).to_contain_text("‹U+001B›]0;owned‹U+0007› ‹U+0000›")
    assert (
        page.locator("main img, dialog img, main script, dialog script, b, main iframe").count()
        == 0
    )
    schemes = page.locator("a[href]").evaluate_all("(all) => all.map((one) => one.protocol)")
    assert set(schemes) <= {"file:", "https:", "http:"}


@pytest.mark.parametrize("origin", ["javascript:alert(1)", "data:text/html,x", "file:///etc", "x"])
def test_only_web_addresses_become_links(open_report: OpenReport, origin: str) -> None:
    source = sample_source("MIT")
    place = replace(source.occurrences[0], origin=origin, revision=None)
    source = replace(source, occurrences=(place,))
    finding = sample_finding("a.py", 1, [source], "denied", Severity.ERROR)
    page = open_report(FakeAudit([FileReport("a.py", FileState.CHECKED, findings=(finding,))]))
    rows(page).first.click()
    expect(page.get_by_role("article")).to_contain_text("octo/shapes")
    expect(page.get_by_role("article").get_by_role("link")).to_have_count(0)


def test_a_name_with_invalid_bytes_is_listed(open_report: OpenReport) -> None:
    file = FileReport("src/\udcff.py", FileState.NOT_CHECKED, "unreadable")
    page = open_report(FakeAudit([file]), "#view=files")
    expect(rows(page, "Files")).to_contain_text("src/‹U+DCFF›.py")


# ---- the other views ----


def test_files_are_listed_with_state_and_reason(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    page.get_by_role("link", name="Files").click()
    expect(rows(page, "Files")).to_have_count(15)
    expect(rows(page, "Files").first).to_contain_text("not checked")
    expect(rows(page, "Files").nth(1)).to_contain_text("not UTF-8: read as latin-1")
    page.get_by_role("button", name="Left out", exact=True).click()
    expect(rows(page, "Files")).to_have_count(2)
    page.get_by_role("button", name="Left out", exact=True).click()
    page.get_by_label("Path or reason").fill("too short")
    expect(rows(page, "Files")).to_have_count(1)
    page.get_by_label("Path or reason").fill("decided")
    expect(rows(page, "Files")).to_contain_text("3 decided")
    rows(page, "Files").first.click()
    expect(row(page, "src/decided.py")).to_have_count(3)
    page.go_back()
    expect(page.get_by_label("Path or reason")).to_have_value("decided")


def test_the_run_states_its_limits(open_report: OpenReport) -> None:
    page = open_report(sample_audit(), "#view=run")
    expect(page.get_by_text("2: the check is not complete")).to_be_visible()
    expect(page.get_by_text("src/gone.py lines 3-9, GPL-2.0-only <b>")).to_be_visible()
    expect(page.get_by_role("table", name="2 files left out")).to_contain_text("ignored by git")
    for words in ("not legal advice", "only what the index holds", "cannot detect independent"):
        expect(page.get_by_role("main").get_by_text(words)).to_be_visible()


# ---- what can go wrong ----


def test_without_unpacking_the_list_works_and_the_rest_is_explained(
    open_report: OpenReport,
) -> None:
    page = open_report(sample_audit(), script=NO_UNPACKING)
    expect(rows(page)).to_have_count(8)
    rows(page).first.click()
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("it lacks DecompressionStream")
    expect(alert).to_contain_text("--report json")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Files").click()
    expect(rows(page, "Files")).to_have_count(2)
    expect(page.get_by_role("alert")).to_contain_text("Only files that were not checked")


def test_a_file_that_was_cut_off_says_so(open_report: OpenReport, tmp_path: Path) -> None:
    whole = write(sample_audit(), tmp_path / "whole.html").read_bytes()
    cut = tmp_path / "cut.html"
    cut.write_bytes(whole[: whole.index(b'id="texts-0"') - 27])
    page = open_report(cut)
    expect(page.get_by_role("alert")).to_contain_text("This file is not complete")
    rows(page).first.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("is missing")


def test_a_damaged_block_says_so(open_report: OpenReport, tmp_path: Path) -> None:
    whole = write(sample_audit(), tmp_path / "whole.html").read_bytes()
    at = whole.index(b'id="texts-0"') + 60
    damaged = tmp_path / "damaged.html"
    damaged.write_bytes(whole[:at] + b"AAAAAAAA" + whole[at + 8 :])
    page = open_report(damaged)
    rows(page).first.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("is damaged")


def test_the_headline_needs_no_script(open_report: OpenReport) -> None:
    page = open_report(sample_audit(), java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("The list of findings needs JavaScript.")).to_be_visible()
    expect(page.get_by_text("Not legal advice.")).to_be_visible()


def test_printed_all_findings_are_there_up_to_a_limit(open_report: OpenReport, many: Path) -> None:
    page = open_report(many, "#q=module_0000")
    expect(page.get_by_text("400 of 10,000 findings").first).to_be_visible()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(rows(page)).to_have_count(400)
    tops = rows(page).evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
    assert tops == sorted(set(tops))
    expect(page.get_by_label("Words")).to_be_hidden()
    expect(page.get_by_text("400 of 10,000 findings: open; with “module_0000”")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.get_by_label("Words")).to_be_visible()
    page.get_by_label("Words").fill("")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.get_by_text("8,000 more are not printed")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.get_by_text("8,000 more are not printed")).to_be_hidden()
    assert rows(page).count() < 80


# ---- for everybody ----

VIEWS = {
    "findings": "",
    "finding": "#finding=e989e3a36ebb4705",
    "occurrences": "#finding=9c371b7767704f8c",
    "none": "#q=nothing-is-like-this",
    "files": "#view=files",
    "run": "#view=run",
}
RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"


def complaints_of_axe(page: Page, rules: str) -> list[str]:
    found = page.evaluate(f"axe.run({{runOnly: {rules}}})")
    return [
        f"{one['id']}: {node['target']}: {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_light_and_dark(open_report: OpenReport, view: str) -> None:
    page = open_report(sample_audit(), VIEWS[view], color_scheme="light")
    expect(page.locator("[aria-busy]")).to_have_count(0)
    settle(page)
    page.evaluate(axe_source())
    assert complaints_of_axe(page, RULES) == []
    page.emulate_media(color_scheme="dark")
    settle(page)
    assert complaints_of_axe(page, "['color-contrast']") == []  # all else is the same


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_wider_than_a_phone(open_report: OpenReport, view: str) -> None:
    size = {"width": 360, "height": 740}
    page = open_report(sample_audit(), VIEWS[view], viewport=size, has_touch=True)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    settle(page)
    wide = page.evaluate("""() => [document.documentElement.scrollWidth,
        ...[...document.querySelectorAll(".drawer-body")].map((one) => one.scrollWidth)]""")
    assert max(wide) <= 360


def test_on_a_phone_findings_are_sorted_and_opened(open_report: OpenReport) -> None:
    page = open_report(sample_audit(), viewport={"width": 390, "height": 844}, has_touch=True)
    page.get_by_label("Sorted by").select_option("name")
    expect(rows(page).first).to_contain_text("=cmd")
    rows(page).nth(1).tap()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_keyboard_alone_is_enough(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    grid = page.get_by_role("grid")
    for _ in range(60):
        page.keyboard.press("Tab")
        if grid.evaluate(
            "(grid) => grid.querySelector('.grid-body').contains(document.activeElement)"
        ):
            break
    expect(rows(page).first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(1)).to_be_focused()
    page.keyboard.press("Space")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        if dialog.get_by_role("button", name="Copy notice").evaluate(
            "(one) => one === document.activeElement"
        ):
            break
    expect(dialog.get_by_role("button", name="Copy notice")).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows(page).nth(1)).to_be_focused()


def test_changes_are_announced(open_report: OpenReport) -> None:
    page = open_report(sample_audit())
    page.get_by_label("Words").fill("octo")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d+ of 12 findings$"))
