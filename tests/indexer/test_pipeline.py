"""Reading sources into an index: batches, commits, resuming, and errors of sources and index."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from attribution.errors import IndexLockedError, SourceError, StorageError
from attribution.index.interface import Checkpoint, IndexWriter
from attribution.types import NewFile, Occurrence, OptOut, Skip
from indexer import pipeline
from indexer.pipeline import index_sources
from indexer.progress import IndexingReport, Progress, TerminalProgress
from indexer.sources import Source, SourceItem
from tests.support.memory_index import MemoryIndex


class ListSource(Source):
    """Small files from memory; a position is the number of files done."""

    def __init__(self, name: str, count: int, *, mark: str = "1", size: int = 100) -> None:
        super().__init__(name)
        self.count = count
        self.mark = mark
        self.size = size
        self.started_at: list[str | None] = []
        self.fail_at: tuple[int, Exception] | None = None

    def fingerprint(self) -> str:
        return self.mark

    def total_bytes(self) -> int:
        return self.count * self.size

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        self.started_at.append(start)
        for number in range(int(start or 0), self.count):
            if self.fail_at is not None and number == self.fail_at[0]:
                raise self.fail_at[1]
            content = f"value_{self.name}_{number} = {number}\n".encode().ljust(self.size)
            file: NewFile | Skip = NewFile(
                content, "python", Occurrence(f"o/{self.name}", f"{number}.py")
            )
            if number % 10 == 9:
                file = Skip(f"o/{self.name}/{number}.py", "empty", "0 bytes")
            self.done_bytes = (number + 1) * self.size
            yield SourceItem(file, str(number + 1))


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex(name="test")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_BATCH_BYTES", 500)


def checkpoints(index: MemoryIndex) -> dict[str, Checkpoint]:
    with index.writer() as writer:
        return writer.checkpoints()


def test_all_files_of_all_sources_arrive(index: MemoryIndex) -> None:
    skipped: list[Skip] = []
    report = index_sources(index, [ListSource("a", 25), ListSource("b", 3)], on_skip=skipped.append)
    assert (report.files, report.documents, report.occurrences) == (26, 26, 26)
    assert report.content_bytes == 2600
    assert report.skipped == {"empty": 2}
    assert (
        [skip.name for skip in skipped]
        == ["o/a/9.py", "o/a/19.py"]
        == [s.name for s in index.skips()]
    )
    assert (report.sources, report.unchanged, report.failed) == (2, 0, [])
    assert index.describe().repositories == 2
    assert all(checkpoint.done for checkpoint in checkpoints(index).values())


def test_unchanged_sources_are_skipped_and_changed_ones_read_again(index: MemoryIndex) -> None:
    index_sources(index, [ListSource("a", 5), ListSource("b", 5)])
    same, changed, new = ListSource("a", 5), ListSource("b", 7, mark="2"), ListSource("c", 1)
    report = index_sources(index, [same, changed, new])
    assert same.started_at == []
    assert changed.started_at == [None]
    assert (report.unchanged, report.sources) == (1, 2)
    assert (report.files, report.documents) == (8, 3)
    assert index.summary().occurrences == 13


def test_a_source_named_twice_is_read_once(index: MemoryIndex) -> None:
    assert index_sources(index, [ListSource("a", 5), ListSource("a", 5)]).files == 5


def test_a_run_after_a_crash_resumes(index: MemoryIndex) -> None:
    crashing = ListSource("a", 100)
    crashing.fail_at = (63, RuntimeError("power cut"))
    with pytest.raises(RuntimeError, match="power cut"):
        index_sources(index, [crashing], commit_bytes=1000)
    held = index.summary().documents
    assert 0 < held < 63
    position = checkpoints(index)["a"]
    assert not position.done
    resumed = ListSource("a", 100)
    report = index_sources(index, [resumed])
    assert resumed.started_at == [position.position.partition(" ")[2]]
    assert held + report.documents == 90
    assert report.files == report.documents  # nothing was read twice
    assert len(list(index.skips())) == 10  # nor reported twice


def test_after_a_crash_a_changed_source_is_read_from_the_start(index: MemoryIndex) -> None:
    crashing = ListSource("a", 100)
    crashing.fail_at = (63, RuntimeError("power cut"))
    with pytest.raises(RuntimeError):
        index_sources(index, [crashing], commit_bytes=1000)
    changed = ListSource("a", 100, mark="2")
    index_sources(index, [changed])
    assert changed.started_at == [None]
    assert index.summary().documents == 90


def test_a_source_that_cannot_be_read_does_not_stop_the_others(index: MemoryIndex) -> None:
    bad, good = ListSource("bad", 20), ListSource("good", 20)
    bad.fail_at = (11, SourceError("bad: the disk is gone"))
    report = index_sources(index, [bad, good])
    assert report.failed == [("bad", "bad: the disk is gone")]
    assert report.files == 28
    assert Skip("bad", "unreadable", "bad: the disk is gone") in list(index.skips())
    assert not checkpoints(index)["bad"].done
    # and the next run tries it again
    again = ListSource("bad", 20)
    index_sources(index, [again, good])
    assert len(again.started_at) == 1
    assert index.summary().documents == 36


def test_commits_come_by_size_and_by_time(index: MemoryIndex) -> None:
    version = int(index.summary().version.rpartition("-")[2])

    def commits(**when: Any) -> int:
        nonlocal version
        before = version
        source = ListSource(f"s{before}", 100)
        index_sources(index, [source], **when)
        version = int(index.summary().version.rpartition("-")[2])
        return version - before

    assert commits() == 1
    assert 8 <= commits(commit_bytes=1000) <= 10
    assert commits(commit_seconds=0.0) >= 18


class FullDisk(MemoryIndex):
    """Fails at the second commit."""

    commits = 0

    def writer(self) -> IndexWriter:
        inner = super().writer()
        commit = inner.commit

        def failing(checkpoints: Sequence[Checkpoint] = ()) -> None:
            self.commits += 1
            if self.commits == 2:
                raise StorageError("no space left")
            commit(checkpoints)

        inner.commit = failing  # type: ignore[method-assign]
        return inner


def test_a_full_disk_stops_it_and_commits_stay() -> None:
    index = FullDisk(name="full")
    with pytest.raises(StorageError, match="no space left"):
        index_sources(index, [ListSource("a", 10_000)], commit_bytes=1000)
    held = index.summary().documents
    assert held > 0
    assert not [
        t for t in threading.enumerate() if t.name.startswith("whence-reader")
    ]  # nothing reads on
    report = index_sources(index, [ListSource("a", 100)])  # and the lock was released
    assert held + report.documents == 90


def test_two_writers_are_refused(index: MemoryIndex) -> None:
    with index.writer(), pytest.raises(IndexLockedError):
        index_sources(index, [ListSource("a", 1)])


def test_the_reader_is_at_most_a_few_batches_ahead(
    index: MemoryIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, ahead = ListSource("a", 2000), []
    original = pipeline._Committer.record

    def watch(self: Any, checkpoints: dict[str, Checkpoint]) -> None:
        if checkpoints and not checkpoints["a"].done:
            taken = int(checkpoints["a"].position.partition(" ")[2])
            ahead.append(source.done_bytes // source.size - taken)
        original(self, checkpoints)

    monkeypatch.setattr(pipeline._Committer, "record", watch)
    index_sources(index, [source])
    assert len(ahead) > 300
    assert max(ahead) <= 6 * (pipeline._READ_AHEAD + 2)  # files: 5-6 to a batch


def test_opted_out_files_are_counted(index: MemoryIndex) -> None:
    index.remove([OptOut("repository", "o/b")])
    report = index_sources(index, [ListSource("a", 5), ListSource("b", 5)])
    assert report.skipped["opted out"] == 5
    assert report.documents == 5


class RecordedProgress(Progress):
    """Remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.files = 0

    def begin(self, sources: Sequence[Source]) -> None:
        self.calls.append(f"begin {len(sources)}")

    def unchanged(self, source: Source) -> None:
        self.calls.append(f"unchanged {source.name}")

    def advanced(self, report: IndexingReport) -> None:
        assert report.files >= self.files
        self.files = report.files

    def committing(self) -> None:
        self.calls.append("committing")


def test_progress_is_reported(index: MemoryIndex) -> None:
    index_sources(index, [ListSource("a", 5)])
    progress = RecordedProgress()
    index_sources(index, [ListSource("a", 5), ListSource("b", 50)], progress)
    assert progress.calls == ["begin 2", "unchanged a", "committing"]
    assert progress.files == 45


def test_the_bar_of_the_terminal(index: MemoryIndex, capsys: pytest.CaptureFixture[str]) -> None:
    index_sources(index, [ListSource("a", 5)])
    index_sources(index, [ListSource("a", 5), ListSource("b", 50)], TerminalProgress())
    assert capsys.readouterr().out == ""


def test_an_opt_out_that_is_lifted_lets_files_in_again(index: MemoryIndex) -> None:
    sources = [ListSource("a", 5), ListSource("b", 3)]
    index_sources(index, sources)
    index.remove([OptOut("repository", "o/a")])
    assert index_sources(index, sources).unchanged == 2
    index.lift_opt_out([OptOut("repository", "o/a")])
    report = index_sources(index, sources)
    assert (report.documents, report.occurrences, report.unchanged) == (5, 5, 0)
    assert index_sources(index, sources).unchanged == 2
