"""States of the page that tests look at one by one: each view, empty, with results, a dialog."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from attribution.index.identity import blob_id
from tests.support.webapp_client import PARSER

DOCUMENT = f"/documents/swh:1:cnt:{blob_id(PARSER.encode()).hex()}?lines=5-8"
CLIPBOARD = ["clipboard-read", "clipboard-write"]

# The second half of a file before the first, with other code between: a source with two parts.
LINES = PARSER.splitlines(keepends=True)
BETWEEN = "".join(f"mooring_{n} = tide_gauge[{n}] * 0.5 - ebb_{n}\n" for n in range(12))
TWO_PARTS = "".join(LINES[11:]) + BETWEEN + "".join(LINES[4:11])


def paste(page: Page, text: str) -> None:
    """By the clipboard and the keyboard, as a person does."""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+V")


def see_sources(page: Page) -> None:
    """Wait for the source cards, which a phone shows in a sheet."""
    expect(page.locator("article.source").first).to_be_attached(timeout=30_000)
    sheet = page.locator(".sheet-handle")
    if sheet.is_visible() and sheet.get_attribute("aria-expanded") == "false":
        sheet.click()
    expect(page.locator("article.source").first).to_be_visible()


def example(mode: str) -> Callable[[Page], None]:
    """The first example of a mode of the playground, written to its end."""

    def run(page: Page) -> None:
        page.get_by_role("radio", name=mode).check(force=True)
        page.locator(".example").first.click()
        expect(page.get_by_role("button", name="Stop")).to_be_hidden(timeout=30_000)
        see_sources(page)

    return run


def checked(page: Page) -> None:
    paste(page, TWO_PARTS)
    see_sources(page)


def compared(page: Page) -> None:
    checked(page)
    page.get_by_role("button", name="Compare").first.click()
    expect(page.get_by_role("dialog").locator("tr.same").first).to_be_visible()


def pasted(page: Page) -> None:
    page.get_by_text("Or paste a file").click()
    page.get_by_label("A file of yours, or a part of it").fill(PARSER)
    page.get_by_role("button", name="Find it").click()
    table = page.get_by_role("table", name="Repositories that have this code")
    expect(table).to_be_visible(timeout=60_000)  # the first look-up may compile the kernels


REQUEST = {
    "reference": "reference-of-a-request",
    "state": "declined",
    "says": "Declined on 2026-11-30. No proof came.",
    "made": "2026-11-29T10:00:00+00:00",
    "decided": "2026-11-30T10:00:00+00:00",
    "reason": "No proof came.",
    "opt_outs": [{"kind": "owner", "value": "quay"}],
    "contact": "removals@harbour.example",
}


def request_sent(page: Page) -> None:
    # answered here: an address may send a few requests an hour
    page.route("**/api/v1/removal-requests**", lambda route: route.fulfill(json=REQUEST))
    page.get_by_label("Why is this code yours?").fill("mine")
    page.get_by_label("Your address").fill("ann@quay.example")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", name="Your request was sent")).to_be_visible()


def request_seen(page: Page) -> None:
    page.route("**/api/v1/removal-requests/*", lambda route: route.fulfill(json=REQUEST))
    request_sent(page)
    page.get_by_role("link", name="reference-of-a-request").click()
    expect(page.get_by_role("heading", name="Declined")).to_be_visible()


def unfolded(page: Page) -> None:
    page.locator("summary").first.click()
    expect(page.get_by_label("Example", exact=True).first).to_be_visible()


def nothing_more(page: Page) -> None:
    expect(page.locator("#main")).not_to_be_empty()


# By name: the address, what is there once it is complete, and what is done then.
STATES: dict[str, tuple[str, str, Callable[[Page], None]]] = {
    "playground": ("/", ".example", nothing_more),
    "playground, written": ("/", ".example", example("Complete")),
    "playground, filled": ("/", ".example", example("Infill")),
    "chat, answered": ("/", ".example", example("Chat")),
    "check": ("/check", ".cm-content", nothing_more),
    "check, checked": ("/check", ".cm-content", checked),
    "compare": ("/check", ".cm-content", compared),
    "search": ("/search?q=lantern&license=MIT", "article", nothing_more),
    "search, empty": ("/search", ".state", nothing_more),
    "search, nothing found": ("/search?q=%22lantern+unheard%22", ".state", nothing_more),
    "document": (DOCUMENT, ".cm-lit", nothing_more),
    "corpus": ("/corpus?owner=quay", ".v-corpus-answer table", nothing_more),
    "corpus, pasted": ("/corpus", "#membership-owner", pasted),
    "corpus, request sent": ("/corpus?owner=quay", ".v-corpus-request", request_sent),
    "request": ("/corpus?owner=quay", ".v-corpus-request", request_seen),
    "api": ("/api/docs", ".v-api-operation", unfolded),
    "no such page": ("/nowhere", ".state", nothing_more),
}


def enter(page: Page, name: str) -> None:
    """Bring a page into a state; what it remembers of another one is cleared."""
    path, there, act = STATES[name]
    page.goto("/openapi.json")
    page.evaluate("sessionStorage.clear()")
    page.goto(path)
    expect(page.locator(there).first).to_be_visible()
    expect(page.locator(".skeleton, .loading-bar, [aria-busy=true], .spinner")).to_have_count(0)
    act(page)
