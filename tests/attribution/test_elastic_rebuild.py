"""`whence index --rebuild` and old versions, through the commands, while readers look up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.errors import SourceError
from attribution.index import administer, open_index
from attribution.types import Snippet, Status
from indexer.pipeline import _Batch, _Reader
from indexer.sources import Source
from tests.support.command_line import Run, runner
from tests.support.elastic_server import new_location
from tests.support.index_engines import code


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


@pytest.fixture
def location(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("WHENCE_ELASTIC_SHARDS", "1")
    with new_location() as made:
        yield made


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Two files; the first one is removed later."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "old.py").write_bytes(code(1))
    (folder / "kept.py").write_bytes(code(2))
    return folder


def states(run: Run, location: str) -> list[tuple[str, str]]:
    status, out, _ = run("info", "--index", location, "--format", "json")
    assert status == 0
    versions = json.loads(out)["versions"]
    assert all(version["size"] > 0 for version in versions)
    return [(version["name"].rpartition("-")[2], version["state"]) for version in versions]


def test_readers_look_up_while_a_rebuild_takes_over(run: Run, location: str, shop: Path) -> None:
    assert run("index", shop, "--to", location)[0] == 0
    stop = threading.Event()
    answers: list[tuple[bool, Status, str]] = []
    failures: list[Exception] = []

    def read() -> None:
        try:
            with open_index(location) as index:
                attributor = Attributor(index)
                while not stop.is_set():
                    index.refresh()
                    for number in (1, 2):
                        answer = attributor.attribute(Snippet(code(number), "python"))
                        version = answer.index.version.rpartition("-")[2]
                        answers.append((number == 2, answer.status, f"{version} {answer.label}"))
        except Exception as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    (shop / "old.py").unlink()
    (shop / "new.py").write_bytes(code(3))
    status, _, err = run("index", shop, "--to", location, "--rebuild")
    seen = len(answers)
    while len(answers) < seen + 12 and not failures:
        stop.wait(0.01)
    stop.set()
    for reader in readers:
        reader.join()
    assert (status, failures) == (0, [])
    assert "Indexed 2 files" in err
    assert {status for _, status, _ in answers} == {Status.CHECKED}
    # A file in both is found at any moment; one in the old version only, until the new one serves.
    assert all(answer.endswith(" verbatim") for kept, _, answer in answers if kept)
    versions_seen = {answer.partition(".")[0] for _, _, answer in answers}
    assert versions_seen == {"000001", "000002"}
    for kept, _, answer in answers:
        if not kept:
            assert answer.endswith(" verbatim") == answer.startswith("000001")


def test_an_old_version_stays_until_it_is_dropped(run: Run, location: str, shop: Path) -> None:
    assert run("index", shop, "--to", location)[0] == 0
    assert states(run, location) == [("000001", "served")]
    assert run("index", shop, "--to", location, "--rebuild")[0] == 0
    assert states(run, location) == [("000001", "old"), ("000002", "served")]
    name = location.rpartition("/")[2]
    _, out, _ = run("info", "--index", location)
    assert f"old version {name}-000001" in out
    assert "whence compact --drop-old" in out
    with administer(f"{location}-000001") as old, old.writer():
        status, _, err = run("compact", "--drop-old", "--index", location)
        assert status != 0
        assert "is writing" in err
    status, out, _ = run("compact", "--drop-old", "--index", location)
    assert status == 0
    assert f"Deleted version {name}-000001: " in out
    assert "Compacted" in out
    assert states(run, location) == [("000002", "served")]
    _, out, _ = run("compact", "--drop-old", "--index", location)
    assert "There is no old version to delete." in out


def test_a_failed_rebuild_is_not_served_and_can_be_resumed(
    run: Run, location: str, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("index", shop, "--to", location)[0] == 0
    away = tmp_path / "away"
    away.mkdir()
    (away / "a.py").write_bytes(code(4))
    with monkeypatch.context() as patch:
        whole = _Reader._read

        def read(reader: _Reader, source: Source) -> Iterator[_Batch]:
            if source.name.endswith("away"):
                raise SourceError(f"{source.name} is not there; mount it")
            return whole(reader, source)

        patch.setattr(_Reader, "_read", read)
        status, _, err = run("index", shop, away, "--to", location, "--rebuild")
    assert status == 2
    assert "still serves the previous version" in err
    assert states(run, location) == [("000001", "served"), ("000002", "unfinished")]
    _, out, _ = run("compact", "--drop-old", "--index", location)
    assert "There is no old version to delete." in out
    assert run("index", shop, away, "--to", location, "--rebuild")[0] == 0
    assert states(run, location) == [("000001", "old"), ("000002", "served")]


def test_a_folder_has_no_old_versions(run: Run, shop: Path, tmp_path: Path) -> None:
    assert run("index", shop, "--to", tmp_path / "index")[0] == 0
    status, _, err = run("compact", "--drop-old", "--index", tmp_path / "index")
    assert status != 0
    assert "leave out --drop-old" in err
