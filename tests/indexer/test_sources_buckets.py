"""Datasets in buckets, from moto's S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attribution.errors import SourceError
from attribution.index import create_index
from indexer import jobs
from indexer.progress import Progress
from indexer.sources import open_sources
from indexer.sources.contents import ContentStore
from indexer.sources.remote import attempts
from tests.indexer.test_sources_remote import contents, json_lines, on_disk, opened, parquet
from tests.support.command_line import runner
from tests.support.s3_server import S3Server, s3_server


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with pytest.MonkeyPatch.context() as patch, s3_server(patch) as running:
        for number in range(3):
            running.put(f"data/python/train-{number}.parquet", parquet(number * 20, 20))
        running.put("data/c/train.jsonl", json_lines(300))
        yield running


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_FIRST_WAIT", 0.005)
    monkeypatch.setattr(attempts, "_ATTEMPTS", 2)


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("s3://corpus", ["c/train.jsonl", *(f"python/train-{n}.parquet" for n in range(3))]),
        ("s3://corpus/data/c/", ["c/train.jsonl"]),
        ("s3://corpus/data/*/train-[02].parquet", [f"python/train-{n}.parquet" for n in (0, 2)]),
        ("s3://anonymous@corpus/data/python/train-1.parquet", ["python/train-1.parquet"]),
    ],
)
@pytest.mark.usefixtures("server")
def test_the_files_of_a_bucket(address: str, names: list[str]) -> None:
    found = open_sources(address)
    root = f"{'/'.join(address.split('/')[:3])}/data/"
    assert [source.name.partition(":")[2].removeprefix(root) for source in found] == names
    assert [source.fingerprint() for source in found] == [
        source.fingerprint() for source in open_sources(address)
    ]


def test_a_file_in_a_bucket_reads_as_on_disk(server: S3Server, tmp_path: Path) -> None:
    for name, content in (("a.parquet", parquet(0, 33)), ("a.jsonl", json_lines(99))):
        server.put(f"same/{name}", content)
        source = opened(f"s3://corpus/same/{name}")
        items = list(source.read())
        assert contents(items) == on_disk(content, tmp_path / name)
        assert list(source.read(items[20].position)) == items[21:]
        assert source.total_bytes() == len(content)


@pytest.mark.usefixtures("server")
def test_a_bucket_is_indexed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whence = runner(capfd)
    code, _, said = whence("index", "s3://corpus/data", "--to", tmp_path / "index")
    assert code == 0
    assert "added: 360 distinct files" in said
    assert (
        "unchanged: 4 sources" in whence("index", "s3://corpus/data", "--to", tmp_path / "index")[2]
    )


@pytest.mark.usefixtures("server")
def test_several_processes_read_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.parts._WORTH_A_PROCESS", 1)
    store = ContentStore()
    with create_index(tmp_path / "index", "corpus") as index:
        opened = open_sources("s3://corpus/data")
        report = jobs.index_on_cores(index, opened, 2, store, Progress())
        assert (report.failed, index.summary().documents) == ([], 360)
    store.close()


def test_a_file_that_changes_while_it_is_read(server: S3Server) -> None:
    server.put("changing/a.jsonl", json_lines(9))
    source = opened("s3://corpus/changing/a.jsonl")
    mark = source.fingerprint()
    server.put("changing/a.jsonl", json_lines(10))
    with pytest.raises(SourceError, match=r"a\.jsonl changed while it was read"):
        list(source.read())
    assert opened("s3://corpus/changing/a.jsonl").fingerprint() != mark


@pytest.mark.parametrize(
    "address", ["s3://corpus/nothing", "s3://absent-bucket/a", "s3://corpus/*.c"]
)
@pytest.mark.usefixtures("server")
def test_what_is_not_there(address: str) -> None:
    with pytest.raises(SourceError, match=r"there is no (dataset|such bucket)"):
        opened(address).fingerprint()


def test_keys_that_are_refused(server: S3Server) -> None:
    source = opened("s3://corpus/data/c/train.jsonl")
    server.check_keys(after=0)
    try:
        with pytest.raises(
            SourceError, match=r"^s3://corpus/data/c/train\.jsonl.*AWS_SESSION_TOKEN"
        ):
            list(source.read())
        with pytest.raises(
            SourceError, match=r"^s3://corpus/data cannot be read: access is denied; set AWS_PROF"
        ):
            opened("s3://corpus/data").fingerprint()
    finally:
        server.check_keys(after=float("inf"))


def test_a_server_that_goes_away() -> None:
    with pytest.MonkeyPatch.context() as patch:
        with s3_server(patch) as server:
            server.put("a.jsonl", json_lines(9))
            source = opened("s3://corpus/a.jsonl")
        with pytest.raises(
            SourceError, match=r"^s3://corpus/a\.jsonl cannot be read: .*2 attempts"
        ):
            list(source.read())
