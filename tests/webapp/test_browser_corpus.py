"""The page's Corpus and API views, in a real browser over a real index."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.webapp_client import PARSER

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


def test_the_api_view_has_a_call_that_works_for_every_endpoint(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page("/api/docs")
    endpoints = page.locator("details.v-api-operation")
    expect(endpoints.first).to_be_visible()
    described = page.request.get("/openapi.json").json()["paths"]
    assert endpoints.count() == sum(len(methods) for methods in described.values())
    (tmp_path / "FILE").write_text(PARSER, encoding="utf-8")
    request = {
        "opt_outs": [{"kind": "owner", "value": "python"}],
        "statement": "mine",
        "contact": "ann@quay.example",
    }
    made = page.request.post("/api/v1/removal-requests", data=request)
    reference = made.json()["reference"]
    for endpoint in endpoints.all():
        endpoint.locator("summary").click()
        call = endpoint.get_by_label("Example", exact=True).inner_text()
        call = call.replace("REFERENCE", reference)
        done = subprocess.run(
            [
                "bash",
                "-ec",
                f'whence() {{ {sys.executable} -m attribution.cli "$@"; }}\n{call} -sf',
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (call, done.stderr)
        answer = json.loads(done.stdout)
        if "code" in call and "attributions'" in call:
            assert answer["sources"], call


def test_a_call_is_copied(open_page: OpenPage) -> None:
    page = open_page("/api/docs", permissions=["clipboard-read", "clipboard-write"])
    endpoint = page.locator("#get-api-v1-index")
    endpoint.locator("summary").click()
    endpoint.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == endpoint.get_by_label("Example", exact=True).inner_text()
