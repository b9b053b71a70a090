"""Every view is opened and every button pressed once: no error in the console, no dead control."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attribution.index.identity import blob_id
from tests.support.webapp_client import PARSER

OpenPage = Callable[..., Page]

VIEWS = {
    "playground": "/",
    "check": "/check",
    "search": "/search?q=lantern",
    "document": f"/documents/swh:1:cnt:{blob_id(PARSER.encode()).hex()}?lines=6-9",
    "corpus": "/corpus?owner=quay",
    "api": "/api/docs",
}
# Counts what a user could notice: changes of the page, of the focus, of the address, and dialogs
# of the browser.
COUNT = """() => {
    window.noticed = 0;
    const notice = () => { window.noticed += 1; };
    const all = {subtree: true, childList: true, attributes: true, characterData: true};
    new MutationObserver(notice).observe(document, all);
    document.addEventListener("focusin", (event) => {
        if (!event.target.matches("button")) notice();
    });
    HTMLInputElement.prototype.click = notice;  // it opens the dialog for files
    HTMLAnchorElement.prototype.click = notice;  // it downloads
}"""


@pytest.mark.parametrize("view", VIEWS)
def test_every_button_does_something(open_page: OpenPage, view: str) -> None:
    page = open_page(VIEWS[view], permissions=["clipboard-read", "clipboard-write"])
    expect(page.locator(f"[data-view={view}]")).to_be_visible()
    expect(page.locator(".skeleton, .loading-bar, [aria-busy=true]")).to_have_count(0)
    page.evaluate(COUNT)
    address = page.url
    names: list[str] = []
    for number in range(page.locator("button").count()):
        button = page.locator("button").nth(number)
        if not button.is_visible() or not button.is_enabled():
            continue
        names.append(button.get_attribute("aria-label") or button.inner_text())
        page.evaluate("window.noticed = 0")
        button.click(timeout=5_000)
        page.wait_for_function("() => window.noticed > 0", timeout=5_000)
        page.keyboard.press("Escape")
        if page.url != address:
            page.goto(address)
            expect(button).to_be_visible()
            page.evaluate(COUNT)
    assert len(names) >= 3, names


def test_every_link_of_the_bar_opens_its_view(open_page: OpenPage) -> None:
    page = open_page("/")
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    expect(links).to_have_count(5)
    for number in range(5):
        link = links.nth(number)
        link.click()
        expect(link).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.locator("[role=alert]")).to_have_count(0)
