"""What a view showed is there again after Back, in another view, and after a reload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser_states import CLIPBOARD, paste
from tests.support.webapp_client import PARSER, QUEUE
from tests.webapp.test_browser_check import check, drop, source
from tests.webapp.test_browser_playground import PROMPT, generate, marks, playground, write

OpenPage = Callable[..., Page]


def to_the_source_and_back(page: Page) -> None:
    page.locator("article .path a").first.click()
    expect(page.get_by_role("complementary", name="Occurrences")).to_be_visible()
    page.go_back()


def by_reload(page: Page) -> None:
    page.reload()


def by_the_bar(page: Page) -> None:
    navigation = page.get_by_role("navigation", name="Main")
    view = navigation.locator("[aria-current=page]").inner_text()
    navigation.get_by_role("link", name="Corpus").click()
    expect(page.locator("[data-view=corpus] h1")).to_be_visible()
    navigation.get_by_role("link", name=view).click()


WAYS = pytest.mark.parametrize("way", [to_the_source_and_back, by_the_bar, by_reload])


@WAYS
def test_check_shows_its_code_and_answer_again(
    open_page: OpenPage, way: Callable[[Page], Any]
) -> None:
    page = check(open_page)
    paste(page, PARSER)
    expect(source(page, "quay/harbour")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    way(page)
    expect(page.locator(".cm-content")).to_contain_text("def parse_harbour_log")
    expect(source(page, "quay/harbour")).to_be_visible()
    expect(page.locator(".cm-mark.kind-verbatim").first).to_be_visible()
    assert not [url for url in asked if "attributions" in url]


def test_check_shows_all_its_files_again_and_clear_forgets_them(open_page: OpenPage) -> None:
    page = check(open_page)
    drop(page, log_py=PARSER, queue_py=QUEUE)
    expect(source(page, "quay/harbour")).to_be_visible()
    page.get_by_role("tab", name="queue.py").click()
    by_the_bar(page)
    expect(page.get_by_role("tab", name="queue.py")).to_have_attribute("aria-selected", "true")
    expect(source(page, "lock/keeper")).to_be_visible()
    page.get_by_role("tab", name="log.py").click()
    expect(source(page, "quay/harbour")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    page.reload()
    expect(page.get_by_role("heading", name="Where is this code from?")).to_be_visible()
    expect(page.locator(".cm-content")).not_to_contain_text("def")


def test_a_check_that_was_left_is_made_again(open_page: OpenPage) -> None:
    page = check(open_page)
    page.route("**/api/v1/attributions", lambda _: None)  # never answered
    paste(page, PARSER)
    expect(page.get_by_role("heading", name="Checking")).to_be_visible()
    page.unroute("**/api/v1/attributions")
    by_the_bar(page)
    expect(source(page, "quay/harbour")).to_be_visible()


def test_a_link_to_code_goes_before_what_was_there(open_page: OpenPage) -> None:
    page = check(open_page)
    paste(page, QUEUE)
    expect(source(page, "lock/keeper")).to_be_visible()
    page.get_by_role("button", name="Copy a link to this result").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Clear").click()
    paste(page, PARSER)
    expect(source(page, "quay/harbour")).to_be_visible()
    page.goto("/corpus")
    page.goto(link)
    expect(source(page, "lock/keeper")).to_be_visible()
    page.reload()
    expect(source(page, "lock/keeper")).to_be_visible()


@WAYS
def test_the_playground_shows_its_text_and_marks_again(
    open_page: OpenPage, way: Callable[[Page], Any]
) -> None:
    page = playground(open_page)
    generate(page)
    expect(marks(page).first).to_be_visible()
    before = page.locator(".cm-content").inner_html()
    way(page)
    expect(source(page, "quay/harbour")).to_be_visible()
    expect(marks(page).first).to_be_visible()
    expect(page.locator(".cm-generated").first).to_be_visible()
    assert marks(page).count() == before.count("cm-mark kind-verbatim")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    write(page, "\n\ndef drain_lock_queue(basin, boats, level_of):\n")
    page.keyboard.press("Control+Enter")
    expect(source(page, "lock/keeper")).to_be_visible()


def test_text_that_was_being_written_is_judged_after_coming_back(open_page: OpenPage) -> None:
    page = playground(open_page)
    page.get_by_role("combobox", name="Model").select_option("slow")
    write(page, f"{PROMPT}\n")
    page.keyboard.press("Control+Enter")
    expect(marks(page).first).to_be_visible()
    by_the_bar(page)
    expect(page.get_by_role("heading", name="Copied verbatim", exact=True)).to_be_visible()
    expect(marks(page).first).to_be_visible()


@WAYS
def test_the_conversation_is_there_again(open_page: OpenPage, way: Callable[[Page], Any]) -> None:
    page = playground(open_page)
    page.get_by_role("radio", name="Chat").check(force=True)
    message = page.get_by_role("textbox", name="Message")
    message.fill("How do boats pass a lock?")
    page.keyboard.press("Enter")
    expect(source(page, "lock/keeper")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    message.fill("not sent yet")
    way(page)
    expect(page.get_by_role("article", name="You")).to_contain_text("How do boats pass a lock?")
    answer = page.get_by_role("article", name="rememberer")
    expect(answer).to_contain_text("It lets the lowest boats through first.")
    expect(answer.locator(".cm-mark.kind-verbatim").first).to_be_visible()
    expect(source(page, "lock/keeper")).to_be_visible()
    expect(message).to_have_value("not sent yet")
    with page.expect_request("**/v1/chat/completions") as sent:
        message.press("Enter")
    assert [turn["role"] for turn in sent.value.post_data_json["messages"]] == [
        "user", "assistant", "user",
    ]  # fmt: skip


def test_back_returns_to_the_same_place_of_a_long_page(open_page: OpenPage) -> None:
    page = open_page("/search?q=lantern", permissions=CLIPBOARD)
    link = page.locator("article h3 a").nth(15)
    link.scroll_into_view_if_needed()
    expect(link).to_be_in_viewport()
    place = page.evaluate("window.scrollY")
    assert place > 500
    link.click()
    expect(page.get_by_role("complementary", name="Occurrences")).to_be_visible()
    page.go_back()
    expect(link).to_be_in_viewport()
    assert page.evaluate("window.scrollY") == place
