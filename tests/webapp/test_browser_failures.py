"""What the page says when something is missing, busy, or locked: never nothing, never a stack."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from attribution.index import create_index
from tests.support.browser_service import running
from tests.support.browser_setup import build_page
from tests.support.webapp_client import FILES, PARSER
from webapp.guards.keys import KeyFile

OpenPage = Callable[..., Page]
WHENCE = ("attribution.cli", "serve", "--port", "0")


@pytest.fixture(scope="module")
def indexless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The `whence serve` command itself, before there is an index."""
    build_page()
    nowhere = tmp_path_factory.mktemp("nowhere") / "index"
    with running(*WHENCE, "--index", str(nowhere), "--allow-missing-index") as at:
        yield at


@pytest.mark.parametrize(
    "path", ["/search?q=lantern", "/corpus", f"/documents/swh:1:cnt:{'0' * 40}"]
)
def test_without_an_index_the_page_says_what_helps(
    open_page: OpenPage, indexless: str, path: str
) -> None:
    page = open_page(path, base=indexless, expect=("status of 503", "Problem"))
    alert = page.get_by_role("alert").filter(has_text="No index to check against")
    expect(alert).to_be_visible()
    expect(alert).to_contain_text("whence index SOURCE")


def test_without_an_index_a_check_is_not_called_clean(open_page: OpenPage, indexless: str) -> None:
    page = open_page("/check", base=indexless, expect=("status of 503",))
    page.locator(".cm-content").click()
    page.keyboard.insert_text(PARSER)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Not checked")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("No index to check against")


def test_without_a_model_the_playground_says_how_to_get_one(
    open_page: OpenPage, indexless: str
) -> None:
    page = open_page("/", base=indexless, expect=("status of 503",))
    expect(page.get_by_role("heading", name="Where is this code from?")).to_be_visible()
    page.get_by_role("link", name="Playground", exact=True).click()
    expect(page.get_by_text("whence serve --model")).to_be_visible()
    expect(page.get_by_role("button", name="Generate")).to_be_disabled()


def test_the_policy_refuses_what_is_not_the_pages_own_and_reports_it(open_page: OpenPage) -> None:
    page = open_page(
        "/search", expect=("CSP: script-src", "CSP: style-src", "Refused|Executing|Applying")
    )
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken'";
        document.body.append(script);
        document.body.setAttribute("style", "color: red");
    }""")
    expect(page).not_to_have_title("taken")
    page.wait_for_timeout(50)
    assert any(one.startswith("CSP: script-src") for one in said)
    assert any(one.startswith("CSP: style-src") for one in said)


def test_the_key_is_requested_once_and_kept_in_the_tab(
    open_page: OpenPage, corpus: Path, tmp_path: Path
) -> None:
    build_page()
    keys = tmp_path / "keys.json"
    key = KeyFile(keys).add("tester")
    with running(*WHENCE, "--index", str(corpus), "--keys", str(keys)) as at:
        page = open_page("/search?q=lantern", base=at, expect=("status of 401",))
        dialog = page.get_by_role("dialog", name="This service asks for an API key")
        dialog.get_by_label("Key").fill("whk_wrong")
        page.keyboard.press("Enter")
        expect(dialog.get_by_text("That key was not accepted")).to_be_visible()
        dialog.get_by_label("Key").fill(key)
        dialog.get_by_role("button", name="Use this key").click()
        expect(page.locator("article").first).to_be_visible()
        page.reload()
        expect(page.locator("article").first).to_be_visible()
        expect(dialog).to_be_hidden()


def test_too_many_requests_say_when_to_come_back(open_page: OpenPage, corpus: Path) -> None:
    build_page()
    limits = ("--index", str(corpus), "--rate-limit", "3/hour")
    with running(*WHENCE, *limits) as at:
        page = open_page("/search?q=lantern", base=at, expect=("status of 429", "Problem"))
        alert = page.get_by_role("alert").filter(has_text="Too many requests")
        for _ in range(8):
            if alert.is_visible():
                break
            page.reload()
            expect(page.locator("article, [role=alert]").first).to_be_visible()
        expect(alert).to_contain_text(re.compile(r"Try again in [\d,]+ s"))


def test_a_button_tries_a_busy_service_again(open_page: OpenPage) -> None:
    page = open_page("/search", expect=("status of 503",))
    busy = {
        "type": "/problems/busy",
        "title": "The service is busy",
        "status": 503,
        "detail": "32 look-ups wait already",
        "instance": "r1",
    }

    def refuse(route: Route) -> None:
        route.fulfill(
            status=503,
            headers={"Content-Type": "application/problem+json", "Retry-After": "2"},
            body=json.dumps(busy),
        )

    page.route("**/api/v1/search?*", refuse)
    page.get_by_role("searchbox").fill("lantern")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert").filter(has_text="The service is busy")
    expect(alert).to_contain_text("Try again in 2 s.")
    page.unroute("**/api/v1/search?*")
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator("article").first).to_be_visible()


def test_a_service_that_stopped_is_reported(open_page: OpenPage) -> None:
    page = open_page("/search", expect=("ERR_",))
    page.route("**/api/v1/**", lambda route: route.abort("connectionrefused"))
    page.get_by_role("searchbox").fill("lantern")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert").filter(has_text="The service cannot be reached")
    expect(alert).to_contain_text("whence serve")


def test_a_view_that_cannot_be_loaded_is_tried_again(open_page: OpenPage) -> None:
    page = open_page("/search", expect=("ERR_", "Failed to fetch dynamically"))
    page.route("**/static/dist/**", lambda route: route.abort("connectionrefused"))
    page.route("**/healthz", lambda route: route.abort("connectionrefused"))
    page.get_by_role("link", name="Corpus", exact=True).click()
    alert = page.get_by_role("alert").filter(has_text="The service cannot be reached")
    expect(alert).to_contain_text("whence serve")
    again = alert.get_by_role("button", name="Try again")
    again.click()
    expect(alert).to_be_visible()
    page.unroute_all()
    again.click()
    expect(page.get_by_role("heading", name="What answers are checked against")).to_be_visible()


def test_a_stream_that_breaks_is_reported_in_words(open_page: OpenPage) -> None:
    page = open_page("/", expect=("ERR_", "script"))
    expect(page.get_by_role("combobox", name="Model")).to_have_value("rememberer")
    page.evaluate("""() => {
        const fetched = window.fetch;
        window.fetch = async (path, options) => {
            const response = await fetched(path, options);
            if (!String(path).includes("/v1/completions")) return response;
            const broken = new ReadableStream({
                start: (controller) => controller.error(new TypeError("network error")),
            });
            return new Response(broken, response);
        };
    }""")
    page.locator(".cm-content").click()
    page.keyboard.type("def parse_harbour_log(lines, tolerance=3):\n")
    page.keyboard.press("Control+Enter")
    alert = page.get_by_role("alert").filter(has_text="The service cannot be reached")
    expect(alert).to_contain_text("whence serve")
    expect(page.get_by_text("network error")).to_have_count(0)


def test_an_index_without_files_is_not_called_clean_and_noticed_when_filled(
    open_page: OpenPage, tmp_path: Path
) -> None:
    build_page()
    with create_index(tmp_path / "index", "bare") as index:
        with index.writer() as writer:
            writer.commit()
        with running(*WHENCE, "--index", str(tmp_path / "index")) as at:
            page = open_page("/check", base=at)
            notice = page.get_by_role("status").filter(has_text="The index bare has no files yet")
            expect(notice).to_contain_text("whence index SOURCE --to FOLDER")
            expect(page.get_by_role("link", name="Empty index")).to_be_visible()
            page.locator(".cm-content").click()
            page.keyboard.insert_text(PARSER)
            page.keyboard.press("Control+Enter")
            expect(page.get_by_role("heading", name="Not checked")).to_be_visible()
            with index.writer() as writer:
                writer.add(FILES)
                writer.commit()
            expect(notice).to_be_hidden(timeout=30_000)
            page.get_by_role("button", name="Check", exact=True).click()
            expect(page.get_by_role("heading", name="Copied verbatim")).to_be_visible()


def test_text_streams_without_an_index_and_is_marked_not_checked(
    open_page: OpenPage, tmp_path: Path
) -> None:
    build_page()
    with running("tests.support.browser_app", str(tmp_path / "nowhere")) as at:
        page = open_page("/", base=at, expect=("status of 503",))
        page.locator(".cm-content").click()
        page.keyboard.type("def parse_harbour_log(lines, tolerance=3):\n")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("finished")).to_be_visible()
        expect(page.locator(".cm-content")).to_contain_text("anchored = {}")
        expect(page.get_by_role("heading", name="Not checked")).to_be_visible()
        expect(page.get_by_text("No match")).to_have_count(0)
        expect(page.locator(".cm-mark")).to_have_count(0)


def test_a_refused_generation_keeps_the_prompt_and_can_be_tried_again(open_page: OpenPage) -> None:
    page = open_page("/", expect=("status of 503",))
    expect(page.get_by_role("combobox", name="Model")).to_have_value("rememberer")
    error = {"message": "8 generations wait already", "type": "server_error", "code": "busy"}
    page.route(
        "**/v1/completions",
        lambda route: route.fulfill(
            status=503,
            headers={"Content-Type": "application/json", "Retry-After": "1"},
            body=json.dumps({"error": error}),
        ),
    )
    page.locator(".cm-content").click()
    page.keyboard.type("def parse_harbour_log(lines, tolerance=3):\n")
    page.keyboard.press("Control+Enter")
    alert = page.get_by_role("alert").filter(has_text="8 generations wait already")
    expect(alert).to_be_visible()
    expect(page.locator(".cm-content")).to_contain_text("def parse_harbour_log")
    page.unroute("**/v1/completions")
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator(".cm-mark").first).to_be_visible()
