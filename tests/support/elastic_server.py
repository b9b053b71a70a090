"""A real Elasticsearch for the tests: at ES_TEST_URL, or our own process, or in Docker.

Without one, the tests are skipped, loudly; with CI=true they fail.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest

from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.versions import all_versions, drop
from tests.support.elastic_archive import VERSION, UnavailableError, unpack
from tests.support.elastic_container import Container
from tests.support.elastic_node import Node, wait_until_healthy

_PREFIX = "whence-elastic-"


@dataclass(frozen=True, slots=True)
class Server:
    """A server without security at `url`, which has no slash at its end."""

    url: str

    def location(self, name: str) -> str:
        """The location of an index, as for `--index`."""
        return f"{self.url}/{name}"


def server() -> Server:
    """The one server of this test run, started at first use; it may have other indexes.

    Give indexes names of their own: with ES_TEST_URL the server outlives the tests.
    """
    found = _server()
    if isinstance(found, str):
        missing(found)
    return found


@contextmanager
def new_location() -> Iterator[str]:
    """The location of a new index; all of its versions are deleted at the end."""
    made = server().location(f"whence-test-{uuid4().hex}")
    yield made
    with closing(Cluster(parse(made), Access())) as cluster:
        for version in all_versions(cluster):
            drop(cluster, version.name)


@cache
def home() -> Path:
    """The unpacked server, for tests that start their own nodes; raises UnavailableError."""
    folder = workplace("home")
    return unpack(folder)


def workplace(name: str) -> Path:
    """A new folder for the server's user, removed at the end.

    pytest's own folders are closed to other users, and so is the cache of root.
    """
    folder = _session_folder() / name
    folder.mkdir()
    return folder


def missing(why: str) -> NoReturn:
    """Fail in CI, otherwise skip with a conspicuous reason."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"{why}; with CI=true Elasticsearch has to be tested", pytrace=False)
    pytest.skip(f"ELASTICSEARCH IS NOT TESTED: {why}")


@cache
def _session_folder() -> Path:
    """A folder named after this process, so that folders of killed runs are found and removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if not Path("/proc", left.name.split("-")[2]).exists() and Path("/proc/self").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _server() -> Server | str:
    """The server, or why there is none, so that a second test does not try for minutes again."""
    named = os.environ.get("ES_TEST_URL")
    try:
        if named:
            url = named.rstrip("/")
            wait_until_healthy(url)
            return Server(url)
        return _first([_own, _container])
    except UnavailableError as error:
        return str(error)


def _first(ways: list[Callable[[], Server]]) -> Server:
    reasons = []
    for way in ways:
        try:
            return way()
        except UnavailableError as error:
            reasons.append(str(error))
    raise UnavailableError("; ".join(reasons))


def _own() -> Server:
    node = Node(home(), workplace("single"), {"discovery.type": "single-node"})
    node.start()
    atexit.register(node.stop)
    url = f"http://127.0.0.1:{node.port}"
    wait_until_healthy(url)
    return Server(url)


def _container() -> Server:
    container = Container(VERSION)
    container.start()
    atexit.register(container.stop)
    wait_until_healthy(container.url)
    return Server(container.url)
