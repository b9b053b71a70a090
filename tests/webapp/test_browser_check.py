"""Check in a real browser: code is pasted, dropped or come by a link, and traced to its source."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.support.browser_states import CLIPBOARD, TWO_PARTS, paste
from tests.support.webapp_client import PARSER, QUEUE, TIDES

OpenPage = Callable[..., Page]


def check(open_page: OpenPage, **options: Any) -> Page:
    page = open_page("/check", permissions=CLIPBOARD, **options)
    expect(page.get_by_role("heading", name="Where is this code from?")).to_be_visible()
    return page


def drop(page: Page, **files: str) -> None:
    """Files let go over the editor; `log_py` is log.py."""
    named = [[name.replace("_", "."), text] for name, text in files.items()]
    transfer = page.evaluate_handle(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, text] of files) transfer.items.add(new File([text], name));
            return transfer;
        }""",
        named,
    )
    for event in ("dragenter", "dragover", "drop"):
        page.locator(".cm-content").dispatch_event(event, {"dataTransfer": transfer})


def source(page: Page, repository: str) -> Any:
    return page.get_by_role("article", name=f"match with {repository}")


def test_pasted_code_is_checked_without_a_further_click(open_page: OpenPage) -> None:
    page = check(open_page)
    paste(page, PARSER)
    expect(page.get_by_role("heading", name="Copied verbatim")).to_be_visible()
    expect(source(page, "quay/harbour")).to_contain_text("Apache-2.0")
    expect(page.locator(".cm-mark.kind-verbatim").first).to_be_visible()
    expect(page.locator(".cm-generated")).to_have_count(0)


def test_the_language_is_taken_from_the_source_until_it_is_chosen(open_page: OpenPage) -> None:
    page = check(open_page)
    language = page.get_by_role("combobox", name="Language")
    expect(language).to_have_value("")
    paste(page, QUEUE)
    expect(language.locator("option").first).to_have_text("Python (from the source)")
    expect(language).to_have_value("")  # the look-up does not depend on it
    expect(page.locator(".cm-line span").filter(has_text="def").first).to_be_visible()
    language.select_option("ruby")
    expect(source(page, "lock/keeper")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(language.locator("option").first).to_have_text("Language not known")


def test_an_example_is_code_of_the_index(open_page: OpenPage) -> None:
    page = check(open_page)
    page.get_by_role("button", name="Try an example").click()
    expect(page.locator("article.source").first).to_be_visible()
    expect(page.locator(".cm-mark").first).to_be_visible()
    expect(page.get_by_text("An example: lines of a file in the index.")).to_be_visible()


def test_renamed_code_is_traced_and_compared(open_page: OpenPage) -> None:
    page = check(open_page)
    names = {"basin": "tub", "boats": "ducks", "boat": "duck", "waiting": "line", "passed": "out"}
    paste(page, re.sub(r"\w+", lambda word: names.get(word[0], word[0]), QUEUE))
    found = source(page, "lock/keeper")
    expect(found.locator(".kind-renamed, .kind-edited, .kind-verbatim").first).to_be_visible()
    found.get_by_role("button", name="Compare").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("tub.volume").first).to_be_visible()
    expect(dialog.get_by_text("basin.volume").first).to_be_visible()


def test_a_source_with_two_parts_is_compared_part_by_part(open_page: OpenPage) -> None:
    page = check(open_page)
    paste(page, TWO_PARTS)
    found = source(page, "quay/harbour")
    expect(found).to_contain_text("and 1 more part")
    found.get_by_role("button", name="Compare").click()
    dialog = page.get_by_role("dialog")
    parts = dialog.get_by_role("group", name="Matched parts").get_by_role("radio")
    expect(parts).to_have_count(2)
    sides = dialog.get_by_role("region", name="Side by side")
    shown = set()
    for at in range(2):
        parts.nth(at).check(force=True)
        expect(sides.locator("tr.same").first).to_be_visible()
        expect(dialog.get_by_text("Aligning both texts")).to_have_count(0)
        shown.add(sides.inner_text())
    assert sorted("tolerance=3" in text for text in shown) == [False, True]


def test_dropped_files_are_checked_each_in_its_language(open_page: OpenPage) -> None:
    page = check(open_page)
    drop(page, log_py=PARSER, tides_js=TIDES)
    expect(source(page, "quay/harbour")).to_be_visible()
    expect(page.get_by_role("combobox", name="Language")).to_have_value("python")
    page.get_by_role("tab", name=re.compile("tides.js")).click()
    expect(source(page, "quay/tides")).to_contain_text("MIT")
    expect(page.get_by_role("combobox", name="Language")).to_have_value("javascript")


def test_a_result_has_a_link_that_checks_again(open_page: OpenPage) -> None:
    page = check(open_page)
    paste(page, QUEUE)
    expect(source(page, "lock/keeper")).to_be_visible()
    page.get_by_role("button", name="Copy a link to this result").click()
    expect(page.get_by_text(re.compile("^Link copied"))).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    other = open_page(link)
    expect(source(other, "lock/keeper")).to_be_visible()
    expect(other.locator(".cm-content")).to_contain_text("def drain_lock_queue")


def test_too_short_is_not_called_clean(open_page: OpenPage) -> None:
    page = check(open_page)
    paste(page, "x = 1\n")
    expect(page.get_by_role("heading", name="Too short to judge")).to_be_visible()
    expect(page.get_by_text("No match")).to_have_count(0)


def test_a_failed_check_is_not_called_clean(open_page: OpenPage) -> None:
    page = check(open_page, expect=("ERR_",))

    def fail(route: Route) -> None:
        route.abort("connectionreset")

    page.route("**/api/v1/attributions", fail)
    paste(page, PARSER)
    expect(page.get_by_role("heading", name="Not checked")).to_be_visible()
    expect(page.locator(".cm-mark")).to_have_count(0)
    page.unroute("**/api/v1/attributions")
    page.get_by_role("button", name=re.compile("again")).first.click()
    expect(source(page, "quay/harbour")).to_be_visible()
