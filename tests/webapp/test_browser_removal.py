"""The author's way on the page: what is in the index, the request, and what was decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser_app import WHOM
from tests.support.webapp_client import PARSER, TIDES
from webapp.removal.store import DECLINED, RequestStore

OpenPage = Callable[..., Page]


@pytest.fixture
def store(corpus: Path) -> RequestStore:
    """The requests that the service has, without those of other tests."""
    stored = RequestStore(corpus.with_name("requests.sqlite"))
    for request in list(stored.all()):
        stored.delete(request.number)
    return stored


def test_a_request_is_sent_and_its_decision_is_seen(
    open_page: OpenPage, store: RequestStore
) -> None:
    page = open_page("/corpus?owner=quay", permissions=["clipboard-read", "clipboard-write"])
    answer = page.locator(".v-corpus-answer")
    expect(answer).to_contain_text(
        "A removal would remove 2 occurrences of 2 files: 1 would be deleted. 1 would stay"
    )
    answer.locator("summary", has_text="1 that would stay").click()
    row = answer.get_by_role("row").filter(has_text="pier/fork")
    expect(row.get_by_role("rowheader")).to_have_text("quay/harbour/harbour/log.py")
    expect(answer).to_contain_text(f"{WHOM} decides on it, will write to your address")
    expect(page.get_by_label("everything of the owner quay")).to_be_checked()

    page.get_by_role("button", name="Send the request").click()
    assert list(store.all()) == [], "the browser asks for the fields first"
    page.get_by_label("Why is this code yours?").fill("See my profile.\n<script>alert(1)</script>")
    page.get_by_label("Your address").fill("ann@quay.example")
    page.get_by_label("Your address").press("Enter")
    expect(page.get_by_role("heading", name="Your request was sent")).to_be_visible()
    (made,) = store.all()
    assert [(one.kind, one.value) for one in made.opt_outs] == [("owner", "quay")]
    assert made.statement.splitlines() == ["See my profile.", "<script>alert(1)</script>"]
    page.get_by_role("button", name="Copy the reference").click()
    assert page.evaluate("navigator.clipboard.readText()") == made.reference

    page.get_by_role("link", name=made.reference).click()
    expect(page).to_have_url(re.compile(f"/requests/{made.reference}$"))
    expect(page.get_by_role("heading", name="Waiting for a decision")).to_be_visible()
    store.decide(made.number, DECLINED, "<b>No proof came.</b>")
    page.reload()
    expect(page.get_by_role("heading", name="Declined")).to_be_visible()
    expect(page.locator("main")).to_contain_text("<b>No proof came.</b>")
    expect(page.get_by_role("link", name="everything of the owner quay")).to_be_visible()


def test_a_request_that_is_refused_can_be_sent_again(
    open_page: OpenPage, store: RequestStore
) -> None:
    page = open_page("/corpus?owner=lock/keeper", expect=("status of 422",))
    page.get_by_label("Why is this code yours?").fill("mine\x01")
    page.get_by_label("Your address").fill("ann@quay.example")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert")).to_contain_text("the control character U+0001")
    page.get_by_label("Why is this code yours?").fill("mine")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", name="Your request was sent")).to_be_focused(timeout=5000)
    (made,) = store.all()
    assert [(one.kind, one.value) for one in made.opt_outs] == [("repository", "lock/keeper")]


def test_a_part_of_a_file_is_found(open_page: OpenPage) -> None:
    page = open_page("/corpus")
    # the first look-up may have to compile the kernels
    page.request.post("/api/v1/attributions", data={"code": PARSER}, timeout=120_000)
    page.get_by_text("Or paste a file").click()
    code = page.get_by_label("A file of yours, or a part of it")
    code.fill("".join(PARSER.splitlines(keepends=True)[6:15]))
    page.get_by_role("button", name="Find it").click()
    table = page.get_by_role("table", name="Repositories that have this code")
    expect(table.get_by_role("rowheader")).to_have_text(["quay/harbour", "pier/fork"])
    code.fill(TIDES.replace("station", "place"))
    page.get_by_role("button", name="Find it").click()
    expect(table.get_by_role("row").filter(has_text="quay/tides")).to_contain_text("renamed")
    code.fill("nothing = 1")
    page.get_by_role("button", name="Find it").click()
    expect(page.locator(".v-corpus-pasted")).to_contain_text("Not checked")
    code.fill("".join(PARSER.splitlines(keepends=True)[6:15]))
    page.get_by_role("button", name="Find it").click()
    table.get_by_role("link", name="pier/fork").click()
    expect(page).to_have_url(re.compile(r"\?owner=pier%2Ffork$"))
    expect(page.get_by_label("the repository or package pier/fork")).to_be_checked()


def test_a_removal_that_was_made_is_dated(open_page: OpenPage) -> None:
    page = open_page("/corpus?owner=hermit")
    answer = page.locator(".v-corpus-answer")
    expect(answer).to_contain_text(
        re.compile(r"hermit: removed on \d{4}-\d\d-\d\d, and not indexed since\.")
    )
    expect(page.get_by_role("button", name="Send the request")).to_have_count(0)


def test_a_reference_that_is_wrong_is_explained(open_page: OpenPage) -> None:
    page = open_page("/requests/nonsense", expect=("status of 404",))
    expect(page.get_by_role("alert")).to_contain_text("There is no request with this reference")
