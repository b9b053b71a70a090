"""The Elasticsearch engine only: versions, killed runs, locks, unusual texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import product
from uuid import uuid4

import pytest

from attribution.errors import (
    IndexDamagedError,
    IndexLockedError,
    IndexNotFoundError,
    IndexVersionError,
    InputError,
    StorageError,
)
from attribution.index import create_index, open_index, open_part, rebuild_index
from attribution.index.checkpoints import part_name
from attribution.index.elastic import removal
from attribution.index.elastic.access import Access, parse
from attribution.index.elastic.bulk import Bulk
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import find_base, load
from attribution.index.elastic.index import ElasticIndex
from attribution.index.elastic.layout import OCCURRENCES
from attribution.index.elastic.lock import Lock
from attribution.index.elastic.versions import drop
from attribution.index.interface import Checkpoint, IndexAdmin
from attribution.types import NewFile, Occurrence, OptOut
from tests.support.elastic_server import server
from tests.support.index_engines import code, file, fill, sketch


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@pytest.fixture
def location(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("WHENCE_ELASTIC_SHARDS", "1")
    made = server().location(f"whence-test-{uuid4().hex}")
    yield made
    cluster = Cluster(parse(made), Access())
    for _ in range(3):
        base = find_base(cluster)
        if base is not None:
            drop(cluster, base)
    cluster.close()


def test_a_rebuild_is_served_at_once_and_the_old_version_stays(location: str) -> None:
    with create_index(location, "corpus") as reader:
        fill(reader, [file(code(1)), file(code(2), "bob/b")])
        reader.remove([OptOut("owner", "bob")])
        with rebuild_index(location, "corpus") as unfinished:
            fill(unfinished, [file(code(3))], Checkpoint("a", "7"))
        assert reader.fetch([blob(code(3))]) == [None]
        with rebuild_index(location, "corpus") as version:  # as after a kill
            with version.writer() as writer:
                assert writer.checkpoints() == {"a": Checkpoint("a", "7")}
            fill(version, [file(code(4)), file(code(2), "bob/b")])
            assert not reader.refresh()
            old = version.publish()
            assert version.publish() is None
        assert reader.fetch([blob(code(1))])[0] is not None  # of the old one, until a refresh
        assert reader.refresh()
        found = reader.fetch([blob(code(n)) for n in (1, 2, 3, 4)])
        assert [one is not None for one in found] == [False, False, True, True]
        with open_index(f"{location.rpartition('/')[0]}/{old}") as before:
            assert before.fetch([blob(code(1))])[0] is not None
        assert old is not None
        cluster = Cluster(parse(location), Access())
        drop(cluster, old)
        cluster.close()


def test_opt_outs_that_come_during_a_rebuild_hold_after_it(location: str) -> None:
    with create_index(location, "corpus") as index:
        with rebuild_index(location, "corpus") as version:
            fill(version, [file(code(1)), file(code(2), "bob/b")])
            index.remove([OptOut("owner", "bob")])
            version.publish()
        index.refresh()
        assert index.fetch([blob(code(2))]) == [None]
        assert (index.summary().documents, index.summary().opt_outs) == (1, 1)


def test_a_removal_does_not_go_to_a_version_that_was_just_replaced(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with create_index(location, "corpus") as index, rebuild_index(location, "corpus") as version:
        refresh = index.refresh

        def refresh_and_publish() -> bool:
            done = refresh()
            version.publish()
            return done

        monkeypatch.setattr(index, "refresh", refresh_and_publish)
        with pytest.raises(IndexLockedError, match="just replaced"):
            index.remove([OptOut("owner", "bob")])
        index.remove([OptOut("owner", "bob")])
        assert index.summary().opt_outs == 1


def _compacts(index: IndexAdmin) -> None:
    index.compact()


def _lifts(index: IndexAdmin) -> None:
    index.lift_opt_out([OptOut("owner", "bob")])


def _commits(index: IndexAdmin) -> None:
    fill(index, [], Checkpoint("a", "1"))


def _opens(index: IndexAdmin) -> None:
    index.writer().close()


def _removes(index: IndexAdmin) -> None:
    index.remove([OptOut("owner", "eve")])


def _joins(index: IndexAdmin) -> None:
    assert isinstance(index, ElasticIndex)
    location = str(index._cluster.location)
    with open_part(location, "corpus", part_name(1, 1, "5f3a09"), rebuild=False) as part:
        fill(part, [], Checkpoint(part_name(1, 1, "5f3a09"), "", done=True))
        assert part.publish_parts() == []


GONE = [blob(code(2)), blob(code(3))]


def _with_bob(index: IndexAdmin) -> None:
    """Two files of bob's alone, and one that ann has too."""
    shared = file(code(1), "bob/b", "c.py")
    fill(index, [file(code(1)), shared, *(file(code(n), "bob/b", f"{n}.py") for n in (2, 3))])


def _bob_is_gone(index: IndexAdmin) -> None:
    """Whether nothing is left of it, and the rest is whole."""
    index.refresh()
    assert index.fetch(GONE) == [None, None]
    assert index.fetch([blob(code(1))]) != [None]
    for number in (1, 2, 3):
        found = {c.document for c in index.propose(sketch(code(number))).candidates}
        assert found <= {blob(code(1))}
    assert [o.repository for o in index.occurrences(blob(code(1)))] == ["ann/tools"]
    assert (index.summary().documents, index.summary().occurrences) == (1, 1)
    assert list(index.verify())
    fill(index, [file(code(4), path="4.py")])
    assert index.summary().documents == 2


@pytest.mark.parametrize(
    ("go_on", "deletions"),  # of 2 sketches, 2 texts and 3 occurrences
    [
        *((_opens, deletions) for deletions in range(8)),
        *product([_commits, _compacts, _lifts, _removes, _joins], [1, 5]),
    ],
)
def test_a_killed_removal_is_finished(
    location: str,
    go_on: Callable[[IndexAdmin], None],
    deletions: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with create_index(location, "corpus") as index:
        _with_bob(index)
        with monkeypatch.context() as killed, pytest.raises(StorageError):
            killed.setattr(removal, "Bulk", partial(_KilledBulk, deletions))
            index.remove([OptOut("owner", "bob")])
        go_on(index)
        _bob_is_gone(index)


@pytest.mark.parametrize("deletions", [1, 5])
def test_a_publication_finishes_a_removal_that_was_killed(
    location: str, deletions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with create_index(location, "corpus") as index:
        with rebuild_index(location, "corpus") as version:
            _with_bob(version)
            index.remove([OptOut("owner", "bob")])
            with monkeypatch.context() as killed, pytest.raises(StorageError):
                killed.setattr(removal, "Bulk", partial(_KilledBulk, deletions))
                version.publish()
            version.publish()
        _bob_is_gone(index)


class _KilledBulk(Bulk):
    """Its process is killed after a number of deletions, which have arrived."""

    def __init__(self, deletions: int, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._left = deletions

    def delete(self, index: str, id_: str) -> None:
        if not self._left:
            self.finish()
        self._left -= 1
        super().delete(index, id_)

    def finish(self) -> None:
        super().finish()
        if not self._left:
            _raise()


def _raise(*_: object) -> None:
    raise StorageError("as a kill")


def test_a_compaction_copies_no_document_without_an_occurrence(location: str) -> None:
    with create_index(location, "corpus") as index:
        _with_bob(index)
        with closing(Cluster(parse(location), Access())) as cluster:
            commit = load(cluster)
            with closing(Bulk(cluster)) as bulk:
                for hit in commit.scan(OCCURRENCES, {"terms": {"document": GONE}}):
                    bulk.delete(commit.target(OCCURRENCES), hit["_id"])
                bulk.finish()
        index.remove([OptOut("owner", "bob")])
        index.compact()
        _bob_is_gone(index)


def test_a_reader_outlives_a_compaction(location: str) -> None:
    with create_index(location, "corpus") as index, open_index(location) as reader:
        fill(index, [file(code(n), path=str(n)) for n in range(3)])
        fill(index, [file(code(7), "bob/b")])
        index.remove([OptOut("owner", "bob")])
        assert reader.refresh()
        index.compact()
        assert index.summary().version.startswith(f"{location.rpartition('/')[2]}-000002.")
        # Its version is gone; it moves to the next one automatically.
        assert reader.propose(sketch(code(1))).candidates[0].document == blob(code(1))


@pytest.mark.parametrize("go_on", [_opens, _compacts, _lifts, _removes, _joins])
def test_documents_of_a_killed_run_are_invisible_and_removed(
    location: str, go_on: Callable[[IndexAdmin], None]
) -> None:
    with create_index(location, "corpus") as index:
        fill(index, [file(code(1))])
        writer = index.writer()
        writer.add([file(code(2))])
        documents = writer._documents  # type: ignore[attr-defined]
        documents.finish()  # sent, not committed
        documents.close()
        writer._documents = None  # type: ignore[attr-defined]
        writer._lock.release()  # type: ignore[attr-defined]
        name = location.rpartition("/")[2]
        cluster = Cluster(parse(location), Access())
        cluster.request("POST", f"/{name}-000001-*/_refresh")  # as a restarted node does
        with open_index(location) as reader:
            found = [c.document for c in reader.propose(sketch(code(2))).candidates]
            assert blob(code(2)) not in found
            assert reader.fetch([blob(code(2))]) == [None]
            assert reader.occurrences(blob(code(2))) == ()
            assert reader.describe().repositories == 1
        go_on(index)
        left = cluster.request("GET", f"/{name}-*-sketches/_count")["count"]
        cluster.close()
        assert left == 1


def test_the_lock_of_an_ended_process_is_taken_over(location: str) -> None:
    create_index(location, "corpus").close()
    cluster = Cluster(parse(location), Access())
    base = find_base(cluster)
    assert base is not None
    lock = Lock(cluster, base)
    path = f"/{base}-meta/_doc/lock"
    held = json.loads(cluster.request("GET", path)["_source"]["lock"])
    lock.release()
    elsewhere = {**held, "host": "elsewhere"}
    for changed, free in (
        ({**held, "pid": 2**22 + 1}, True),  # of this machine, and no such process
        (elsewhere, False),
        ({**elsewhere, "at": held["at"] - 1000}, True),
    ):
        cluster.request("PUT", path, {"lock": json.dumps(changed)})
        if free:
            Lock(cluster, base).release()
        else:
            with pytest.raises(IndexLockedError, match="on elsewhere is writing"):
                Lock(cluster, base)
    cluster.close()


def test_a_write_to_a_dropped_version_is_refused(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attribution.index.elastic.lock._RENEW_SECONDS", 0.05)
    create_index(location, "corpus").close()
    name = location.rpartition("/")[2]
    cluster = Cluster(parse(location), Access())
    with open_index(location) as index:
        writer = index.writer()
        lock = writer._lock  # type: ignore[attr-defined]
        drop(cluster, f"{name}-000001")
        lock._thread.join(10)
        assert not lock._thread.is_alive(), "it renews a lock that is gone"
        with pytest.raises(IndexLockedError, match="was lost"):
            writer.add([file(code(1))])
        lock._lost = False  # as if stopped between the check of the lock and the request
        writer.add([file(code(1))])
        with pytest.raises(IndexNotFoundError):
            writer.commit()
        writer.close()
    assert cluster.request("GET", f"/{name}*/_settings") == {}
    cluster.close()


def test_an_index_of_an_older_format_is_refused_at_once(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_index(location, "corpus").close()
    cluster = Cluster(parse(location), Access())
    path = f"/{location.rpartition('/')[2]}-000001-meta/_doc/state"
    monkeypatch.setattr("time.sleep", _raise)  # no other process will change it
    state = json.loads(cluster.request("GET", path)["_source"]["state"])
    for number, remedy in ((1, "rebuild the index"), (99, "newer")):
        body = {"state": json.dumps({**state, "format": number})}
        cluster.request("PUT", path, body)
        with pytest.raises(IndexVersionError, match=remedy):
            open_index(location)
        with pytest.raises(IndexVersionError, match=remedy):
            open_part(location, "corpus", "part 1/1", rebuild=False)
    cluster.close()


def test_a_second_index_with_a_name_and_a_rebuild_of_a_folder_are_refused(location: str) -> None:
    create_index(location, "corpus").close()
    with pytest.raises(InputError, match="already"):
        create_index(location, "corpus")
    with pytest.raises(InputError, match="new folder"):
        rebuild_index("/tmp/folder", "corpus")


def test_an_altered_text_is_found(location: str) -> None:
    with create_index(location, "corpus") as index:
        fill(index, [file(code(1))])
        name = location.rpartition("/")[2]
        cluster = Cluster(parse(location), Access())
        path = f"/{name}-000001-contents/_doc/{blob(code(1))}"
        row = cluster.request("GET", path)["_source"]
        cluster.request("PUT", path, {**row, "text": "altered"}, refresh=True)
        with pytest.raises(IndexDamagedError, match="was altered"):
            list(index.verify())
        cluster.request("DELETE", path, refresh=True)
        cluster.close()
        with pytest.raises(IndexDamagedError, match="has 0 of 1"):
            list(index.verify())


def test_a_text_with_many_occurrences_and_undecodable_names(location: str) -> None:
    occurrences = [Occurrence(f"o{n}/r", "LICENSE") for n in range(1500)]
    odd = Occurrence("a/b", "caf\udce9.py", origin="x" * 9000)
    files = [NewFile(code(1), "Python", occurrence) for occurrence in (*occurrences, odd)]
    with create_index(location, "corpus") as index:
        fill(index, files)
        found = index.occurrences(blob(code(1)))
        assert len(found) == 1501
        assert odd in found
        assert index.describe().repositories == 1501


def test_a_sketch_with_more_terms_than_a_search_uses(location: str) -> None:
    long = b"".join(code(n) for n in range(100, 190))
    with create_index(location, "corpus") as index:
        fill(index, [file(long), file(code(1), path="b.py")])
        asked = sketch(long)
        assert len(asked.raw) > 2000
        proposal = index.propose(asked)
        assert proposal.candidates[0].document == blob(long)
        assert (proposal.raw_df == 1).all()
        assert proposal.candidates[0].coverage == 2**64 - 1
