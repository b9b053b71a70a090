"""The page for everybody: axe, 360 pixels, the keyboard alone, light and dark, reduced motion."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser_setup import axe_source
from tests.support.browser_states import CLIPBOARD, STATES, enter

OpenPage = Callable[..., Page]


def view(open_page: OpenPage, name: str, **options: Any) -> Page:
    """A state of the page, drawn completely."""
    page = open_page("/healthz", permissions=CLIPBOARD, expect=("status of 404",), **options)
    enter(page, name)
    return page


def settle(page: Page) -> None:
    """Wait until a change of style is drawn."""
    page.evaluate("""async () => {
        const frame = () => new Promise((done) => requestAnimationFrame(done));
        await frame();
        await frame();
        const finite = (one) => one.effect.getComputedTiming().iterations !== Infinity;
        const ends = document.getAnimations().filter(finite).map((one) => one.finished);
        await Promise.allSettled(ends);
        await frame();
    }""")


def serious(page: Page, rules: str) -> list[str]:
    """What axe finds that is serious or critical, one line each."""
    found = page.evaluate(f"axe.run({{runOnly: {rules}}})")
    return [
        f"{one['id']}: {node['target']}: {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


ALL_RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_serious_in_light_and_dark(open_page: OpenPage, name: str) -> None:
    page = view(open_page, name, color_scheme="light")
    page.evaluate(axe_source())
    assert serious(page, ALL_RULES) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    settle(page)
    assert serious(page, "['color-contrast']") == []  # all else is the same


@pytest.mark.parametrize("name", STATES)
def test_nothing_is_wider_than_a_phone(open_page: OpenPage, name: str) -> None:
    page = view(open_page, name, viewport={"width": 360, "height": 740}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    lost = page.evaluate("""() => [...document.querySelectorAll("#main :is(button, input, a)")]
        .filter((node) => node.checkVisibility({visibilityProperty: true})
            && node.getBoundingClientRect().width > 1
            && node.getBoundingClientRect().left >= 360
            && !node.closest(".vh, .cm-scroller, .table-scroll, pre, [data-scrolls]"))
        .map((node) => node.outerHTML.slice(0, 200))""")
    assert lost == []


def test_the_theme_is_chosen_and_kept(open_page: OpenPage) -> None:
    page = view(open_page, "search", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name=re.compile("theme|appearance", re.IGNORECASE)).click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    settle(page)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_search_to_source_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page("/search")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("drain_lock_queue")
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(1)
    tab_to(page, page.locator("article h3 a"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/documents/"))
    tab_to(page, page.get_by_label("Lines"))
    page.keyboard.press("Control+A")
    page.keyboard.type("3-5")
    page.keyboard.press("Enter")
    expect(page.locator(".cm-lit")).to_have_count(3)
    # the code is a stop of its own, and does not hold the focus
    tab_to(page, page.get_by_role("link", name="Open lock/keeper in a new tab"))


def test_the_first_stop_skips_to_the_content(open_page: OpenPage) -> None:
    page = view(open_page, "corpus")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize(("wish", "moves"), [("no-preference", True), ("reduce", False)])
def test_nothing_moves_with_reduced_motion(open_page: OpenPage, wish: str, moves: bool) -> None:
    page = open_page("/search", reduced_motion=wish)
    page.route("**/api/v1/search?*", lambda _: None)  # never answered: the page waits
    page.get_by_role("searchbox").fill("lantern")
    page.keyboard.press("Enter")
    expect(page.locator(".skeleton")).to_be_visible()
    endless = page.evaluate("""() => document.getAnimations().some((one) =>
        one.effect.getComputedTiming().iterations === Infinity)""")
    assert endless is moves


def tab_to(page: Page, target: Any, most: int = 40) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(most):
        if target.evaluate("(node) => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not within {most} stops")
