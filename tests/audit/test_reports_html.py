"""The HTML report as a file: what is in it, what is not, and what it costs to write."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from audit.reports.html.headline import headline_of
from audit.reports.html.report import HtmlReport, script, style
from audit.types import Coverage, FileReport, FileState, Severity
from tests.support.audit_runs import (
    HOSTILE_CODE,
    HOSTILE_NAME,
    FakeAudit,
    clean_audit,
    many_findings,
    sample_audit,
    sample_finding,
    sample_source,
    summary_of,
)

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "audit/reports/html/page", ROOT / "attribution/reports/page")
SCRIPTS = sorted(path for folder in FOLDERS for path in folder.glob("*.js"))
NAMES_OF_HELL = ("a\u2028b", "<!-- <script>", "</script >", "]]>", "\udcff.py", "a\x00b", "'\"`$x")


class Elements(HTMLParser):
    """All elements of a page, with their attributes and the text of scripts and styles."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.contents: list[str] = []
        self.text = ""
        self._inside: str | None = None
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.elements.append((tag, dict(attrs)))
        self.contents.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's own name
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style", "title", "h1"):
            self.contents[-1] += data
        self.text += data

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        """Attributes and content of all elements with that tag."""
        pairs = zip(self.elements, self.contents, strict=True)
        return [(attrs, content) for (name, attrs), content in pairs if name == tag]


def written(audit: FakeAudit) -> bytes:
    stream = io.BytesIO()
    HtmlReport().write(audit, stream)
    return stream.getvalue()


def data_of(page: Elements) -> dict[str, Any]:
    (data,) = (text for attrs, text in page.of("script") if attrs.get("id") == "data")
    loaded: dict[str, Any] = json.loads(data)
    return loaded


def blocks_of(page: Elements, kind: str) -> list[list[Any]]:
    return [
        json.loads(gzip.decompress(base64.b64decode(text)))
        for attrs, text in page.of("script")
        if (attrs.get("id") or "").startswith(f"{kind}-")
    ]


def test_every_finding_and_every_file_is_in_it() -> None:
    audit = sample_audit()
    page = Elements(written(audit))
    rows = data_of(page)["rows"]
    findings = list(audit.findings())
    assert rows["ids"].split() == [finding.id for finding in findings]
    assert [rows["names"][at] for at in rows["name"]] == [finding.name for finding in findings]
    assert rows["severity"] == [finding.ruling.severity for finding in findings]
    details = [one for block in blocks_of(page, "texts") for one in block]
    assert [one["code"] for one in details] == [finding.passage.code for finding in findings]
    many = next(one for one in details if len(one["sources"]) == 2)
    occurrences = many["sources"][0]["occurrences"]
    assert len(occurrences) == 12
    assert {"license", "evidence", "conflict", "url", "swhid"} <= occurrences[0].keys()
    holders = [
        one["copyright"] for detail in details for one in detail["sources"][0]["occurrences"]
    ]
    assert ["Copyright (c) 2001 Jane Doe"] in holders
    assert occurrences[0]["url"].startswith("https://github.com/octo/shapes/blob/")
    assert many["sources"][0]["notice"].startswith("Includes code")
    files = [one for block in blocks_of(page, "files") for one in block]
    assert [one[:3] for one in files][-1] == ["build/<out>.py", "left out", "ignored by git"]
    assert [one[0] for one in files] == [file.name for file in audit.files()]
    unchecked = [one[0] for one in data_of(page)["unchecked"]]
    assert unchecked == ["src/big.py", "src/locked.py"]


def test_the_texts_are_in_blocks_that_the_index_names() -> None:
    page = Elements(written(many_findings(450)))
    assert data_of(page)["text_blocks"] == [0, 200, 400]
    assert [len(block) for block in blocks_of(page, "texts")] == [200, 200, 50]


def test_only_what_the_policy_names_can_run() -> None:
    page = Elements(written(sample_audit()))
    (policy,) = (
        attrs["content"] or ""
        for attrs, _ in page.of("meta")
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    code = [text for attrs, text in page.of("script") if attrs == {}]
    style = [text for _, text in page.of("style")]
    for rule, contents in (("script-src", code), ("style-src", style)):
        (content,) = contents
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    kinds = {attrs.get("type") for attrs, _ in page.of("script")} - {None}
    assert kinds == {"application/json", "text/plain"}


def test_nothing_is_fetched_and_no_markup_is_made_of_strings() -> None:
    page = Elements(written(sample_audit()))
    for tag, attrs in page.elements:
        assert not {"src", "style", "srcset", "action", "background"} & attrs.keys(), tag
        assert not [name for name in attrs if name.startswith("on")], tag
        if "href" in attrs:
            assert (attrs["href"] or "").startswith(("#", "data:image/svg+xml,")), attrs
    (code,) = (text for attrs, text in page.of("script") if attrs == {})
    made = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment"
    )
    asked = (
        r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\b|\beval\(|Function\("
    )
    assert re.findall(f"{made}|{asked}", code) == []


@pytest.mark.parametrize("name", [HOSTILE_NAME, *NAMES_OF_HELL])
def test_a_hostile_name_makes_no_element(name: str) -> None:
    raw = written(_named(name))
    plain, page = Elements(written(_named("src/a.py"))), Elements(raw)
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    data = data_of(page)
    assert data["rows"]["names"] == [name]
    assert data["summary"]["root"] == name
    (details,) = blocks_of(page, "texts")
    assert details[0]["code"] == HOSTILE_CODE + name
    assert b"\xe2\x80\xa8" not in raw
    assert b"<!--" not in raw


def test_the_script_files_end_no_element() -> None:
    for path in [*SCRIPTS, *path_of("css")]:
        text = path.read_text(encoding="utf-8").lower()
        assert "</script" not in text
        assert "</style" not in text
        assert "<!--" not in text


def test_no_two_modules_declare_the_same_name() -> None:
    """All of them are in one scope."""
    declared = re.compile(r"^(?:async )?(?:const|let|function|class) (\w+)", re.MULTILINE)
    names = declared.findall(script().decode())
    assert len(names) > 50
    assert sorted(names) == sorted(set(names))


def test_every_file_beside_the_report_is_used() -> None:
    whole = (script() + style()).decode()
    for path in [*SCRIPTS, *path_of("css")]:
        first = path.read_text("utf-8").splitlines()[0]
        assert first in whole, path


def path_of(ending: str) -> list[Path]:
    return sorted(path for folder in FOLDERS for path in folder.glob(f"*.{ending}"))


def test_written_twice_it_is_the_same() -> None:
    assert written(sample_audit()) == written(sample_audit())


def test_texts_are_not_kept_in_memory() -> None:
    """40 MB of texts, of which one block at a time is in memory."""
    calls = 0

    def files() -> Iterator[FileReport]:
        nonlocal calls
        calls += 1
        line = "x = 1  # " + "y" * 70 + "\n"
        for at in range(1_000):
            name = f"src/{at}.py"
            finding = sample_finding(
                name, 1, [sample_source("MIT")], "denied", Severity.ERROR, f"{at}\n{line * 500}"
            )
            yield FileReport(name, FileState.CHECKED, "", "python", 500, 5_000, (finding,))

    audit = FakeAudit(files, summary_of([]))
    counter = _Counter()
    stream = io.BufferedWriter(counter)
    HtmlReport().write(FakeAudit([], summary_of([])), stream)
    tracemalloc.start()
    try:
        HtmlReport().write(audit, stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert calls == 1
    assert counter.bytes > 100_000
    assert peak < 8 << 20, f"{peak / 1e6:.1f} MB"


class _Counter(io.RawIOBase):
    """A pipe: cannot be sought in, keeps nothing."""

    bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.bytes += len(data)
        return len(data)


HEADLINES = {
    "nothing met": (Coverage(), {}, Severity.ERROR, "neutral", "Nothing to check"),
    "clean": (Coverage(checked=3), {}, Severity.ERROR, "good", "Passed: no open finding in 3 f"),
    "below": (
        Coverage(checked=1),
        {"note": 1},
        Severity.ERROR,
        "warn",
        "Passed, with 1 open finding (1 note).",
    ),
    "failed": (
        Coverage(checked=9),
        {"error": 1, "note": 1200},
        Severity.ERROR,
        "bad",
        "Failed: 1,201 open findings (1 error, 1,200 notes).",
    ),
    "none checked": (Coverage(not_checked=9), {}, Severity.ERROR, "bad", "Nothing was checked."),
    "some not": (
        Coverage(checked=3, not_checked=1),
        {},
        None,
        "bad",
        "Not complete: 1 of 4 files was not checked. In the rest, no finding is open.",
    ),
    "some in part": (
        Coverage(checked=3, partly=2),
        {"warning": 1},
        Severity.ERROR,
        "bad",
        "Not complete: 2 of 5 files were checked only in part. 1 open finding (1 warning).",
    ),
}


@pytest.mark.parametrize("case", HEADLINES)
def test_the_headline_says_first_what_was_not_checked(case: str) -> None:
    coverage, found, fail_on, tone, text = HEADLINES[case]
    summary = replace(summary_of([]), coverage=coverage, open=found, fail_on=fail_on)
    headline = headline_of(summary)
    assert headline.tone == tone
    assert headline.text.startswith(text)


def test_a_problem_without_a_file_is_not_a_pass() -> None:
    summary = replace(
        summary_of([]), coverage=Coverage(checked=3), problems=("the engine went away",)
    )
    headline = headline_of(summary)
    assert headline.tone == "bad"
    assert headline.text.startswith("Not complete")


def test_the_headline_is_in_the_html() -> None:
    page = Elements(written(sample_audit()))
    ((_, heading),) = page.of("h1")
    assert heading.startswith("Not complete: 1 of 13 files was not checked, 1 only in part.")
    assert page.of("title")[0][1].startswith("Not complete")
    assert "Not legal advice. Only what the index holds, at its date." in page.text
    assert "sample corpus, 2026-11-20" in page.text


def test_a_run_without_an_index_is_written() -> None:
    summary = replace(
        summary_of([]), index=None, coverage=Coverage(not_checked=2), problems=("no index",)
    )
    page = Elements(written(FakeAudit([], summary)))
    assert data_of(page)["summary"]["index"] is None
    assert "Nothing was checked." in page.text


def test_a_clean_run_says_so() -> None:
    page = Elements(written(clean_audit()))
    assert "Passed: no open finding in 1 file." in page.text


def test_each_key_of_the_address_is_documented() -> None:
    documented = (ROOT / "docs" / "reports" / "html.md").read_text(encoding="utf-8")
    code = (ROOT / "audit/reports/html/page/filter.js").read_text(encoding="utf-8")
    keys = set(re.findall(r'(?:given\.get(?:All)?|among)\("(\w+)"', code))
    facets = re.search(r"const FACETS = \{(.*?)\n\};", code, re.DOTALL)
    assert facets is not None
    keys |= set(re.findall(r"^  (\w+): \{", facets[1], re.MULTILINE))
    assert len(keys) >= 12
    for key in keys:
        assert f"| `{key}` |" in documented, key


def _named(name: str) -> FakeAudit:
    """A run in which all that strangers name has this name."""
    source = sample_source("MIT", path=name)
    occurrences = (replace(source.occurrences[0], repository=name),)
    source = replace(source, occurrences=occurrences, document=name)
    finding = sample_finding("a", 1, [source], "denied", Severity.ERROR, HOSTILE_CODE)
    passage = replace(finding.passage, code=HOSTILE_CODE + name)
    findings = (replace(finding, name=name, passage=passage),)
    file = FileReport(name, FileState.NOT_CHECKED, name, "python", findings=findings)
    summary = summary_of([file])
    return FakeAudit([file], replace(summary, root=name, tool=name, policy=name, problems=(name,)))
