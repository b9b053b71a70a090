"""The page's Corpus and API views, in a real browser over a real index."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]


def test_the_corpus_is_shown_in_figures_that_are_tables_too(open_page: OpenPage) -> None:
    page = open_page("/corpus")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("term").filter(has_text="distinct files")).to_be_visible()
    expect(page.get_by_text("50", exact=True)).to_be_visible()
    languages = page.get_by_role("table", name="Files by language")
    expect(languages.get_by_role("row", name=re.compile(r"Python\s+34\s+68%"))).to_be_visible()
    licences = page.get_by_role("table", name="Occurrences by licence")
    expect(licences.get_by_role("row", name=re.compile(r"GPL-3.0-only\s+1\s+1%"))).to_be_visible()
    expect(page.get_by_role("table", name="Files left out by reason")).to_contain_text("binary")
    expect(page.get_by_text("hermit")).to_be_visible()
    expect(page.get_by_text("19 tokens")).to_be_visible()
    bars = languages.locator(".v-corpus-bar span")
    widths = [bars.nth(at).bounding_box() for at in range(2)]
    assert widths[0] is not None
    assert widths[1] is not None
    assert abs(widths[1]["width"] / widths[0]["width"] - 16 / 34) < 0.02


def test_is_my_code_in_here(open_page: OpenPage) -> None:
    page = open_page("/corpus")
    owner = page.get_by_label("Owner, repository or package")
    answer = page.locator(".v-corpus-answer")
    owner.fill("quay")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("Yes. This index has 2 files of quay, from 2 repositories.")
    harbour = answer.get_by_role("row").filter(has_text="quay/harbour")
    expect(harbour.get_by_role("cell")).to_have_text(["1", "1", "Apache-2.0"])
    expect(answer).to_contain_text("whence remove --owner quay")
    expect(page).to_have_url(re.compile(r"\?owner=quay$"))
    owner.fill("no-such-owner")
    page.get_by_role("button", name="Look it up").click()
    expect(answer).to_contain_text("No. no-such-owner is not in this index.")
    owner.fill("hermit")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("No. hermit asked to be left out.")
    page.goto("/corpus?owner=lock/keeper")
    expect(answer).to_contain_text("Yes. This index has 1 file of lock/keeper")


def test_the_reference_names_every_operation_and_unfolds(open_page: OpenPage) -> None:
    page = open_page("/api/docs")
    operations = page.locator("details.v-api-operation")
    expect(operations.first).to_be_visible()
    described = page.request.get("/openapi.json").json()["paths"]
    assert operations.count() == sum(len(methods) for methods in described.values())
    page.get_by_role("navigation", name="Operations").get_by_title(
        "POST /api/v1/attributions", exact=True
    ).click()
    opened = page.locator("#post-api-v1-attributions")
    expect(opened.get_by_text("The text. Offsets in the answer are bytes")).to_be_visible()
    sources = opened.locator(".v-api-row").filter(has_text="array of SourceJson")
    sources.locator("summary").click()
    expect(sources.get_by_text("longest_run_tokens")).to_be_visible()
    example = opened.get_by_label("Example", exact=True)
    expect(example).to_contain_text("curl 'http://127.0.0.1")
    opened.get_by_role("button", name="Python").click()
    expect(example).to_contain_text("requests.post(")
    compile(example.inner_text(), "example.py", "exec")


def test_every_python_example_is_python(open_page: OpenPage) -> None:
    page = open_page("/api/docs")
    for operation in page.locator("details.v-api-operation").all():
        operation.locator("summary").first.click()
        operation.get_by_role("button", name="Python").click()
        compile(operation.get_by_label("Example", exact=True).inner_text(), "example.py", "exec")


def test_examples_that_are_copied_run(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("/api/docs")
    expect(page.locator("details.v-api-operation").first).to_be_visible()
    script = tmp_path / "examples.py"
    for name in (
        "post-api-v1-attributions",
        "get-api-v1-search",
        "get-api-v1-documents-swhid",
        "get-api-v1-membership",
        "post-v1-completions",
        "post-overlap",
    ):
        operation = page.locator(f"#{name}")
        operation.locator("summary").first.click()
        operation.get_by_role("button", name="Python").click()
        with script.open("a", encoding="utf-8") as file:
            file.write(operation.get_by_label("Example", exact=True).inner_text() + "\n")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "'facets'" in done.stdout
    assert "return" in done.stdout


def test_an_operation_is_tried_from_the_page(open_page: OpenPage) -> None:
    page = open_page("/api/docs#post-api-v1-attributions", expect=("status of 422",))
    attributions = page.get_by_role("region", name="Try POST /api/v1/attributions", exact=True)
    attributions.get_by_role("button", name="Send").click()
    expect(attributions.get_by_text(re.compile(r"^200"))).to_be_visible()
    answer = json.loads(attributions.get_by_label("Answer").inner_text())
    assert answer["status"] in ("checked", "not_checked")
    attributions.get_by_label("Body").fill('{"code": 7}')
    attributions.get_by_role("button", name="Send").click()
    expect(attributions.get_by_text(re.compile(r"^422"))).to_be_visible()
    attributions.get_by_label("Body").fill("{")
    attributions.get_by_role("button", name="Send").click()
    expect(attributions.get_by_text(re.compile("^The body is not JSON"))).to_be_visible()
    page.locator("#get-api-v1-search > summary").click()
    search = page.get_by_role("region", name="Try GET /api/v1/search")
    search.get_by_label(re.compile("^q")).fill("lantern")
    search.get_by_label("limit").fill("1")
    search.get_by_role("button", name="Send").click()
    expect(search.get_by_label("Answer")).to_contain_text('"of": 45')
