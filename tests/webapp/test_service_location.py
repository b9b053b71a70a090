"""A service as the location of an index: the same answers as on the index itself.

The service is a real `whence serve` with API keys.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from multiprocessing.forkserver import _forkserver
from pathlib import Path
from typing import Any

import pytest

from attribution.errors import IndexNotFoundError
from attribution.index import create_index, open_index
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.service import connection as connections
from attribution.locations import Locations
from attribution.session import LookupSession
from attribution.types import NewFile, Occurrence, OptOut, Snippet, Status
from audit.checking.cache import state_of
from audit.checking.parallel import CheckedItem, ParallelChecker
from audit.checking.settings import CheckSettings
from audit.types import Item
from benchmarks.served import Served, serving
from evaluation.lookup import LicenseLookup
from tests.audit.test_mcp import Agent, structure_of
from tests.support.audit_index import indexed_function, make_index, original_function
from tests.support.command_line import Run, plain, runner
from tests.support.lsp_editor import Editor
from webapp.guards.keys import KeyFile


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_index(tmp_path_factory.mktemp("index") / "index"))


@pytest.fixture(scope="module")
def service(index: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("service")
    key = KeyFile(folder / "keys").add("test")
    (folder / "key").write_text(key)
    with serving(folder, "--index", index, "--keys", str(folder / "keys")) as served:
        yield served


@pytest.fixture(autouse=True)
def environment(service: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Workers get the environment of the fork server, which an earlier test may have started.
    _forkserver._stop()
    monkeypatch.setenv("WHENCE_KEY_FILE", str(service.log.parent / "key"))
    monkeypatch.setenv("WHENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("WHENCE_INDEX", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    _forkserver._stop()


@pytest.fixture
def whence(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder with copies, changed copies and own code."""
    folder = tmp_path / "code"
    folder.mkdir()
    for number in range(8):
        copied = indexed_function(number)
        (folder / f"copy{number}.py").write_text(original_function(number) + copied)
        (folder / f"half{number}.py").write_text("\n".join(copied.split("\n")[: 8 + number]))
        (folder / f"own{number}.py").write_text(original_function(number + 10))
    return folder


def lines(out: str) -> list[Any]:
    return [plain(json.loads(line)) for line in out.splitlines()]


def test_lookup(whence: Run, index: str, service: Served, code: Path) -> None:
    files = sorted(code.iterdir())
    there, here = (
        whence("lookup", *files, "--index", where, "--format", "jsonl")
        for where in (service.address, index)
    )
    assert lines(there[1]) == lines(here[1])
    assert there[::2] == here[::2]
    assert sum(answer["label"] == "verbatim" for answer in lines(there[1])) >= 8


def test_lookup_of_lines(whence: Run, index: str, service: Served, tmp_path: Path) -> None:
    snippets = [
        {"id": n, "code": indexed_function(n % 24), "language": "python"} for n in range(99)
    ]
    snippets.append({"id": "odd", "code": "\ud800 = 1\n" * 40, "language": "python"})
    table = tmp_path / "snippets.jsonl"
    table.write_text("".join(json.dumps(snippet) + "\n" for snippet in snippets))
    there, here = (
        whence("lookup", "--jsonl", table, "--jobs", 2, "--index", where)
        for where in (service.address, index)
    )
    assert lines(there[1]) == lines(here[1])
    assert there[::2] == here[::2]
    assert len(lines(there[1])) == 100


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "return", "lang:python"),
        ("search", "nothing-has-this"),
        ("search", "/def \\w+/", "license:MIT", "--limit", "3"),
        ("info", "--repository", "owner3"),
        ("info", "--repository", "https://github.com/Owner3/repo33"),
    ],
)
def test_search_and_membership(
    whence: Run, index: str, service: Served, arguments: tuple[str, ...]
) -> None:
    there, here = (
        whence(*arguments, "--index", where, "--format", "json")
        for where in (service.address, index)
    )
    assert plain(json.loads(there[1])) == plain(json.loads(here[1]))
    assert there[::2] == here[::2]


def test_info(whence: Run, index: str, service: Served) -> None:
    there, here = (
        whence("info", "--index", where, "--format", "json") for where in (service.address, index)
    )
    assert plain(json.loads(there[1])) == plain(json.loads(here[1]))
    code, _, err = whence("info", "--index", service.address, "--check")
    assert code == 2 and "only be read" in err


@pytest.mark.parametrize("jobs", [1, 2])
def test_audit(whence: Run, index: str, service: Served, code: Path, jobs: int) -> None:
    reports = []
    for name, where in (("there", service.address), ("here", index)):
        result = whence(
            "audit", code, "--index", where, "--jobs", jobs, "--report", f"json={name}.json"
        )
        reports.append((result[0], plain(json.loads(Path(f"{name}.json").read_text()))))
    assert reports[0] == reports[1]
    assert reports[0][0] == 1
    assert sum(len(file["findings"]) for file in reports[0][1]["files"]) >= 8
    before = requests_of(service)
    assert whence("audit", code, "--index", service.address, "--jobs", jobs)[0] == 1
    assert requests_of(service) - before <= 2  # all is in the cache


def requests_of(service: Served) -> int:
    return service.log.read_text().count("/api/v1/engine")


def test_the_key_is_needed_and_never_logged(
    whence: Run, service: Served, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (service.log.parent / "key").read_text()
    monkeypatch.delenv("WHENCE_KEY_FILE")
    result, _, err = whence("lookup", code / "copy1.py", "--index", service.address)
    assert result == 2 and "needs a key; set WHENCE_KEY" in err
    monkeypatch.setenv("WHENCE_KEY", "whk_wrong")
    result, out, err = whence("audit", code, "--index", service.address)
    assert result == 2 and "refuses the key" in out + err
    assert "whk_wrong" not in out + err
    log = service.log.read_text()
    assert key not in log and "whk_wrong" not in log


def test_mcp_and_lsp(index: str, service: Served, tmp_path: Path) -> None:
    copied = indexed_function(5)
    found, shown = [], []
    for number, where in enumerate((service.address, index)):
        agent = Agent(where, tmp_path / f"log{number}", dict(os.environ))
        try:
            found.append(plain(structure_of(agent.call("attribute_code", code=copied))))
        finally:
            agent.close()
        folder = tmp_path / f"work{number}"
        folder.mkdir()
        editor = Editor(where, folder)
        editor.open("untitled:copy.py", copied)
        try:
            shown.append([d.message for d in editor.shown_when("untitled:copy.py", bool)])
        finally:
            editor.quit()
    assert found[0] == found[1]
    assert shown[0] == shown[1]


def test_licences_of_generated_answers(index: str, service: Served) -> None:
    answers = [indexed_function(5), original_function(2)]
    found = []
    for where in (service.address, index):
        with closing(LicenseLookup(where)) as lookup:
            found.append([lookup.find(answer, "answer") for answer in answers])
    assert found[0] == found[1]
    assert [one.license for one in found[0]] == ["GPL-3.0-only", None]


# --- a service that stops, restarts or changes in the middle of an audit ---

ITEMS = [
    Item(
        f"{number}.py",
        (indexed_function if number % 3 == 0 else original_function)(number % 24).encode(),
        "python",
    )
    for number in range(300)  # more than two batches
]


def start(stack: ExitStack, folder: Path, index: str, port: int = 0) -> Served:
    return stack.enter_context(serving(folder, "--index", index, port=port))


def kill(service: Served) -> None:
    """Kill its processes: the workers would live on without the first."""
    pid = service.process.pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    service.stop(signal.SIGKILL)


def checker(location: Locations, cache: Path | None) -> ParallelChecker:
    with open_index(location) as index:
        version = state_of(index.summary())
    return ParallelChecker(location, version, CheckSettings(), 1, cache)


def passages(found: list[Any]) -> list[Any]:
    assert all(isinstance(one, CheckedItem) for one in found)
    return [(one.item.name, one.checked.status, one.checked.passages) for one in found]


@pytest.fixture
def undisturbed(index: str) -> list[Any]:
    return passages(list(checker(index, None).check(iter(ITEMS))))


def test_a_service_that_restarts_is_waited_for(
    index: str, tmp_path: Path, undisturbed: list[Any]
) -> None:
    with ExitStack() as stack:
        first = start(stack, tmp_path, index)
        worker = checker(first.address, tmp_path / "cache")
        results = worker.check(iter(ITEMS))
        found = [next(results) for _ in range(40)]
        kill(first)
        later = threading.Timer(1, lambda: start(stack, tmp_path, index, first.port))
        later.start()
        found += results
        later.join()
    assert passages(found) == undisturbed
    assert worker.down is None


def test_what_a_lost_service_did_not_answer_is_not_checked(
    index: str, tmp_path: Path, undisturbed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHENCE_SERVICE_PATIENCE", "0.1")
    with ExitStack() as stack:
        first = start(stack, tmp_path, index)
        worker = checker(first.address, tmp_path / "cache")
        results = worker.check(iter(ITEMS))
        found = [next(results) for _ in range(40)]
        kill(first)
        found += results
        worker.close()
        status = [one.checked.status for one in found if isinstance(one, CheckedItem)]
        answered = status.index(Status.NOT_CHECKED)
        assert 40 <= answered < len(ITEMS)
        assert set(status[answered:]) == {Status.NOT_CHECKED}

        start(stack, tmp_path, index, first.port)
        resumed = checker(first.address, tmp_path / "cache")
        found = list(resumed.check(iter(ITEMS)))
        assert passages(found) == undisturbed
        assert sum(one.cached for one in found if isinstance(one, CheckedItem)) >= answered


def test_a_folder_and_a_service_that_is_cut_off_in_the_middle(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHENCE_SERVICE_PATIENCE", "0.1")
    own = tmp_path / "own"
    with create_index(own, "own code") as made, made.writer() as writer:
        occurrence = Occurrence("corp/own", "a.py")
        writer.add([NewFile(original_function(1).encode(), "python", occurrence)])
        writer.commit()
    with ExitStack() as stack:
        service = start(stack, tmp_path, index)
        both = (str(own), service.address)
        session = LookupSession.open(both)
        stack.enter_context(session.index)
        worker = checker(both, None)
        results = worker.check(iter(ITEMS))
        found = [next(results) for _ in range(40)]
        own_copy = Snippet(original_function(1).encode(), "python")
        # not of the same code: a proposal is used again for a moment
        before = session.lookup(Snippet(indexed_function(4).encode(), "python"))
        assert before.status is Status.CHECKED
        kill(service)
        found += results
        answer = session.lookup(own_copy)
        other = session.lookup(Snippet(indexed_function(3).encode(), "python"))
    assert answer.status is Status.PARTIAL
    assert answer.sources[0].cited.occurrence.repository == "corp/own"
    assert other.status is Status.PARTIAL and not other.sources
    for one in (answer, other):
        assert "index corpus" in (one.status_reason or "")
    status = [one.checked.status for one in found if isinstance(one, CheckedItem)]
    assert len(status) == len(ITEMS)
    cut = status.index(Status.PARTIAL)
    assert cut >= 40 and set(status[cut:]) == {Status.PARTIAL}
    reasons = {one.checked.status_reason for one in found[cut:] if isinstance(one, CheckedItem)}
    assert all("index corpus" in (reason or "") for reason in reasons)


def test_a_service_that_is_down_is_not_clean(
    whence: Run, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_FIRST_PATIENCE", 0.1)
    result, out, err = whence("audit", code, "--index", "http://127.0.0.1:9", "--jobs", 1)
    assert result == 2
    assert "could not be checked" in out + err and "cannot be reached" in out + err


def test_an_index_that_changes_in_the_middle_is_noticed(tmp_path: Path) -> None:
    index = str(make_index(tmp_path / "index"))
    with ExitStack() as stack:
        service = start(stack, tmp_path, index)
        worker = checker(service.address, tmp_path / "cache")
        results = worker.check(iter(ITEMS))
        found = [next(results) for _ in range(40)]
        with EmbeddedIndex.open(index) as changed:
            changed.remove([OptOut("owner", "owner21")])
        time.sleep(6)  # the service looks for changes every 5 s
        found += results
        assert worker.warnings == [
            "the index changed during the audit; later results are not cached"
        ]
        (removed,) = (
            one for one in found if isinstance(one, CheckedItem) and one.item.name == "285.py"
        )
        assert removed.checked.status is Status.CHECKED
        assert removed.checked.passages == ()


def test_an_address_of_the_other_kind_is_explained(whence: Run, service: Served) -> None:
    result, _, err = whence("info", "--index", f"{service.address}/corpus")
    assert result == 2
    assert (
        "a Whence service has no path, or with a port ends in /" in err
        and f"{service.address}" in err
    )


def test_a_service_without_an_index(tmp_path: Path) -> None:
    with ExitStack() as stack:
        served = stack.enter_context(
            serving(tmp_path, "--index", str(tmp_path / "none"), "--allow-missing-index")
        )
        with pytest.raises(IndexNotFoundError, match="there is no index at"):
            open_index(served.address)
