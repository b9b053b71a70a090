"""The page's Search and Document views, in a real browser over a real index."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from attribution.index.identity import blob_id
from tests.support.browser_corpus import (
    CONFLICT,
    HOSTILE,
    HOSTILE_PATH,
    HOSTILE_REPOSITORY,
    LONG,
)
from tests.support.webapp_client import PARSER

OpenPage = Callable[..., Page]
DOCUMENT = f"swh:1:cnt:{blob_id(PARSER.encode()).hex()}"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def test_words_are_found_marked_and_lead_to_their_line(open_page: OpenPage) -> None:
    page = open_page("/search")
    expect(page.get_by_text("What are you looking for?")).to_be_visible()
    page.get_by_role("searchbox").fill('anchored "verb.strip()"')
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=anchored\+%22verb"))
    hit = page.locator("article").first
    expect(hit.get_by_role("link", name="quay/harbour / harbour/log.py")).to_be_visible()
    expect(hit.get_by_text("Apache-2.0")).to_be_visible()
    expect(hit.locator("mark").first).to_have_text("anchored")
    expect(hit.locator("mark").filter(has_text="verb.strip()").first).to_be_visible()
    expect(hit.get_by_text("2 occurrences")).to_be_visible()
    hit.get_by_role("heading").get_by_role("link").click()
    expect(page).to_have_url(re.compile(rf"/documents/{DOCUMENT}\?lines=12$"))
    expect(page.locator(".cm-lit")).to_have_count(1)
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value('anchored "verb.strip()"')


def test_parts_of_identifiers_and_all_their_lines(open_page: OpenPage) -> None:
    page = open_page("/search?q=beacon")
    hit = page.locator("article").first
    expect(hit.locator(".v-search-line")).to_have_count(6)
    hit.get_by_role("link", name="594 more lines").click()
    expect(page).to_have_url(re.compile(r"\?lines=1&find=beacon$"))
    expect(page.get_by_text("does not know")).to_have_count(0)
    expect(page.locator(".cm-searchMatch").first).to_have_text("BEACON")
    page.get_by_role("button", name="next").click()
    expect(page.locator(".cm-searchMatch-selected")).to_have_count(1)


def test_expressions_filters_and_notes(open_page: OpenPage) -> None:
    page = open_page("/search?q=" + quote("/lantern_\\d0\\(/ -path:*_20.py"))
    expect(page.get_by_role("heading", name="2 files match")).to_be_visible()
    expect(page.locator("mark").first).to_have_text(re.compile("^lantern_[14]0\\($"))
    page.get_by_role("searchbox").fill("lantern OR beacon")
    page.keyboard.press("Enter")
    expect(page.get_by_text("OR was searched as a word: files must contain all")).to_be_visible()


def test_filters_narrow_a_search_and_can_be_removed(open_page: OpenPage) -> None:
    page = open_page("/search?q=lantern")
    expect(page.get_by_role("heading", name="45 files match")).to_be_visible()
    filters = page.get_by_role("navigation", name="Filters")
    filters.get_by_role("link", name="JavaScript 15").click()
    expect(page.get_by_role("heading", name="15 files match")).to_be_visible()
    filters.get_by_role("link", name=re.compile("^MIT")).click()
    expect(page).to_have_url(re.compile("language=javascript&license=MIT"))
    expect(page.get_by_role("heading", name="7 files match")).to_be_visible()
    expect(page.locator("article")).to_have_count(7)
    page.reload()
    expect(page.locator("article")).to_have_count(7)
    page.get_by_role("link", name="Remove filter: Language JavaScript").click()
    expect(page.get_by_role("heading", name="22 files match")).to_be_visible()
    page.get_by_label("Only from").fill("quay")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No file matches")).to_be_visible()
    page.get_by_role("link", name="Remove filter: Repository quay").click()
    expect(page.get_by_role("heading", name="22 files match")).to_be_visible()


def test_load_more_appends_hits_and_moves_the_focus(open_page: OpenPage) -> None:
    page = open_page("/search?q=lantern")
    hits = page.locator("article")
    expect(hits).to_have_count(20)
    page.get_by_role("button", name="Load more").click()
    expect(hits).to_have_count(40)
    expect(hits.nth(20).get_by_role("heading").get_by_role("link")).to_be_focused()
    page.get_by_role("button", name="Load more").click()
    expect(hits).to_have_count(45)
    expect(page.get_by_role("button", name="Load more")).to_be_hidden()
    names = hits.get_by_role("heading").all_inner_texts()
    assert len(set(names)) == 45


def test_nothing_found_says_what_helps(open_page: OpenPage) -> None:
    page = open_page("/search?q=%22lantern+unheard%22&language=python")
    expect(page.get_by_role("heading", name="No file matches")).to_be_visible()
    page.get_by_role("link", name="Search without filters").click()
    page.get_by_role("link", name="Search for the words separately").click()
    expect(page.get_by_role("searchbox")).to_have_value("lantern unheard")


def test_a_document_shows_its_occurrences_licences_and_citations(open_page: OpenPage) -> None:
    page = open_page(f"/documents/{DOCUMENT}?lines=5-8", permissions=CLIPBOARD)
    expect(page.get_by_role("heading", name="harbour/log.py", level=1)).to_be_visible()
    expect(page.locator(".cm-lit")).to_have_count(4)
    occurrences = page.get_by_role("complementary", name="Occurrences")
    expect(occurrences.get_by_role("heading", name="2 occurrences")).to_be_visible()
    expect(occurrences.get_by_text("Licence read from: file header")).to_have_count(2)
    expect(occurrences.get_by_text("vendored")).to_be_visible()
    link = occurrences.get_by_role("link", name="Open quay/harbour in a new tab")
    expect(link).to_have_attribute(
        "href", f"https://github.com/quay/harbour/blob/{'a' * 40}/harbour/log.py#L5-L8"
    )
    page.get_by_role("region", name="Contents").get_by_role("button", name="SWHID").click()
    assert page.evaluate("navigator.clipboard.readText()") == f"{DOCUMENT};lines=5-8"


def test_lines_are_chosen_by_click_by_shift_and_by_writing(open_page: OpenPage) -> None:
    page = open_page(f"/documents/{DOCUMENT}#L3")
    expect(page.locator(".cm-lit")).to_have_count(1)
    numbers = page.locator(".cm-lineNumbers .cm-gutterElement")
    numbers.get_by_text("6", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?lines=6$"))
    numbers.get_by_text("9", exact=True).click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile(r"\?lines=6-9$"))
    expect(page.locator(".cm-lit")).to_have_count(4)
    page.get_by_label("Lines").fill("12-11")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?lines=11-12$"))
    page.get_by_label("Lines").fill("4000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Lines 4000: the file has 17 lines")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?lines=11-12$"))
    page.get_by_role("button", name="Search in corpus").click()
    expect(page.locator("article")).to_have_count(1)


def test_numbers_are_beside_their_lines_far_down_in_a_long_file(open_page: OpenPage) -> None:
    page = open_page(f"/documents/swh:1:cnt:{blob_id(LONG.encode()).hex()}?lines=400-403")
    line = page.locator(".cm-line").filter(has_text=re.compile("^BEACON_400 "))
    number = page.locator(".cm-lineNumbers .cm-gutterElement").get_by_text("400", exact=True)
    expect(line).to_be_in_viewport()
    expect(line).to_have_class(re.compile("cm-lit"))
    tops = [one.bounding_box() for one in (line, number)]
    assert tops[0] is not None
    assert tops[1] is not None
    assert abs(tops[0]["y"] - tops[1]["y"]) <= 1
    occurrences = page.get_by_role("complementary", name="Occurrences")
    expect(occurrences.get_by_text("Assume that all rights are reserved")).to_be_in_viewport()


def test_hostile_text_stays_text(open_page: OpenPage) -> None:
    page = open_page("/search?q=mooring_gallows")
    hit = page.locator("article")
    expect(hit).to_contain_text(HOSTILE_REPOSITORY)
    hit.get_by_role("heading").get_by_role("link").click()
    expect(page.get_by_role("heading", name=HOSTILE_PATH, level=1)).to_be_visible()
    expect(page.locator(".cm-content")).to_contain_text("<script>document.title")
    expect(page.get_by_text(CONFLICT)).to_be_visible()
    expect(page).not_to_have_title(re.compile("taken"))
    assert page.locator("#main script, #main img").count() == 0
    found = page.evaluate("document.querySelector('.cm-content').innerText")
    assert [line.strip() for line in HOSTILE.splitlines()[:4]] == [
        line.strip() for line in found.splitlines()[:4]
    ]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"/documents/swh:1:cnt:{'0' * 40}", "Not found"),
        ("/documents/swh:1:cnt:beef", "This request cannot be answered"),
        ("/nowhere", "There is no such page"),
    ],
)
def test_a_missing_document_or_page_is_reported(open_page: OpenPage, path: str, said: str) -> None:
    page = open_page(path, expect=("status of 40", "Problem"))
    expect(page.get_by_role("heading", name=said)).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.get_by_role("link", name="Search the corpus").click()
    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"/documents/{DOCUMENT}?lines=x-9", "Lines x-9: write lines as 12 or 12-20"),
        (f"/documents/{DOCUMENT}?lines=70", "Lines 70: the file has 17 lines"),
        ("/search?query=boat", "parameters that this page does not know: query"),
        ("/search?q=boat&language=klingon", "no language is called 'klingon'"),
        ("/search?q=boat&license=gratis", "the licence 'gratis' does not name one licence"),
    ],
)
def test_a_wrong_parameter_of_the_address_is_named(
    open_page: OpenPage, path: str, said: str
) -> None:
    page = open_page(path, expect=("status of 40",))
    expect(page.get_by_text(said)).to_be_visible()


def test_g_s_opens_the_search_with_its_field_ready(open_page: OpenPage) -> None:
    page = open_page("/corpus")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("lantern")
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(20)
