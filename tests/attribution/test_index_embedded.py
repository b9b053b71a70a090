"""The embedded engine only: files, merges, full disks, locks, readers beside a writer."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from attribution.errors import IndexLockedError, InputError, StorageError
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.embedded.manifest import SegmentEntry, load
from attribution.index.embedded.merging import plan
from attribution.index.embedded.storage import StoredFile
from attribution.index.interface import Checkpoint, WordQuery
from attribution.sketching.sketch import SketchBatch, SketchParams
from attribution.sketching.sketcher import sketch_query
from attribution.types import NewFile, Occurrence, OptOut, Skip
from tests.support.index_engines import PARAMS, EmbeddedEngine, code, file, fill, sketch


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def every_byte(folder: Path) -> bytes:
    """All that lies in the folder, compressed contents as they are and decompressed."""
    whole = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            whole.append(data)
            if path.name == "contents" or path.suffix == ".zst":
                reader = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True)
                whole.append(reader.read())
    return b"\n".join(whole)


def test_removed_bytes_are_gone_after_a_compaction(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index", Tuning(compact_share=2.0))
    index = engine.create()
    secret = b"def quixotic_zephyr(): pass  # unmistakable_words here\n"
    fill(
        index,
        [
            file(code(1) + secret, "mallory/hidden_name", "secret_path.py"),
            file(code(2), "mallory/hidden_name", "second_path.py"),
            file(code(2), "alice/open", "kept.py"),
            file(code(3), "alice/open", "other.py"),
        ],
    )
    with index.writer() as writer:
        writer.skip([Skip("mallory/hidden_name/skipped_path.py", "binary"), Skip("x/y", "binary")])
        writer.commit()
    traces = [
        b"quixotic_zephyr",
        b"unmistakable_words",
        b"secret_path",
        b"second_path",
        b"skipped_path",
    ]
    for trace in [*traces, b"mallory/hidden_name"]:
        assert trace in every_byte(engine.folder)
    index.remove([OptOut("repository", "mallory/hidden_name")])
    assert index.describe().pending_removal_bytes == len(code(1) + secret)
    index.compact()
    for trace in traces:
        assert trace not in every_byte(engine.folder)
    # That the repository is opted out must be remembered, and is all that is left of it.
    assert every_byte(engine.folder).count(b"mallory/hidden_name") == 1
    assert [
        o.path for o in index.occurrences(index.propose(sketch(code(2))).candidates[0].document)
    ] == ["kept.py"]
    assert [skip.name for skip in index.skips()] == ["x/y"]
    assert index.describe().skipped == {"binary": 1}
    assert list(index.verify())


def test_a_compaction_reports_what_a_network_disk_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlink(path: str, *, dir_fd: int | None = None) -> None:
        """As NFS does while another process has the file open."""
        folder, name = os.path.split(path)
        if name.startswith(".nfs"):
            raise OSError(errno.EBUSY, "Device or resource busy", path)
        kept = str(Path(folder) / f".nfs{name}")
        os.rename(path, kept, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)

    engine = EmbeddedEngine(tmp_path / "index", Tuning(compact_share=2.0))
    index = engine.create()
    secret = file(code(1) + b"# quixotic_zephyr\n", "mallory/hidden", "x.py")
    fill(index, [secret, file(code(2), "keep/r", "kept.py")])
    index.remove([OptOut("owner", "mallory")])
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        for _ in range(2):  # also when nothing is left to compact
            with pytest.raises(StorageError, match=r"\.nfsdead-\S+ and 1 more could not be"):
                index.compact()
    assert list(engine.folder.rglob(".nfscontents"))
    assert index.summary().documents == 1
    index.compact()
    assert b"quixotic_zephyr" not in every_byte(engine.folder)
    assert not [path for path in engine.folder.rglob("*") if ".nfs" in path.name]


def test_a_writer_compacts_when_much_is_dead(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index")
    index = engine.create()
    fill(index, [file(code(n), f"o{n % 2}/r", f"{n}.py") for n in range(10)])
    index.remove([OptOut("owner", "o1")])
    assert index.describe().pending_removal_bytes > 0
    fill(index, [file(code(20))])
    assert index.describe().pending_removal_bytes == 0
    assert not [name for name in names(engine.folder) if name.startswith("dead-")]


def entry(name: str, size: int, documents: int = 10) -> SegmentEntry:
    return SegmentEntry(
        name, {"arrays": StoredFile(size, "")}, documents, documents, 0, documents, documents, 0, {}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "merged"),
    [
        ([5, 5, 5], []),
        ([5, 5, 5, 5], ["0", "1", "2", "3"]),  # equals go together
        ([900, 1, 1, 1], ["1", "2", "3"]),  # the large one is left alone
        ([900, 800, 700, 1], ["2", "3"]),
        ([1000, 300, 300, 10, 1], ["3", "4"]),
    ],
)
def test_the_cheapest_merge_is_chosen(sizes: list[int], merged: list[str]) -> None:
    chosen = plan([entry(str(n), size) for n, size in enumerate(sizes)], 3)
    assert sorted(e.name for e in chosen) == merged


def test_full_segments_are_not_merged_again() -> None:
    full = [entry(str(n), 100, 3_000_000) for n in range(20)]
    assert plan(full, 3) == []
    assert [e.name for e in plan([*full, *(entry(f"s{n}", n) for n in range(1, 5))], 3)] != []


def test_many_small_commits_do_not_pile_up(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index", Tuning(max_segments=4))
    index = engine.create()
    with index.writer() as writer:
        for n in range(40):
            writer.add([file(code(n, 5), path=f"{n}.py")])
            writer.skip([Skip(str(n), "binary")])
            writer.commit([Checkpoint("s", str(n))])
    assert len(list(engine.folder.glob("segment-*"))) <= 4
    assert len(list(engine.folder.glob("skips-*"))) <= 16
    assert [skip.name for skip in index.skips()] == [str(n) for n in range(40)]
    assert index.summary().documents == 40
    manifest = load(engine.folder)
    assert names(engine.folder) == manifest.names() | {"manifest.json", "writer.lock"}


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index")
    index = engine.create()
    fill(index, [file(code(1))])
    whole = names(engine.folder)
    (engine.folder / "segment-000099").mkdir()
    (engine.folder / "segment-000099" / "contents").write_bytes(b"x")
    (engine.folder / "manifest.json.tmp").write_bytes(b"{")
    (engine.folder / "dead-000098.arrays").write_bytes(b"x")
    (engine.folder / "notes.txt").write_text("not ours, not touched")
    with index.writer():
        assert names(engine.folder) == whole | {"notes.txt"}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that takes no file beyond a size: the real system call fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_folder_that_cannot_be_removed_yet_is_left_for_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EmbeddedEngine(tmp_path / "index", Tuning(max_segments=1))
    index = engine.create()
    fill(index, [file(code(1), path="1.py")])
    old = load(engine.folder).segments[0].name
    with monkeypatch.context() as patch:
        patch.setattr("os.rmdir", lambda *_, **__: (_ for _ in ()).throw(OSError(39, "not empty")))
        fill(index, [file(code(2), path="2.py")])
    assert old in names(engine.folder)
    fill(index, [file(code(3), path="3.py")])
    assert old not in names(engine.folder)
    assert index.summary().documents == 3


def test_a_segment_has_a_limit_of_words(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index", Tuning(batch_bytes=2000, flush_words=60))
    files = [file(code(n), path=f"{n}.py") for n in range(12)]
    fill(engine.create(), files)
    segments = load(engine.folder).segments
    assert len(segments) > 3
    assert sum(segment.documents for segment in segments) == 12


# From the manifest on to the largest file of the commit.
@pytest.mark.parametrize("size", [200, 3_000, 20_000, 60_000, 150_000])
def test_a_full_disk_leaves_the_old_state(tmp_path: Path, size: int) -> None:
    engine = EmbeddedEngine(tmp_path / "index", Tuning(batch_bytes=50_000, flush_bytes=400_000))
    index = engine.create()
    fill(index, [file(code(n), path=f"{n}.py") for n in range(5)], Checkpoint("s", "1"))
    before = names(engine.folder)
    with files_of_at_most(size), index.writer() as writer:
        with pytest.raises(StorageError, match=r"cannot write .*Free space"):
            for at in range(10, 810, 50):
                writer.add([file(code(n, 60), path=f"{n}.py") for n in range(at, at + 50)])
            writer.commit([Checkpoint("s", "2")])
        with pytest.raises(StorageError, match="earlier write failed"):
            writer.commit()
    assert set(names(engine.folder)) == set(before)
    index = engine.reopen(index)
    assert list(index.verify())
    assert index.summary().documents == 5
    assert index.propose(sketch(code(3))).candidates
    with index.writer() as writer:
        assert writer.checkpoints() == {"s": Checkpoint("s", "1")}
        writer.add([file(code(n, 60), path=f"{n}.py") for n in range(10, 60)])
        writer.commit([Checkpoint("s", "2")])
    assert index.summary().documents == 55
    assert [h.document.content for h in index.search(WordQuery(words=("function_12",)))] == [
        code(12, 60)
    ]


def test_a_full_disk_while_removing_and_compacting(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index")
    index = engine.create()
    fill(index, [file(code(n, 60), f"o{n % 2}/r", f"{n}.py") for n in range(60)])
    with files_of_at_most(100), pytest.raises(StorageError):
        index.remove([OptOut("owner", "o1")])
    assert index.summary().documents == 60
    index.remove([OptOut("owner", "o1")])
    with files_of_at_most(20_000), pytest.raises(StorageError):
        index.compact()
    assert index.summary().documents == 30
    assert list(index.verify())
    index.compact()
    assert index.describe().pending_removal_bytes == 0
    assert index.summary().documents == 30


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="is a file"):
        EmbeddedEngine(tmp_path / "file" / "index").create()


def test_the_lock_names_the_process_that_has_it(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "index")
    index = engine.create()
    program = (
        "import sys; from attribution.index import administer\n"
        f"with administer({str(engine.folder)!r}).writer() as w:\n"
        "    print('writing', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"writing\n"
        with pytest.raises(IndexLockedError, match=rf"process {other.pid}\b"):
            index.writer()
        other.communicate(b"")
    index.writer().close()


def test_readers_are_not_disturbed_by_a_writer(tmp_path: Path) -> None:
    """A reader keeps its state while merges and compactions take the files away."""
    engine = EmbeddedEngine(tmp_path / "index", Tuning(max_segments=2))
    index = engine.create()
    fill(index, [file(code(n), "keep/r", f"{n}.py") for n in range(5)])
    old, reader = engine.open(), engine.open()
    answer = old.propose(sketch(code(3)), lexical=True)
    texts = old.fetch([c.document for c in answer.candidates])
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                reader.refresh()
                assert reader.propose(sketch(code(3))).candidates
                with engine.open() as fresh:
                    assert fresh.fetch([answer.candidates[0].document])[0] is not None
                    assert list(fresh.search(WordQuery(words=("function_3",))))
                    assert list(fresh.verify())
        except BaseException as exc:  # reported to the test below
            failures.append(exc)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(10, 22):
        fill(index, [file(code(n), f"o{n}/r", f"{n}.py")])
        if n % 4 == 0:
            index.remove([OptOut("owner", f"o{n}")])
            index.compact()
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert old.propose(sketch(code(3)), lexical=True).candidates == answer.candidates
    assert old.fetch([c.document for c in answer.candidates]) == texts
    assert old.summary().documents == 5
    assert old.refresh()
    assert old.summary().documents == 5 + 12 - 3
    assert not old.refresh()


def test_threads_may_share_an_index(tmp_path: Path) -> None:
    index = EmbeddedEngine(tmp_path / "index").create()
    fill(index, [file(code(n), path=f"{n}.py") for n in range(30)])
    expected = [index.propose(sketch(code(n)), lexical=True).candidates for n in range(30)]
    failures: list[int] = []

    def ask(start: int) -> None:
        for n in range(start, start + 30):
            got = index.propose(sketch(code(n % 30)), lexical=True).candidates
            texts = index.fetch([c.document for c in got])
            if got != expected[n % 30] or not all(texts):
                failures.append(n)

    threads = [threading.Thread(target=ask, args=(n * 7,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_folder_that_may_only_be_read_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EmbeddedEngine(tmp_path / "index")
    fill(engine.create(), [file(code(n), path=f"{n}.py") for n in range(3)])
    before = {path: path.stat().st_mtime_ns for path in engine.folder.rglob("*")}
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    with engine.open() as index:
        assert [hit.document.content for hit in index.search(WordQuery(words=("function_1",)))] == [
            code(1)
        ]
        assert index.propose(sketch(code(2)), lexical=True).candidates[0].lexical > 0
    assert {path: path.stat().st_mtime_ns for path in engine.folder.rglob("*")} == before


def test_fingerprints_of_any_width_are_found(tmp_path: Path) -> None:
    for bits in (20, 36, 64):
        params = SketchParams(fingerprint_bits=bits)
        index = EmbeddedIndex.create(tmp_path / str(bits), "corpus", params)
        fill(index, [file(code(n), path=f"{n}.py") for n in range(20)])
        query = sketch_query(code(7), ["Python"], params)
        proposal = index.propose(query)
        assert (proposal.raw_df >= 1).all()
        assert index.fetch([proposal.candidates[0].document])[0].content == code(7)


def test_an_exception_of_a_sketch_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> SketchBatch:
        raise ZeroDivisionError

    monkeypatch.setattr("attribution.index.writing.sketch_batch", broken)
    index = EmbeddedIndex.create(tmp_path / "i", "corpus", PARAMS)
    with pytest.raises(ZeroDivisionError), index.writer() as writer:
        writer.add([file(code(1))])
        writer.commit()
    assert index.summary().documents == 0
    assert names(tmp_path / "i") == {"manifest.json", "writer.lock"}
    index.writer().close()


def test_a_new_index_in_the_same_folder_is_noticed(tmp_path: Path) -> None:
    def build(text: str) -> None:
        shutil.rmtree(tmp_path / "index", ignore_errors=True)
        made = EmbeddedIndex.create(tmp_path / "index", "corpus", SketchParams())
        with made, made.writer() as writer:
            writer.add([NewFile(text.encode(), "python", Occurrence("a/b", "c.py"))])
            writer.commit()

    def blob(text: str) -> str:
        return hashlib.sha1(b"blob %d\0" % len(text) + text.encode()).hexdigest()

    build("first = 1\n")
    with EmbeddedIndex(tmp_path / "index") as reader:
        build("other = 2\n")
        assert reader.refresh()
        first, other = reader.fetch([blob("first = 1\n"), blob("other = 2\n")])
        assert first is None
        assert other is not None
        assert not reader.refresh()
