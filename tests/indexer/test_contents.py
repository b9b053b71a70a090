"""The Stack v2: rows have ids, the contents are in a store; from servers on loopback."""

from __future__ import annotations

import gzip
import hashlib
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.errors import InputError, SourceError
from attribution.index import open_index
from attribution.types import NewFile, Skip
from indexer.filters import FileFilter
from indexer.sources import Source, SourceOptions, open_sources
from indexer.sources.contents import ContentStore
from indexer.sources.remote import attempts
from tests.support.command_line import Run, runner
from tests.support.remote_servers import FileServer, Request, running
from tests.support.s3_server import s3_server


def blob_of(content: bytes) -> str:
    """The id that Software Heritage's bucket has a content by."""
    return hashlib.sha1(content).hexdigest()


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def code(number: int) -> bytes:
    return b"def function_%d(x):\n    return x + %d\n" % (number, number)


def row(content: bytes, path: str, **columns: Any) -> dict[str, Any]:
    """A file as both forms of the dataset describe it."""
    return {
        "blob_id": blob_of(content),
        "path": path,
        "content_id": git_blob(content),
        "detected_licenses": ["MIT"],
        "src_encoding": "UTF-8",
        "language": "Python",
        "is_vendor": False,
        "is_generated": False,
        "length_bytes": len(content),
        **columns,
    }


def files_table(rows: list[dict[str, Any]], path: Path) -> Path:
    """A row is a file."""
    shared = {"repo_name": "owner/name", "revision_id": "f" * 40, "star_events_count": 3}
    pq.write_table(pa.Table.from_pylist([{**r, **shared} for r in rows]), path, row_group_size=40)
    return path


def repositories_table(repositories: list[list[dict[str, Any]]], path: Path) -> Path:
    """A row is a repository, as in the-stack-v2-train-*-ids."""
    rows = [
        {
            "repo_name": f"owner/{number}",
            "revision_id": "f" * 40,
            "files": files,
            "num_files": len(files),
        }
        for number, files in enumerate(repositories)
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_FIRST_WAIT", 0.005)
    monkeypatch.setattr(attempts, "_ATTEMPTS", 3)


class Store:
    """Contents on a web server."""

    def __init__(self, server: FileServer) -> None:
        self.server = server
        self.template = f"{server.url}/content/{{blob_id}}"
        self._opened: list[ContentStore] = []

    def put(self, content: bytes) -> bytes:
        self.server.files[f"/content/{blob_of(content)}"] = gzip.compress(content)
        return content

    def open(self, path: Path, template: str | None = None, **rules: Any) -> Source:
        store = ContentStore(template or self.template)
        self._opened.append(store)
        (source,) = open_sources(str(path), SourceOptions(FileFilter(**rules), contents=store))
        return source

    def close(self) -> None:
        for store in self._opened:
            store.close()


@pytest.fixture
def store() -> Iterator[Store]:
    with running(FileServer()) as server:
        made = Store(server)
        yield made
        made.close()


def read(source: Source) -> list[NewFile | Skip]:
    return [item.file for item in source.read()]


def test_contents_are_those_of_the_repository(store: Store, tmp_path: Path) -> None:
    plain = store.put(code(1))
    latin = store.put("name = 'Müller'\n".encode("latin-1"))
    wide = store.put("name = 'Müller'\n".encode("utf-16"))
    rows = [
        row(plain, "/src/a.py"),
        row(latin, "/b.py", src_encoding="ISO-8859-1"),
        row(wide, "/c.py", src_encoding="UTF-16"),
        row(plain, "/copy.py"),
    ]
    found = read(store.open(files_table(rows, tmp_path / "a.parquet")))
    assert all(isinstance(file, NewFile) for file in found)
    seen = [file for file in found if isinstance(file, NewFile)]
    assert [file.content for file in seen] == [plain, latin, "name = 'Müller'\n".encode(), plain]
    first = seen[0].occurrence
    assert (first.repository, first.path, first.stars) == ("owner/name", "src/a.py", 3)
    assert first.origin == "https://github.com/owner/name"
    assert first.license.expression == "MIT"
    assert len(store.server.requests) == 3  # the copy is not fetched


def test_what_is_not_indexed_is_not_fetched(store: Store, tmp_path: Path) -> None:
    rows = [
        row(code(1), "/a.go", language="Go"),
        row(code(2), "/b.py", is_generated=True),
        row(code(3), "/c.py", length_bytes=5000),
        row(code(4), "/d.unknown", language=None),
        row(code(5), "/e.py", blob_id=None),
    ]
    path = files_table(rows, tmp_path / "a.parquet")
    found = read(store.open(path, languages=frozenset(["python"]), max_file_size=1000))
    reasons = [file.reason for file in found if isinstance(file, Skip)]
    assert reasons == ["other language", "generated", "too large", "not code", "malformed"]
    assert store.server.requests == []


def test_contents_that_cannot_be_used_are_named(store: Store, tmp_path: Path) -> None:
    good = store.put(code(0))
    bad = {
        "absent": None,
        "cut off": gzip.compress(code(1))[:-4],
        "damaged": gzip.compress(code(2))[:-8] + bytes(8),
        "over 100000 bytes": gzip.compress(b"x = 1\n" * 1_000_000),
    }
    rows = [row(good, "/good.py")]
    for number, content in enumerate(bad.values()):
        blob = f"{number:040}"
        rows.append(row(b"", f"/{number}.py", blob_id=blob, length_bytes=10))
        if content is not None:
            store.server.files[f"/content/{blob}"] = content
    rows.append(row(b"", "/x.py", blob_id="../../secret", length_bytes=10))
    found = read(store.open(files_table(rows, tmp_path / "a.parquet"), max_file_size=100_000))
    assert isinstance(found[0], NewFile)
    skips = [file for file in found if isinstance(file, Skip)]
    assert [skip.name for skip in skips] == [f"owner/name/{n}.py" for n in (0, 1, 2, 3, "x")]
    address = store.template.replace("{blob_id}", f"{0:040}")
    assert skips[0].detail == f"{address} cannot be read: there is no such file (HTTP 404)"
    assert "is damaged: it is cut off" in skips[1].detail
    assert "is damaged: Error -3" in skips[2].detail
    assert (skips[3].reason, skips[3].detail) == ("too large", "over 100000 bytes")
    assert skips[4].detail == "'../../secret' is not the id of a content"
    assert not [request for request in store.server.requests if "secret" in request.path]


@pytest.mark.parametrize("ranges", [True, False])
def test_contents_that_are_not_compressed(store: Store, tmp_path: Path, ranges: bool) -> None:
    store.server.files[f"/content/{blob_of(code(1))}"] = code(1)

    def whole(handler: Any, _request: Request) -> bool:
        if not ranges:
            handler.answer(200, code(1))
        return not ranges

    store.server.fault = whole
    (file,) = read(store.open(files_table([row(code(1), "/a.py")], tmp_path / "a.parquet")))
    assert isinstance(file, NewFile)
    assert file.content == code(1)


@pytest.mark.parametrize("nested", [False, True])
def test_reading_resumes_at_any_position(store: Store, tmp_path: Path, nested: bool) -> None:
    rows = [row(store.put(code(n)), f"/{n}.py") for n in range(100)]
    if nested:
        table = repositories_table([rows[:30], rows[30:31], rows[31:]], tmp_path / "ids.parquet")
    else:
        table = files_table(rows, tmp_path / "a.parquet")
    items = list(store.open(table).read())
    contents = [item.file.content for item in items if isinstance(item.file, NewFile)]
    assert contents == [code(n) for n in range(100)]
    if nested:
        seen = [i.file.occurrence for i in items if isinstance(i.file, NewFile)]
        assert [place.repository for place in seen[29:32]] == ["owner/0", "owner/1", "owner/2"]
    for at in (0, 28, 29, 30, 31, 55, 98, 99):
        assert list(store.open(table).read(items[at].position)) == items[at + 1 :]


@pytest.mark.parametrize("nested", [False, True])
def test_many_requests_are_under_way(store: Store, tmp_path: Path, nested: bool) -> None:
    rows = [row(store.put(code(n)), f"/{n}.py") for n in range(300)]
    table = (repositories_table if nested else files_table)(
        [[r] for r in rows] if nested else rows,
        tmp_path / "a.parquet",  # type: ignore[arg-type]
    )
    lock, at_once, most = threading.Lock(), 0, 0

    def slow(_handler: Any, _request: Request) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.3)
        with lock:
            at_once -= 1
        return False

    store.server.fault = slow
    assert len(read(store.open(table))) == 300
    assert most > 30  # of 40 in a row group, or of 200


def denied(when: Callable[[Request], bool]) -> Callable[[Any, Request], bool]:
    def refuse(handler: Any, request: Request) -> bool:
        if when(request):
            handler.answer(403)
            return True
        return False

    return refuse


def test_a_bucket_that_hides_what_it_does_not_have(store: Store, tmp_path: Path) -> None:
    rows = [row(store.put(code(n)), f"/{n}.py") for n in range(9)]
    for hidden in (0, 4, 8):  # before anything was read, between, and after all
        blob = str(rows[hidden]["blob_id"])
        store.server.fault = denied(lambda request, blob=blob: blob in request.path)
        found = read(store.open(files_table(rows, tmp_path / "a.parquet")))
        assert [isinstance(file, Skip) for file in found] == [n == hidden for n in range(9)]
        skip = found[hidden]
        assert isinstance(skip, Skip)
        assert skip.detail.startswith(store.template.replace("{blob_id}", blob))


@pytest.mark.parametrize("after", [0, 50])
def test_access_that_is_refused_is_an_error(store: Store, tmp_path: Path, after: int) -> None:
    rows = [row(store.put(code(n)), f"/{n}.py") for n in range(100)]
    left = iter(range(after))
    store.server.fault = denied(lambda _request: next(left, None) is None)
    with pytest.raises(
        SourceError, match=r"/content/\w+ cannot be read: the server refuses access"
    ):
        read(store.open(files_table(rows, tmp_path / "a.parquet")))


@pytest.mark.parametrize("breaks", [False, True])
def test_a_store_that_fails_now_and_then(store: Store, tmp_path: Path, breaks: bool) -> None:
    for n in range(60):  # not compressed, so that half of one is no error of gzip
        store.server.files[f"/content/{blob_of(code(n))}"] = code(n)
    rows = [row(code(n), f"/{n}.py") for n in range(60)]
    failed: set[str] = set()

    def once(handler: Any, request: Request) -> bool:
        if request.path in failed:
            return False
        failed.add(request.path)
        handler.answer(503)
        return True

    def broken(handler: Any, request: Request) -> bool:
        """Half of it, and nothing says how long it should be but the range."""
        if request.path in failed:
            return False
        failed.add(request.path)
        content = store.server.files[request.path]
        handler.send_response(206)
        handler.send_header("content-range", f"bytes 0-{len(content) - 1}/{len(content)}")
        handler.send_header("connection", "close")
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.close_connection = True
        return True

    store.server.fault = broken if breaks else once
    table = files_table(rows, tmp_path / "a.parquet")
    assert [file.content for file in read(store.open(table)) if isinstance(file, NewFile)] == [
        code(n) for n in range(60)
    ]
    store.server.fault = lambda handler, _request: handler.answer(503) or True
    with pytest.raises(SourceError, match="HTTP 503, after 3 attempts"):
        read(store.open(table))


def test_contents_of_the_index_are_not_fetched(
    store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whence: Run = runner(capfd)
    rows = [row(store.put(code(n)), f"/{n}.py") for n in range(20)]
    arguments = ["--contents", store.template, "--to", tmp_path / "index"]
    first = files_table(rows[:10], tmp_path / "first.parquet")
    code_, _, said = whence("index", first, *arguments)
    assert (code_, len(store.server.requests)) == (0, 10), said
    second = files_table([{**r, "path": f"/new{r['path']}"} for r in rows], tmp_path / "b.parquet")
    code_, _, said = whence("index", second, *arguments)
    assert "added: 10 distinct files, 20 occurrences" in said
    assert len(store.server.requests) == 20


def test_contents_in_a_bucket(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, s3_server(patch) as server:
        rows = [row(code(n), f"/{n}.py") for n in range(12)]
        for number in range(10):
            server.put(f"content/{blob_of(code(number))}", gzip.compress(code(number)))
        table = files_table(rows, tmp_path / "a.parquet")
        for template in (
            "s3://corpus/content/{blob_id}",
            "s3://anonymous@corpus/content/{blob_id}",
        ):
            contents = ContentStore(template)
            (source,) = open_sources(str(table), SourceOptions(contents=contents))
            found = read(source)
            contents.close()
            assert [f.content for f in found if isinstance(f, NewFile)] == [
                code(n) for n in range(10)
            ]
            last = found[-1]
            assert isinstance(last, Skip)
            assert last.detail.startswith(f"s3://{template[5:-9]}{rows[-1]['blob_id']} cannot be")
            assert "there is no such file" in last.detail
        table = files_table(rows * 10, tmp_path / "more.parquet")
        for template in ("s3://absent-bucket/{blob_id}", "s3://corpus/typo/{blob_id}"):
            contents = ContentStore(template)
            (source,) = open_sources(str(table), SourceOptions(contents=contents))
            with pytest.raises(SourceError, match=r"none of the first 100 contents.*--contents"):
                read(source)
            contents.close()


CHILD = """
import sys
import indexer.pipeline
from attribution.index import open_or_create
from indexer.progress import Progress
from indexer.sources import SourceOptions, open_sources
from indexer.sources.contents import ContentStore

class Commits(Progress):
    def committing(self):
        print("commit", flush=True)

indexer.pipeline._BATCH_BYTES = 2000
options = SourceOptions(contents=ContentStore(sys.argv[3]))
with open_or_create(sys.argv[1], "corpus") as index:
    sources = open_sources(sys.argv[2], options)
    indexer.pipeline.index_sources(index, sources, Commits(), commit_bytes=8_000)
print("done", flush=True)
options.contents.close()
"""


def test_a_killed_run_resumes_and_fetches_only_the_rest(store: Store, tmp_path: Path) -> None:
    contents = [store.put(code(n) * 10) for n in range(400)]
    rows = [row(content, f"/{n}.py") for n, content in enumerate(contents)]
    table = repositories_table([rows[:150], rows[150:160], rows[160:]], tmp_path / "a.parquet")
    store.server.files["/ids.parquet"] = table.read_bytes()
    location = tmp_path / "index"
    where = [str(location), f"{store.server.url}/ids.parquet", store.template]
    command = [sys.executable, "-c", CHILD, *where]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(4):  # the last of them is unfinished
        assert process.stdout.readline() == "commit\n"
    process.kill()
    process.communicate()
    with open_index(location) as index:
        held = index.summary().documents
    assert 0 < held < 400
    store.server.requests.clear()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.endswith("done\n")
    fetched = [request for request in store.server.requests if "/content/" in request.path]
    assert len(fetched) == 400 - held
    with open_index(location) as index:
        summary = index.summary()
    assert (summary.documents, summary.occurrences) == (400, 400)


def test_another_store_is_another_selection(store: Store, tmp_path: Path) -> None:
    table = files_table([row(code(1), "/a.py")], tmp_path / "a.parquet")
    marks = {store.open(table, template).fingerprint() for template in (None, "s3://x/{blob_id}")}
    assert len(marks) == 2


def test_what_is_invalid(store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"--contents s3://x is invalid; write \{blob_id\}"):
        ContentStore("s3://x")
    table = files_table([row(code(1), "/a.py")], tmp_path / "a.parquet")
    done = runner(capfd)("index", table, "--contents", "ftp://x/{blob_id}", "--to", tmp_path / "i")
    assert done[0] == 2
    assert "give an address that begins with s3://, gs://, az:// or https://" in done[2]
    lines = tmp_path / "a.jsonl"
    columns = '"blob_id": "1", "repo_name": "o/r", "path": "a.py", "src_encoding": "UTF-8"'
    lines.write_text(f"{{{columns}}}\n")
    with pytest.raises(SourceError, match="has no contents, only their ids"):
        store.open(lines)


def test_options_can_be_sent_to_another_process() -> None:
    options = SourceOptions(contents=ContentStore("https://mirror/{blob_id}"))
    assert pickle.loads(pickle.dumps(options)).selection == options.selection
