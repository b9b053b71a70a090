"""Long lists on the page: the buttons that show all sources and all occurrences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from attribution.index.identity import blob_id
from tests.support.browser_service import running
from tests.support.browser_setup import build_page
from tests.support.browser_states import CLIPBOARD, paste
from tests.support.index_engines import code, file
from tests.support.webapp_client import make_index

OpenPage = Callable[..., Page]

SOURCES, OCCURRENCES = 15, 12  # more than a look-up lists, more than a document shows


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with a document of many repositories, and many documents."""
    build_page()
    files = [file(code(n), f"owner{n}/tools", "a.py") for n in range(SOURCES)]
    files += [file(code(99), f"copy{n:02}/tools", "b.py") for n in range(OCCURRENCES)]
    folder: Path = make_index(tmp_path_factory.mktemp("many") / "index", files)
    with running("attribution.cli", "serve", "--index", str(folder), "--port", "0") as at:
        # the first look-up may have to compile the kernels
        httpx2.post(f"{at}/api/v1/attributions", json={"code": code(0).decode()}, timeout=120)
        yield at


def test_all_sources_of_a_text_are_shown(open_page: OpenPage, many: str) -> None:
    page = open_page("/check", base=many, permissions=CLIPBOARD)
    paste(page, b"\n".join(map(code, range(SOURCES))).decode())
    cards = page.locator("article.source")
    more = page.get_by_role("button", name=f"10 of {SOURCES} sources: show all")
    expect(more).to_be_visible(timeout=60_000)
    expect(cards).to_have_count(10)
    more.click()
    expect(cards).to_have_count(SOURCES)
    expect(more).to_have_count(0)
    expect(page.get_by_role("article", name=f"match with owner{SOURCES - 1}/tools")).to_be_visible()


def test_all_occurrences_of_a_document_are_shown(open_page: OpenPage, many: str) -> None:
    page = open_page(f"/documents/swh:1:cnt:{blob_id(code(99)).hex()}", base=many)
    card = page.get_by_role("complementary", name="Occurrences")
    expect(card.get_by_role("article")).to_have_count(8)
    card.get_by_role("button", name=f"Show all {OCCURRENCES}").click()
    expect(card.get_by_role("article")).to_have_count(OCCURRENCES)
    expect(card.get_by_role("article").nth(8).locator("a, button").first).to_be_focused()
    expect(card.get_by_role("button", name="Show all")).to_have_count(0)
