"""Every control of every view, in each of its states: no error in the console, no dead control."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser_states import CLIPBOARD, STATES, enter

OpenPage = Callable[..., Page]

CONTROLS = "button, summary, .segmented label:has(input:not(:checked))"
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
    document.addEventListener("scroll", notice, {capture: true});
    document.addEventListener("selectionchange", notice);
    HTMLInputElement.prototype.click = notice;  // it opens the dialog for files
    HTMLAnchorElement.prototype.click = notice;  // it downloads
}"""


def opened(open_page: OpenPage) -> Page:
    return open_page("/healthz", permissions=CLIPBOARD, expect=("status of 404",))


def controls(page: Page) -> Locator:
    """Those that can be clicked: in a dialog, if one is open."""
    dialogs = page.locator("dialog[open]")
    scope = dialogs.last if dialogs.count() else page.locator("body")
    return scope.locator(CONTROLS)


@pytest.mark.parametrize("state", STATES)
def test_every_control_does_something(open_page: OpenPage, state: str) -> None:
    page = opened(open_page)
    names: list[str] = []
    total, number, fresh = 1, 0, False
    while number < total:
        if not fresh:
            enter(page, state)
            page.evaluate(COUNT)
            total, address, fresh = controls(page).count(), page.url, True
        control = controls(page).nth(number)
        number += 1
        if not control.is_visible() or not control.is_enabled():
            continue
        names.append(control.get_attribute("aria-label") or control.inner_text())
        page.evaluate("window.noticed = 0")
        control.click(timeout=5_000)
        page.wait_for_function("() => window.noticed > 0", timeout=5_000)
        if state != "compare":
            page.keyboard.press("Escape")  # closes what was opened
        fresh = page.url == address and controls(page).count() == total
    assert len(names) >= 2, names


@pytest.mark.parametrize("state", STATES)
def test_every_link_leads_somewhere(open_page: OpenPage, state: str) -> None:
    page = opened(open_page)
    enter(page, state)
    links = page.locator("a[href]").evaluate_all("(all) => all.map((one) => one.href)")
    origin = urlsplit(page.url)
    own = {link for link in links if urlsplit(link).netloc == origin.netloc}
    assert own
    for link in own:
        answer = page.request.get(link, headers={"Accept": "text/html"})
        assert answer.status < 400 or state == "no such page", link
    for link in set(links) - own:  # to another site: in a new tab
        for one in page.locator(f'a[href="{link}"]').all():
            assert one.get_attribute("target") == "_blank"
            assert "noopener" in (one.get_attribute("rel") or "")


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
