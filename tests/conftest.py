"""The module path of processes that tests start, and fixtures of the browser tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # the other tests start without playwright
    from playwright.sync_api import Browser, Page

    from tests.support.browser_service import Complaints

# Python processes that tests start find `tests` and the packages by PYTHONPATH, because the current
# folder is no longer on the module path after a worker was started (attribution/module_path.py).
os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent)


@pytest.fixture(scope="session", autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keys and accepted licences are not those of the user, and no path's length wraps a report."""
    os.environ["COLUMNS"] = "1000"
    os.environ["WHENCE_CONFIG_HOME"] = str(tmp_path_factory.mktemp("configuration"))


@pytest.fixture(autouse=True)
def _module_path_of_each_test() -> Iterator[None]:
    """A test that starts workers leaves the module path of later tests' processes alone."""
    yield
    os.environ.pop("PYTHONSAFEPATH", None)


MAX_WAIT = 15_000  # milliseconds until something appears; the machine may be busy


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    from playwright.sync_api import expect, sync_playwright

    from tests.support.browser_setup import launch

    expect.set_options(timeout=MAX_WAIT)
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the tests' own code."""
    from tests.support.browser_corpus import make_corpus

    return make_corpus(tmp_path_factory.mktemp("browser") / "index")


@pytest.fixture(scope="session")
def address(corpus: Path) -> Iterator[str]:
    """The address of a service with models and without keys."""
    from tests.support.browser_service import running
    from tests.support.browser_setup import build_page

    build_page()
    with running("tests.support.browser_app", str(corpus)) as at:
        yield at


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """`open_page(path, **options of the context)` opens a page; errors on it fail the test.

    `base` is the address of another service; `expect` has patterns of errors that are expected.
    """
    from tests.support.browser_service import Complaints

    opened: list[tuple[Page, Complaints]] = []

    def make(
        path: str, *, base: str | None = None, expect: tuple[str, ...] = (), **options: object
    ) -> Page:
        settings = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        context = browser.new_context(base_url=base or address, **{**settings, **options})  # type: ignore[arg-type]
        context.set_default_timeout(MAX_WAIT)
        page = context.new_page()
        complaints = Complaints(page)
        complaints.expected.extend(expect)
        opened.append((page, complaints))
        page.goto(path)
        return page

    yield make
    left = [one for _, complaints in opened for one in complaints.left()]
    for page, _ in opened:
        page.context.close()
    assert left == []
