"""A real Elasticsearch for the tests: ES_TEST_URL, or one of our own, or Docker's.

Where none can be had, the tests are skipped, loudly; with CI=true they fail.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.elastic_archive import VERSION, UnavailableError, unpack
from tests.support.elastic_container import Container
from tests.support.elastic_node import Node, wait_until_healthy

_PREFIX = "whence-elastic-"


@dataclass(frozen=True, slots=True)
class Server:
    """A server without security that answers at `url`, which ends without a slash."""

    url: str

    def location(self, name: str) -> str:
        """Of an index: what `--index` takes."""
        return f"{self.url}/{name}"


def server() -> Server:
    """The one server of this test run, started when first asked for; it may hold other indexes.

    Give indexes names of their own: with ES_TEST_URL the server outlives the tests.
    """
    found = _server()
    if isinstance(found, str):
        missing(found)
    return found


@cache
def home() -> Path:
    """The unpacked server, for those who start nodes of their own; raises UnavailableError."""
    folder = workplace("home")
    return unpack(folder)


def workplace(name: str) -> Path:
    """A new folder, gone at the end, in which the server's user may work.

    pytest's own folders are closed to other users, and so is the cache of root.
    """
    folder = _session_folder() / name
    folder.mkdir()
    return folder


def missing(why: str) -> NoReturn:
    """Fail where all must be tested, else skip with a reason that nobody overlooks."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"{why}; with CI=true Elasticsearch has to be tested", pytrace=False)
    pytest.skip(f"ELASTICSEARCH IS NOT TESTED: {why}")


@cache
def _session_folder() -> Path:
    """Named after this process, so that those of runs that were killed are known and removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if not Path("/proc", left.name.split("-")[2]).exists() and Path("/proc/self").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _server() -> Server | str:
    """Or why there is none, so that a second test does not try for minutes again."""
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
