"""The playground in a real browser: a model writes, and what it copies is marked and credited."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
from playwright.sync_api import Locator, Page, expect

from attribution.reports.answer_schema import published_schema
from tests.support.browser_setup import axe_source
from tests.support.webapp_client import PARSER
from tests.webapp.test_browser_access import ALL_RULES, serious, settle, tab_to

OpenPage = Callable[..., Page]
CLIPBOARD = ["clipboard-read", "clipboard-write"]
PROMPT = "def parse_harbour_log(lines, tolerance=3):"


def playground(open_page: OpenPage, **options: Any) -> Page:
    page = open_page("/", **options)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("rememberer")
    return page


def write(page: Page, prompt: str) -> None:
    """Type into the editor, as a person does."""
    page.locator(".cm-content").click()
    page.keyboard.type(prompt)


def generate(page: Page, prompt: str = PROMPT) -> None:
    """Type, start by the keyboard, wait for the end."""
    write(page, f"{prompt}\n")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("finished")).to_be_visible()


def marks(page: Page, kind: str = "verbatim") -> Locator:
    return page.locator(f".cm-mark.kind-{kind}")


def card(page: Page, repository: str = "quay/harbour") -> Locator:
    return page.get_by_role("article", name=f"match with {repository}")


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_a_copy_is_marked_while_it_is_written_and_stays_when_stopped(open_page: OpenPage) -> None:
    page = playground(open_page)
    page.get_by_role("combobox", name="Model").select_option("slow")
    write(page, f"{PROMPT}\n")
    page.keyboard.press("Control+Enter")
    expect(marks(page).first).to_be_visible()
    expect(page.get_by_role("heading", name="Copied verbatim so far")).to_be_visible()
    expect(card(page)).to_contain_text("Apache-2.0")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()  # so it is still writing
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Generate")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="stopped")).to_be_visible()
    expect(page.get_by_role("heading", name="Copied verbatim", exact=True)).to_be_visible()
    expect(marks(page).first).to_be_visible()
    text = page.locator(".cm-content").inner_text()
    assert PARSER.splitlines()[5].strip() in text
    assert "is unknown to the harbour" not in text


def test_mark_and_card_belong_together(open_page: OpenPage) -> None:
    page = playground(open_page)
    generate(page)
    expect(page.get_by_text(re.compile("^Checked against harbour"))).to_be_visible()
    expect(page.locator(".cm-kind.kind-verbatim").first).to_have_text("V")
    source = card(page)
    source.hover()
    expect(page.locator(".cm-active-span").first).to_be_visible()
    page.mouse.move(5, 5)
    expect(page.locator(".cm-active-span")).to_have_count(0)
    marks(page).first.hover()
    expect(source).to_have_class(re.compile("active"))


def test_the_diff_shows_both_sides_and_the_permanent_link(open_page: OpenPage) -> None:
    page = playground(open_page)
    generate(page)
    compare = card(page).get_by_role("button", name="Compare")
    compare.click()
    dialog = page.get_by_role("dialog", name="quay/harbour · harbour/log.py")
    table = dialog.get_by_role("table").first
    expect(table.get_by_text("anchored = {}")).to_have_count(2)
    link = dialog.get_by_role("link", name="https://github.com/quay/harbour/blob/")
    expect(link).to_have_attribute("href", re.compile(r"harbour/log\.py#L6-L17$"))
    expect(dialog.get_by_role("row").filter(has_text="pier/fork")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(compare).to_be_focused()


def test_credit_is_copied_as_a_comment_and_as_a_notice(open_page: OpenPage) -> None:
    page = playground(open_page, permissions=CLIPBOARD)
    generate(page)
    card(page).get_by_role("button", name="Cite").click()
    expect(page.get_by_text("Citation comment copied")).to_be_visible()
    comment = clipboard(page)
    assert all(line.startswith("#") for line in comment.strip().splitlines())
    assert "https://github.com/quay/harbour/blob/" in comment
    assert "Apache-2.0" in comment
    card(page).get_by_role("button", name="NOTICE").click()
    expect(page.get_by_text("NOTICE text copied")).to_be_visible()
    assert "quay/harbour" in clipboard(page)


def test_a_gap_is_filled_between_the_code_around_it(open_page: OpenPage) -> None:
    page = playground(open_page)
    page.get_by_role("radio", name="Infill").check(force=True)
    write(page, "def drain_lock_queue(basin, boats, level_of):")
    page.keyboard.insert_text("\n\n    return passed, refused  # the end\n")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("img", name="The gap to fill")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("finished")).to_be_visible()
    expect(card(page, "lock/keeper")).to_contain_text("GPL-3.0-only")
    text = page.locator(".cm-content").inner_text()
    assert text.index("level_of):") < text.index("waiting = sorted") < text.index("# the end")


def test_code_in_an_answer_of_the_chat_is_marked(open_page: OpenPage) -> None:
    page = playground(open_page)
    page.get_by_role("radio", name="Chat").check(force=True)
    page.get_by_role("textbox", name="Message").fill("How do boats pass a lock?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name="rememberer")
    expect(answer).to_contain_text("It lets the lowest boats through first.")
    expect(answer.locator(".cm-mark.kind-verbatim").first).to_be_visible()
    expect(card(page, "lock/keeper")).to_be_visible()
    answer.get_by_role("button", name="Edit in playground").click()
    expect(page.get_by_role("radio", name="Complete")).to_be_checked()
    expect(page.locator(".cm-content")).to_contain_text("def drain_lock_queue")


def test_every_example_of_every_mode_gives_an_answer(open_page: OpenPage) -> None:
    page = playground(open_page)
    for mode, number, repository in (
        ("Complete", 0, "quay/harbour"),
        ("Complete", 1, "lock/keeper"),
        ("Infill", 0, "lock/keeper"),
        ("Chat", 0, "lock/keeper"),
    ):
        page.get_by_role("radio", name=mode).check(force=True)
        examples = page.locator(".example")
        expect(examples).to_have_count(2 if mode == "Complete" else 1)
        examples.nth(number).click()
        expect(card(page, repository)).to_be_visible()
        if mode == "Infill":
            text = page.locator(".cm-content").inner_text()
            assert text.index("waiting = sorted") < text.index("return passed, refused")
        if mode != "Chat":
            page.get_by_role("button", name="Clear").click()


def test_the_chat_follows_its_answer_until_the_reader_scrolls(open_page: OpenPage) -> None:
    page = playground(open_page, viewport={"width": 1280, "height": 420})
    page.get_by_role("radio", name="Chat").check(force=True)
    page.get_by_role("combobox", name="Model").select_option("slow")
    page.locator(".example").first.click()
    log = page.get_by_role("log")
    last = page.get_by_text("It lets the lowest boats through first.")
    expect(last).to_be_in_viewport(timeout=60_000)
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(last).to_be_in_viewport()
    page.get_by_role("textbox", name="Message").fill("And again?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="You").nth(1)).to_be_in_viewport()
    expect(page.locator(".block").nth(1)).to_be_in_viewport()
    log.hover()
    page.mouse.wheel(0, -4000)
    expect(page.get_by_role("article", name="You").first).to_be_in_viewport()
    expect(page.get_by_role("button", name="Send")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("article", name="You").first).to_be_in_viewport()


def test_code_without_a_source_is_shown_as_unmatched(open_page: OpenPage) -> None:
    page = playground(open_page)
    generate(page, "def prism_of_no_corpus(prism, shade):")
    expect(page.get_by_role("heading", name="No match")).to_be_visible()
    expect(page.get_by_text("This does not prove that the code is original")).to_be_visible()
    expect(marks(page)).to_have_count(0)


def test_an_edit_makes_the_answer_stale_until_checked_again(open_page: OpenPage) -> None:
    page = playground(open_page)
    generate(page)
    marks(page).nth(3).click()
    page.keyboard.type("x")
    expect(page.get_by_text("before it was edited")).to_be_visible()
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("before it was edited")).to_be_hidden()
    expect(card(page)).to_be_visible()


def test_a_result_is_exported_as_the_published_json(open_page: OpenPage, tmp_path: Path) -> None:
    page = playground(open_page)
    generate(page)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="JSON").click()
    saved = tmp_path / "answer.json"
    download.value.save_as(saved)
    answer = json.loads(saved.read_text(encoding="utf-8"))
    jsonschema.validate(answer.get("attribution", answer), json.loads(published_schema()))
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Markdown report").click()
    download.value.save_as(tmp_path / "answer.md")
    report = (tmp_path / "answer.md").read_text(encoding="utf-8").replace("\\", "")
    assert "quay/harbour" in report
    assert "Apache-2.0" in report


def test_hostile_code_that_a_model_writes_stays_text(open_page: OpenPage) -> None:
    page = playground(open_page)
    generate(page, "def mooring_gallows(rope):")
    expect(page.locator(".cm-content")).to_contain_text("<script>document.title")
    source = card(page, "mallory/<script>alert(1)</script>")
    expect(source).to_be_visible()
    source.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog").get_by_text("<img src=x").first).to_be_visible()
    expect(page).not_to_have_title(re.compile("taken"))


def test_axe_finds_nothing_serious_in_a_result_and_its_diff(open_page: OpenPage) -> None:
    page = playground(open_page)
    generate(page)
    page.evaluate(axe_source())
    assert serious(page, ALL_RULES) == []
    card(page).get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog").get_by_role("table").first).to_be_visible()
    assert serious(page, ALL_RULES) == []
    page.emulate_media(color_scheme="dark")
    settle(page)
    assert serious(page, "['color-contrast']") == []


def test_a_result_fits_a_phone(open_page: OpenPage) -> None:
    page = playground(open_page, viewport={"width": 360, "height": 740}, has_touch=True)
    generate(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Sources").click()
    card(page).get_by_role("button", name="Compare").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("anchored = {}").first).to_be_visible()
    box = dialog.bounding_box()
    assert box is not None
    assert box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_main_job_by_keyboard_alone(open_page: OpenPage) -> None:
    page = playground(open_page)
    tab_to(page, page.locator(".cm-content"))
    page.keyboard.type(f"{PROMPT}\n")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("finished")).to_be_visible()
    page.keyboard.press("Escape")  # then Tab leaves the editor
    page.keyboard.press("Tab")
    tab_to(page, card(page))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="quay/harbour · harbour/log.py")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(card(page)).to_be_focused()


def test_a_restricted_model_writes_once_its_licence_was_accepted(open_page: OpenPage) -> None:
    page = playground(open_page)
    page.get_by_role("combobox", name="Model").select_option("restricted")
    write(page, f"{PROMPT}\n")
    page.keyboard.press("Control+Enter")
    dialog = page.get_by_role("dialog", name="Licence of restricted")
    expect(dialog.get_by_text("Not to harm harbours.")).to_be_visible()
    expect(dialog.get_by_role("link", name="openrail-of-the-tests")).to_be_visible()
    dialog.get_by_role("button", name="Decline").click()
    expect(page.locator(".cm-generated")).to_have_count(0)
    page.get_by_role("button", name="Generate").click()
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Accept").click()
    expect(card(page)).to_be_visible()
    page.reload()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("restricted")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(dialog).to_be_hidden()
