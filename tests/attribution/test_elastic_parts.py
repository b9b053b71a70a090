"""Several writers at once into one version in Elasticsearch, some of them killed.

This file is also the program that writes a part.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.errors import IndexLockedError, StorageError
from attribution.index import Index, administer, create_index, open_index, open_part
from attribution.index.checkpoints import part_name
from attribution.index.elastic import lock, publishing, versions, visibility
from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.bulk import Bulk
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import Commit, load
from attribution.index.elastic.layout import CONTENTS, OCCURRENCES, SKETCHES
from attribution.index.elastic.parts import Register
from attribution.index.interface import Checkpoint, IndexAdmin, IndexWriter
from attribution.sketching.sketch import SketchParams
from attribution.types import OptOut, Skip, Snippet
from indexer import pipeline
from indexer.parts import Part, cut, share
from indexer.progress import Progress
from indexer.sources import SourceOptions, open_sources
from tests.support.elastic_server import new_location
from tests.support.index_engines import code, file

PARTS = 4
FILES, ROWS = 32, 12  # of the corpus; every other row has a content that another file has too
WORK = "5f3a09"


class _Reported(Progress):
    """Writes a line for each commit, and gives the killer time."""

    def committing(self) -> None:
        print("commit", flush=True)
        time.sleep(0.1)


def write_part(corpus: str, location: str, number: int, rebuild: bool) -> Sequence[str] | None:
    """Index one part, with a commit after each few files."""
    pipeline._BATCH_BYTES = 4000
    part = Part(number, PARTS)
    units = cut(list(open_sources(corpus, SourceOptions())))
    label = part.name(units)
    with open_part(location, "corpus", label, rebuild=rebuild) as index:
        pipeline.index_sources(
            index, share(units, part), _Reported(), part=label, commit_bytes=4000
        )
        return index.publish_parts()


@pytest.fixture
def location(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("WHENCE_ELASTIC_SHARDS", "2")
    with new_location() as made:
        yield made


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A dataset with the columns of StarCoderData, and a file that is left out in each."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(FILES):
        rows = [
            {
                "max_stars_repo_path": f"{row}.py",
                "max_stars_repo_name": f"owner/r{number}",
                "max_stars_count": row,
                "id": f"{number}-{row}",
                "content": code(row if row % 2 else 1000 + number * ROWS + row, 20).decode(),
            }
            for row in range(ROWS)
        ]
        rows.append({**rows[0], "content": "", "max_stars_repo_path": "empty.py"})
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{number}.jsonl").write_text(text)
    return folder


def answers(index: Index) -> list[object]:
    """What an index says about its documents, and what it has."""
    attributor = Attributor(index)
    found: list[object] = []
    for number in (1, 3, 5, 1002, 1040, 1200, 1380, 5000):
        answer = attributor.attribute(Snippet(code(number, 20), "python"))
        found.append((answer.label, answer.reason, answer.confidence, answer.sources))
    described = index.describe()
    summary = index.summary()
    counts = (summary.documents, summary.occurrences, described.content_bytes)
    return [*found, counts, described.languages, described.licenses, described.skipped]


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that end with the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def start(corpus: Path, location: str, number: int, output: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, str(corpus), location, str(number)]
    with output.open("wb") as stream:
        return subprocess.Popen(command, stdout=stream)


def test_four_writers_two_killed_are_as_one(
    location: str, corpus: Path, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    outputs = [tmp_path / f"{number}.txt" for number in range(1, PARTS + 1)]
    started += [start(corpus, location, n, output) for n, output in enumerate(outputs, 1)]
    running = started[:]
    for victim in (1, 3):
        deadline = time.monotonic() + 120
        while outputs[victim].read_text().count("commit") < 3:
            assert running[victim].poll() is None, "it ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        running[victim].send_signal(signal.SIGKILL)
    for number, process in enumerate(running):
        assert process.wait(300) == (-signal.SIGKILL if number in (1, 3) else 0)
    assert "2/4" in outputs[2].read_text() + outputs[0].read_text()
    with open_index(location) as index:
        assert index.summary().documents == 0  # nothing is visible yet
    started += [start(corpus, location, number + 1, outputs[number]) for number in (1, 3)]
    assert [process.wait(300) for process in started[PARTS:]] == [0, 0]
    for number in (1, 3):  # they did not begin from the start
        assert outputs[number].read_text().count("commit") < outputs[0].read_text().count("commit")

    with create_index(tmp_path / "one", "corpus") as one:
        pipeline.index_sources(one, list(open_sources(str(corpus), SourceOptions())))
        one.refresh()
        with administer(location) as parts:
            assert answers(parts) == answers(one)
            assert list(parts.verify())
            assert sorted(skip.name for skip in parts.skips()) == sorted(
                skip.name for skip in one.skips()
            )
            with parts.writer() as writer:  # one writer may go on
                known = writer.checkpoints()
            assert sum(c.done for name, c in known.items() if ".jsonl" in name) == FILES


def test_a_rebuild_in_parts_replaces_the_served_version(location: str, corpus: Path) -> None:
    with create_index(location, "corpus") as index:
        add(index.writer(), [5000])
    with open_index(location) as reader:
        for number in range(1, PARTS + 1):
            waiting = write_part(str(corpus), location, number, rebuild=True)
            assert waiting == [f"{n}/{PARTS}" for n in range(number + 1, PARTS + 1)]
            reader.refresh()
            assert (reader.summary().documents == 1) is (number < PARTS)
        assert reader.summary().occurrences == FILES * ROWS


def label(number: int, of: int = 2) -> str:
    return part_name(number, of, WORK)


def part(location: str, number: int, of: int = 2) -> IndexAdmin:
    return open_part(location, "corpus", label(number, of), rebuild=False)


def add(writer: IndexWriter, numbers: Sequence[int], mark: str | None = None) -> None:
    """Commit some files, and close the writer."""
    with writer:
        writer.add([file(code(n, 20), "owner/r", f"{n}.py") for n in numbers])
        writer.commit([] if mark is None else [Checkpoint(mark, "", done=True)])


def test_parts_join_what_is_served(location: str) -> None:
    with create_index(location, "corpus") as index:
        add(index.writer(), [1, 2])
        with part(location, 1) as first, part(location, 2) as second:
            add(first.writer(), [2, 3], label(1))
            assert first.publish_parts() == ["2/2"]
            with pytest.raises(IndexLockedError, match="parts are being indexed"):
                index.writer()
            with pytest.raises(IndexLockedError, match="parts are being indexed"):
                index.compact()
            with second.writer() as writer:
                writer.skip([Skip("a.py", "empty", "")])
                writer.add([file(code(n, 20), "owner/r", f"{n}.py") for n in (3, 4)])
                writer.commit([Checkpoint(label(2), "", done=True)])
                assert first.publish_parts() == ["2/2"]  # it is still being written
            index.refresh()
            assert index.summary().documents == 2
            assert second.publish_parts() == []
            assert first.publish_parts() == []
        index.refresh()
        assert (index.summary().documents, index.summary().occurrences) == (4, 4)
        assert [skip.name for skip in index.skips()] == ["a.py"]
        add(index.writer(), [5])
        assert index.summary().documents == 5
        with part(location, 2) as again:  # it finds that the other one was done
            add(again.writer(), [6], label(2))
            assert again.publish_parts() == []


def test_what_a_killed_writer_left_incomplete_is_removed(location: str) -> None:
    create_index(location, "corpus").close()
    cluster = Cluster(parse(location), Access())
    with part(location, 1, 1) as index:
        killed = index.writer()
        killed.add([file(code(n, 20), "owner/r", f"{n}.py") for n in (1, 2)])
        killed.close()  # before a commit
        commit = load(cluster, None)
        register = Register.load(cluster, commit.base)
        assert register is not None
        bulk = Bulk(cluster)  # the text of one file, and both parts of another, did not arrive
        lost = {"generation": register.next - 1, "document": "b" * 40}
        bulk.create(commit.target(SKETCHES), "a" * 40, json.dumps(lost).encode())
        bulk.create(commit.target(OCCURRENCES), "b" * 40 + "-1", json.dumps(lost).encode())
        # The occurrence of a third did not: no opt-out would find this file.
        bulk.create(commit.target(SKETCHES), "c" * 40, json.dumps(lost).encode())
        bulk.create(commit.target(CONTENTS), "c" * 40, json.dumps(lost).encode())
        bulk.finish()
        bulk.close()
        add(index.writer(), [2, 3], label(1, 1))
        assert index.publish_parts() == []
        assert list(index.verify())
        assert set(index.fetch([letter * 40 for letter in "abc"])) == {None}
        assert index.summary().documents in (2, 3)  # the first file may have arrived in time
        assert index.summary().documents == index.summary().occurrences
    cluster.close()


def test_what_a_refresh_did_not_show_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elasticsearch skips a shard that is moving: its documents are there, and are not deleted."""
    unseen = ["a" * 40]
    seen_after = iter([unseen, unseen, []])
    refreshed: list[object] = []
    monkeypatch.setattr(publishing, "_written", lambda *_: unseen)
    monkeypatch.setattr(publishing, "_incomplete", lambda *_: next(seen_after))
    monkeypatch.setattr(visibility, "refresh", refreshed.append)
    monkeypatch.setattr(visibility, "_WAITS", (0.0, 0.0, 0.0, 0.0))
    with closing(Cluster(parse("http://127.0.0.1:9/none"), Access())) as cluster:  # no one listens
        commit = Commit(cluster, "none-000001", "none", SketchParams(), 1000)
        publishing._delete_incomplete(commit, [1])
    assert refreshed == [commit] * 3


def test_a_part_is_taken_over(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    create_index(location, "corpus").close()
    with part(location, 1, 1) as index:
        lost = index.writer()
        lost.add([file(code(1, 20), "owner/r", "1.py")])
        with pytest.raises(IndexLockedError, match="is writing"):
            index.writer()
        monkeypatch.setattr(lock, "_gone", lambda _: True)  # as after 90 s without a renewal
        heir = index.writer()
        with pytest.raises(IndexLockedError):
            lost.commit([Checkpoint("source", "lost")])
        lost.close()
        add(heir, [1, 2], label(1, 1))
        assert index.publish_parts() == []
        assert (index.summary().documents, index.summary().occurrences) == (2, 2)


def test_unfinished_parts_are_published_with_others(location: str) -> None:
    with part(location, 1) as lonely:
        add(lonely.writer(), [1], label(1))
        assert lonely.publish_parts() == ["2/2"]
    other = part_name(1, 1, "c0ffee")
    with open_part(location, "corpus", other, rebuild=False) as index:
        add(index.writer(), [2], other)
        assert index.publish_parts() == []
        assert index.summary().documents == 2
        add(administer(location).writer(), [3])


def test_removals_hold_for_parts(location: str) -> None:
    gone = [OptOut("repository", "owner/r")]
    with create_index(location, "corpus") as index:
        add(index.writer(), [1])
        with part(location, 1, 1) as one:
            add(one.writer(), [2], label(1, 1))
            report = index.remove(gone)
            assert (report.occurrences, report.documents) == (1, 1)
            assert Attributor(index).attribute(Snippet(code(1, 20), "python")).sources == ()
            assert one.publish_parts() == []
        index.refresh()
        assert (index.summary().documents, index.summary().occurrences) == (0, 0)
        assert not Attributor(index).attribute(Snippet(code(2, 20), "python")).sources


@pytest.mark.parametrize("go_on", ["a part", "a writer", "the publication"])
def test_the_removal_of_a_killed_publication_is_finished(
    location: str, go_on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with create_index(location, "corpus") as index, part(location, 1, 1) as one:
        add(one.writer(), [1, 2], label(1, 1))
        index.remove([OptOut("repository", "owner/r")])
        with monkeypatch.context() as killed:
            killed.setattr(publishing, "finished", _raise)
            with pytest.raises(StorageError):
                one.publish_parts()
        index.refresh()
        assert (index.summary().documents, index.summary().occurrences) == (2, 2)
        assert Attributor(index).attribute(Snippet(code(2, 20), "python")).sources == ()
        if go_on == "the publication":
            assert one.publish_parts() == []
        else:
            (one if go_on == "a part" else index).writer().close()
        index.refresh()
        assert (index.summary().documents, index.summary().occurrences) == (0, 0)


def _raise(_: object) -> None:
    raise StorageError("as a kill")


if __name__ == "__main__":
    print(write_part(sys.argv[1], sys.argv[2], int(sys.argv[3]), rebuild=False))


def test_parts_that_start_at_the_same_moment_make_one_version(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    highest = versions._highest

    def late(cluster: Cluster) -> int:
        number = highest(cluster)  # and another part makes the version just after this
        monkeypatch.setattr(versions, "_highest", highest)
        open_part(location, "corpus", "1/2", rebuild=False).close()
        return number

    monkeypatch.setattr(versions, "_highest", late)
    open_part(location, "corpus", "2/2", rebuild=False).close()
    with open_index(location) as index:  # with two, this raises
        assert index.summary().documents == 0
