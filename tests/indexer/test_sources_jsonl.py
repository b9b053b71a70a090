"""JSON Lines: plain and compressed, bad lines, truncated files, and resuming in the middle."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
import zstandard

from attribution.errors import SourceError
from attribution.types import NewFile, Skip
from indexer.dataset_options import parse_mapping
from indexer.sources import Source, SourceOptions, open_sources
from indexer.sources import jsonl as jsonl_source
from indexer.sources.dataset_file import LocalFile
from indexer.sources.jsonl import JsonLinesSource

CODE = "def f(x):\n    return x + 1\n"


def row(number: int) -> dict[str, Any]:
    return {
        "max_stars_repo_name": "o/n",
        "max_stars_repo_path": f"{number}.py",
        "max_stars_count": number,
        "id": str(number),
        "content": CODE * (number + 1),
    }


def lines(count: int) -> bytes:
    return b"".join(json.dumps(row(i)).encode() + b"\n" for i in range(count))


def source(path: Path, mapping: str = "") -> Source:
    (found,) = open_sources(str(path), SourceOptions(mapping=parse_mapping(mapping)))
    return found


def paths(found: Source, start: str | None = None) -> list[str]:
    items = [file for file, _ in found.read(start)]
    return [w.occurrence.path if isinstance(w, NewFile) else f"{w.reason} {w.name}" for w in items]


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.jsonl", bytes),
        ("a.ndjson", bytes),
        ("a.jsonl.gz", gzip.compress),
        ("A.JSON.GZ", gzip.compress),
        ("a.jsonl.zst", zstandard.compress),
        # streams of several frames, as parallel packers write them
        ("c.jsonl.zst", lambda data: zstandard.compress(b"") + zstandard.compress(data)),
        ("b.jsonl.zst", lambda data: zstandard.compress(data[:50]) + zstandard.compress(data[50:])),
        ("b.jsonl.gz", lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])),
    ],
)
def test_each_form(tmp_path: Path, name: str, pack: Any) -> None:
    path = tmp_path / name
    path.write_bytes(pack(lines(4)))
    found = source(path)
    assert paths(found) == ["0.py", "1.py", "2.py", "3.py"]
    assert found.done_bytes == found.total_bytes() == path.stat().st_size
    items = list(source(path).read())
    first = items[0].file
    assert isinstance(first, NewFile)
    assert first.content == CODE.encode()
    assert first.occurrence.origin == "https://github.com/o/n"
    for at, item in enumerate(items):
        assert list(source(path).read(item.position)) == items[at + 1 :]


def test_a_bad_line_is_reported_with_its_number(tmp_path: Path) -> None:
    good = json.dumps(row(1)).encode()
    bad = [
        b"",  # an empty line does not count
        b"{broken",
        b'"a string"',
        b"[1]",
        b"null",
        b'{"content": "caf\xe9"}',
        b'{"max_stars_repo_name": "o/n", "content": null}',
        b'{"content": 12, "max_stars_repo_path": "x.py", "max_stars_repo_name": "o/n"}',
        b'{"content": "s = \'\\ud800\'", "max_stars_repo_path": "s.py"}',
        b"[" * 100_000,
    ]
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join([good, *bad, good]))
    found = paths(source(path))
    assert found == [
        "1.py",
        f"malformed {path}:3",
        f"malformed {path}:4",
        f"malformed {path}:5",
        f"malformed {path}:6",
        f"not decodable {path}:7",
        "malformed a.jsonl#8",
        "malformed o/n/x.py",
        "not decodable s.py",
        f"malformed {path}:11",
        "1.py",
    ]


@pytest.mark.parametrize(
    ("name", "pack"), [("a.jsonl.gz", gzip.compress), ("a.jsonl.zst", zstandard.compress)]
)
def test_a_truncated_file_keeps_what_came_before(tmp_path: Path, name: str, pack: Any) -> None:
    path = tmp_path / name
    # random bytes do not compress, so the cut comes after some lines
    rows = [json.dumps({**row(i), "noise": os.urandom(30_000).hex()}) for i in range(20)]
    packed = pack("\n".join(rows).encode())
    path.write_bytes(packed[: len(packed) // 2])
    items = list(source(path).read())
    assert len(items) > 5
    assert all(isinstance(item.file, NewFile) for item in items[:-1])
    last = items[-1].file
    assert isinstance(last, Skip)
    assert (last.reason, last.name) == ("unreadable", f"{path}:{len(items)}")
    assert "the rest of the file cannot be read" in last.detail


def test_a_file_that_is_not_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(lines(2))
    with pytest.raises(SourceError, match=r"a\.jsonl\.gz cannot be read: Not a gzipped file"):
        source(path)
    bare = JsonLinesSource(LocalFile(path), SourceOptions())
    assert paths(bare) == [f"unreadable {path}:1"]


def test_a_line_that_is_too_long_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl_source, "_MAX_LINE", 1000)
    path = tmp_path / "a.jsonl"
    long = json.dumps({**row(1), "content": "x" * 5000}).encode()
    path.write_bytes(lines(1) + long + b"\n" + lines(1))
    assert paths(source(path)) == ["0.py", f"too large {path}:2", "0.py"]


def test_mapped_and_nested_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    records = [
        {"text": CODE, "meta": {"file": "a.py", "repo": "mine"}},
        {"text": CODE, "meta": None},
        {"text": CODE},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    found = source(path, "content=text,path=meta.file,repository=meta.repo,language=meta.lang")
    assert paths(found) == ["a.py", "not code a.jsonl#2", "not code a.jsonl#3"]


def test_a_repository_per_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    listed = [{"path": f"{n}.py", "content": CODE, "language": "Python"} for n in "abc"]
    records = [
        {"repo_path": "o/one", "commit_id": "c" * 40, "files": listed},
        {"repo_path": "o/none", "commit_id": "c" * 40, "files": []},
        {"repo_path": "o/two", "commit_id": "d" * 40, "files": listed[:1]},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    items = list(source(path).read())
    occurrences = [item.file.occurrence for item in items if isinstance(item.file, NewFile)]
    assert [(p.repository, p.path) for p in occurrences] == [
        ("o/one", "a.py"),
        ("o/one", "b.py"),
        ("o/one", "c.py"),
        ("o/two", "a.py"),
    ]
    for at, item in enumerate(items):
        assert list(source(path).read(item.position)) == items[at + 1 :]


def test_unknown_keys_are_listed_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"body": "x", "where": {"file": "a.py"}}\n')
    with pytest.raises(SourceError, match=r"body, where, where\.file\. .*--map content=COLUMN"):
        source(path)


def test_an_empty_file_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    assert paths(source(tmp_path / "a.jsonl")) == []


def test_a_file_that_was_deleted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(1))
    found = source(path)
    path.unlink()
    for ask in (found.fingerprint, lambda: list(found.read())):
        with pytest.raises(SourceError, match="cannot be read: No such file"):
            ask()
