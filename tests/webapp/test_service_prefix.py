"""A service under a path of a proxy: https://host/whence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx2
import pytest

from attribution.errors import InputError
from benchmarks.served import serving
from tests.support.audit_index import indexed_function, make_index
from tests.support.command_line import Run, plain, runner
from tests.support.reverse_proxy import reverse_proxy
from webapp.serving.prefix import prefix_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

PREFIX = "/tools/whence"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_index(tmp_path_factory.mktemp("index") / "index"))


@pytest.fixture(scope="module")
def port(index: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("service")
    with serving(folder, "--index", index, "--prefix", f"{PREFIX}/", "--proxies", "1") as service:
        yield service.port


@pytest.fixture(params=[True, False], ids=["stripped", "kept"])
def address(request: pytest.FixtureRequest, port: int) -> Iterator[str]:
    with reverse_proxy(port, PREFIX, strip=request.param) as found:
        yield found


@pytest.fixture
def whence(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("WHENCE_INDEX", raising=False)
    return runner(capfd)


def test_every_command_takes_the_address(
    whence: Run, index: str, address: str, tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "copy.py").write_text(indexed_function(3))
    for arguments in (
        ["lookup", code / "copy.py", "--format", "json"],
        ["search", "return", "lang:python", "--format", "json"],
        ["info", "--format", "json"],
        ["info", "--repository", "owner3", "--format", "json"],
        ["audit", code, "--jobs", 1, "--no-cache", "--report", "json"],
    ):
        there, here = (whence(*arguments, "--index", where) for where in (f"{address}/", index))
        assert plain(json.loads(there[1])) == plain(json.loads(here[1]))
        assert there[0] == here[0]


def test_the_page_names_its_files_and_routes_under_the_prefix(address: str) -> None:
    with httpx2.Client() as client:
        assert client.get(f"{address}/").headers["Location"] == f"{PREFIX}/check"
        page = client.get(f"{address}/check", headers={"Accept": "text/html"}).text
        named = re.findall(r'(?:src|href)="(/[^"]*)"', page)
        assert len(named) >= 4
        for name in named:
            assert name.startswith(f"{PREFIX}/")
            assert client.get(urljoin(address, name)).status_code == 200
        answer = client.post(f"{address}/api/v1/attributions", json={"code": indexed_function(3)})
        assert answer.json()["label"] == "verbatim"
        described = client.get(f"{address}/openapi.json").json()
        assert described["servers"] == [{"url": PREFIX}]


def test_the_page_works_under_the_prefix(address: str, open_page: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_page(f"{PREFIX}/search?q=return", base=address)
    expect(page.locator(".v-search-hits")).to_contain_text("owner")
    page.get_by_role("navigation").get_by_role("link", name="Corpus").click()
    page.wait_for_url(f"**{PREFIX}/corpus")
    expect(page.locator("#main")).to_contain_text("24")
    page.reload()
    expect(page.locator("#main")).to_contain_text("24")


@pytest.mark.parametrize("text", ["whence", "/a b", "/a//b", '/a"b', "//evil.example", "/a?b"])
def test_an_invalid_prefix_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a path prefix"):
        prefix_of(text)


def test_without_a_proxy_the_service_answers_both_ways(port: int) -> None:
    for path in ("/healthz", f"{PREFIX}/healthz"):
        assert httpx2.get(f"http://127.0.0.1:{port}{path}").status_code == 200
    assert httpx2.get(f"http://127.0.0.1:{port}{PREFIX}x/healthz").status_code == 404
