"""The page over two indexes: a check or a search of both, or of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from attribution.index import create_index
from attribution.types import NewFile, Occurrence
from tests.support.browser_service import running
from tests.support.browser_states import CLIPBOARD, paste
from tests.support.webapp_client import PARSER, make_index


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("indexes")
    make_index(folder / "public")
    with create_index(folder / "ours", "ours") as index, index.writer() as writer:
        writer.add([NewFile(PARSER.encode(), "python", Occurrence("corp/boats", "log.py"))])
        writer.commit()
    both = [word for name in ("public", "ours") for word in ("--index", str(folder / name))]
    with running("attribution.cli", "serve", *both, "--port", "0") as address:
        # the first look-up may have to compile the kernels
        httpx2.post(f"{address}/api/v1/attributions", json={"code": PARSER}, timeout=120)
        yield address


def test_a_check_asks_both_indexes_or_one(open_page: Callable[..., Page], base: str) -> None:
    page = open_page("/check", base=base, permissions=CLIPBOARD)
    choice = page.get_by_role("combobox", name="Index")
    expect(choice.locator("option")).to_have_text(["All indexes", "harbour", "ours"])
    paste(page, PARSER)
    card = page.get_by_role("article", name="match with")
    expect(card).to_contain_text("quay/harbour")
    choice.select_option("ours")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(card).to_contain_text("corp/boats")


def test_a_search_is_filtered_by_index(open_page: Callable[..., Page], base: str) -> None:
    page = open_page("/search?q=parse_harbour_log", base=base)
    hits = page.locator(".v-search-hits")
    expect(hits).to_contain_text("quay/harbour")
    page.get_by_role("region", name="Index").get_by_role("link", name="ours").click()
    expect(hits).to_contain_text("corp/boats")
    expect(hits).not_to_contain_text("quay/harbour")
    page.get_by_role("link", name="Remove filter: Index ours").click()
    expect(hits).to_contain_text("quay/harbour")
