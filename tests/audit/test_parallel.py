"""Checking items on several cores, with the cache, and if the index becomes unavailable."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from attribution.errors import IndexUnavailableError
from attribution.index import open_index
from attribution.index.embedded.index import EmbeddedIndex
from attribution.sketching.sketch import SketchParams
from attribution.types import NewFile, Occurrence, Status
from audit.checking.cache import Cache, key_of, state_of
from audit.checking.cache_file import cache_file
from audit.checking.checker import Checker
from audit.checking.parallel import CheckedItem, ParallelChecker
from audit.checking.settings import CheckSettings
from audit.types import Item, LeftOut
from tests.support.audit_index import indexed_function, make_index, original_function

SETTINGS = CheckSettings()


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_index(tmp_path_factory.mktemp("checker") / "index"))


def entries(count: int = 90) -> Iterator[Item | LeftOut]:
    for number in range(count):
        if number % 10 == 3:
            yield LeftOut(f"left{number}", "not code")
        elif number % 10 == 7:
            yield Item(f"copy{number}.py", indexed_function(number % 24).encode(), "python")
        else:
            yield Item(f"own{number}.py", original_function(number % 30).encode(), "python")


def version(location: str) -> str:
    with open_index(location) as index:
        return state_of(index.summary())


def checker(location: str, cache: Path | None, jobs: int = 1) -> ParallelChecker:
    return ParallelChecker(location, version(location), SETTINGS, jobs, cache)


def results(found: list[CheckedItem | LeftOut]) -> list[object]:
    return [
        one.name if isinstance(one, LeftOut) else (one.item.name, one.checked.passages)
        for one in found
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_entries_are_checked_in_order(location: str, jobs: int) -> None:
    worker = checker(location, None, jobs)
    found = list(worker.check(entries()))
    names = [one.name if isinstance(one, LeftOut) else one.item.name for one in found]
    assert names == [entry.name for entry in entries()]
    for one in found:
        if isinstance(one, CheckedItem):
            assert bool(one.checked.passages) == one.item.name.startswith("copy")
    assert worker.warnings == []


def test_the_second_run_does_not_query_the_index(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = checker(location, tmp_path)
    before = list(first.check(entries()))
    first.close()
    monkeypatch.setattr(Checker, "check", lambda *_: pytest.fail("the index was asked"))
    second = checker(location, tmp_path)
    after = list(second.check(entries()))
    second.close()
    assert results(after) == results(before)
    assert all(one.cached for one in after if isinstance(one, CheckedItem))


@pytest.mark.parametrize("new", [0, 3, 300])
def test_processes_are_started_for_many_new_items_only(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new: int
) -> None:
    first = checker(location, tmp_path, jobs=2)
    list(first.check(entries()))
    first.close()
    pool = "attribution.ordered_pool.ProcessPoolExecutor"
    started = []
    real = ProcessPoolExecutor
    monkeypatch.setattr(pool, lambda *args: started.append(1) or real(*args))
    added = [Item(f"new{n}.py", f"# {n}\n{indexed_function(n % 24)}".encode()) for n in range(new)]
    second = checker(location, tmp_path, jobs=2)
    found = list(second.check([*entries(), *added]))
    second.close()
    assert len(started) == (new > 128)
    checked = [one for one in found[90:] if isinstance(one, CheckedItem)]
    assert len(checked) == new
    assert all(one.checked.passages and not one.cached for one in checked)


def test_another_version_of_the_index_is_queried_again(tmp_path: Path) -> None:
    location = str(make_index(tmp_path / "index"))
    text = original_function(1)
    item = Item("a.py", text.encode(), "python")

    def passages() -> int:
        worker = checker(location, tmp_path / "cache")
        [found] = worker.check([item])
        worker.close()
        assert isinstance(found, CheckedItem)
        return len(found.checked.passages)

    assert passages() == 0
    with EmbeddedIndex(tmp_path / "index") as index, index.writer() as writer:
        writer.add([NewFile(text.encode(), "python", Occurrence("new/one", "a.py"))])
        writer.commit()
    assert passages() == 1


def test_a_rebuilt_index_is_queried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its version starts again at one, so the version alone would not show the change."""
    folder = tmp_path / "index"
    text = original_function(1)

    def passages(*texts: str) -> int:
        shutil.rmtree(folder, ignore_errors=True)
        with EmbeddedIndex.create(folder, "corpus", SketchParams()) as index:
            files = [
                NewFile(one.encode(), "python", Occurrence(f"a/{number}", "a.py"))
                for number, one in enumerate(texts)
            ]
            with index.writer() as writer:
                writer.add(files)
                writer.commit()
        monkeypatch.setattr("audit.checking.parallel._checkers", {})  # each audit is a new process
        worker = checker(str(folder), tmp_path / "cache")
        [found] = worker.check([Item("a.py", text.encode(), "python")])
        worker.close()
        assert isinstance(found, CheckedItem)
        return len(found.checked.passages)

    assert passages(indexed_function(1)) == 0
    assert passages(text, indexed_function(2)) == 1


def test_the_key_covers_everything_that_a_check_depends_on() -> None:
    plain = Item("a", b"code", "python")
    others = [
        Item("a", b"codf", "python"),
        Item("a", b"code", "go"),
        Item("a", b"code", "python", judged=((0, 2),)),
        Item("a", b"code", "python", first_line=2),
    ]
    keys = {key_of(one, SETTINGS) for one in [plain, *others]}
    keys.add(key_of(plain, CheckSettings(context_lines=1)))
    assert len(keys) == len(others) + 2
    assert key_of(Item("b", b"code", "python"), SETTINGS) == key_of(plain, SETTINGS)


def test_an_unusable_cache_is_ignored_with_a_warning(location: str, tmp_path: Path) -> None:
    Cache(cache_file(tmp_path, location), "x").close()
    [path] = tmp_path.glob("*.sqlite")
    path.write_bytes(b"this is no database, and longer than its header " * 100)
    for leftover in tmp_path.glob("*-wal"):
        leftover.unlink()
    worker = checker(location, tmp_path)
    found = list(worker.check(entries(10)))
    worker.close()
    assert len(found) == 10
    assert "cache" in worker.warnings[0]


@pytest.mark.parametrize("change", ["junk", "swap"])
def test_altered_rows_of_a_cache_are_checked_again(
    location: str, tmp_path: Path, change: str
) -> None:
    first = checker(location, tmp_path)
    before = list(first.check(entries(10)))
    first.close()
    [path] = tmp_path.glob("*.sqlite")
    with closing(sqlite3.connect(path)) as base, base:
        rows = base.execute("SELECT key, value FROM checked ORDER BY key").fetchall()
        others = rows[1:] + rows[:1] if change == "swap" else [(b"", b"junk")] * len(rows)
        base.executemany(
            "UPDATE checked SET value = ? WHERE key = ?",
            [(other[1], row[0]) for row, other in zip(rows, others, strict=True)],
        )
    assert results(cached_by(location, tmp_path, cached=False)) == results(before)


def test_a_cache_written_with_another_key_is_not_used(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHENCE_CACHE_KEY", "of an attacker")
    first = checker(location, tmp_path)
    list(first.check(entries(10)))
    first.close()
    cached_by(location, tmp_path, cached=True)
    monkeypatch.setenv("WHENCE_CACHE_KEY", "of the pipeline")
    cached_by(location, tmp_path, cached=False)
    cached_by(location, tmp_path, cached=True)


def cached_by(location: str, folder: Path, *, cached: bool) -> list[CheckedItem | LeftOut]:
    worker = checker(location, folder)
    after = list(worker.check(entries(10)))
    worker.close()
    assert {item.cached for item in after if isinstance(item, CheckedItem)} == {cached}
    return after


def test_incomplete_results_are_not_cached(location: str, tmp_path: Path) -> None:
    item = Item("a.py", b"\0" * 100, "python")
    worker = checker(location, tmp_path)
    [found] = worker.check([item])
    worker.close()
    assert isinstance(found, CheckedItem)
    assert found.checked.status is Status.NOT_CHECKED
    [path] = tmp_path.glob("*.sqlite")
    with sqlite3.connect(path) as base:
        assert base.execute("SELECT count(*) FROM checked").fetchone() == (0,)


def test_if_the_index_stops_answering_nothing_is_reported_clean(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    check = Checker.check

    def failing(self: Checker, item: Item) -> object:
        nonlocal asked
        asked += 1
        if asked > 20:
            raise IndexUnavailableError("the cable was cut")
        return check(self, item)

    monkeypatch.setattr(Checker, "check", failing)
    worker = checker(location, None)
    found = [one for one in worker.check(entries(400)) if isinstance(one, CheckedItem)]
    states = {one.checked.status for one in found}
    unchecked = [one for one in found if one.checked.status is Status.NOT_CHECKED]
    assert len(found) == 360
    assert states <= {Status.CHECKED, Status.NOT_CHECKED}
    assert len(unchecked) > 250  # equal files share a check
    assert all("the cable was cut" in (one.checked.status_reason or "") for one in unchecked)
    assert worker.down == "the cable was cut"
    assert asked < 40  # not for every item


def test_one_that_the_index_does_not_answer_leaves_the_others_their_results(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = Checker.check

    def failing(self: Checker, item: Item) -> object:
        if item.name == "copy7.py":
            raise IndexUnavailableError("too slow")
        return check(self, item)

    expected = results(list(checker(location, None).check(entries(30))))
    monkeypatch.setattr(Checker, "check", failing)
    worker = checker(location, tmp_path)
    found = list(worker.check(entries(30)))
    worker.close()
    failed = found[7]
    assert isinstance(failed, CheckedItem)
    assert failed.checked.status is Status.NOT_CHECKED
    assert failed.checked.status_reason == "the index did not answer: too slow"
    assert worker.down is None
    monkeypatch.undo()
    again = list(checker(location, tmp_path).check(entries(30)))
    assert [one.item.name for one in again if isinstance(one, CheckedItem) and not one.cached] == [
        "copy7.py"
    ]
    del found[7], expected[7]
    assert results(found) == expected
