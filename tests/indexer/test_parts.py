"""How work is cut: the same everywhere, nothing left out, nothing twice."""

from __future__ import annotations

import gzip
import json
import pickle
import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.errors import InputError
from attribution.index import open_index
from attribution.index.checkpoints import (
    join_checkpoints,
    missing_parts,
    part_name,
    piece_name,
    source_names,
)
from attribution.index.interface import Checkpoint, WordQuery
from attribution.index.memory import MemoryIndex
from indexer.dataset_options import parse_mapping
from indexer.parts import Part, cut, share, size_of
from indexer.pipeline import index_sources
from indexer.sources import Source, SourceOptions, open_sources
from tests.indexer.test_pipeline import ListSource
from tests.support.command_line import runner


def opened(path: Path) -> list[Source]:
    return open_sources(str(path), SourceOptions(mapping=parse_mapping("content=text,path=path")))


def table(path: Path, rows: int, group: int) -> Path:
    """A parquet file of incompressible rows of 1 kB, `group` of them in a row group."""
    rng = random.Random(rows)
    texts = [f"value({n}, '{rng.randbytes(500).hex()}')\n" for n in range(rows)]
    columns = {"text": texts, "path": [f"{n}.py" for n in range(rows)]}
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


@pytest.mark.parametrize("parts", [1, 2, 3, 8, 40])
@pytest.mark.parametrize("seed", range(5))
def test_parts_share_all_units_evenly(parts: int, seed: int) -> None:
    rng = random.Random(seed)
    units = [ListSource(f"s{n}", rng.choice([0, 1, 5, 90])) for n in range(30)]
    shares = [share(units, Part(i, parts)) for i in range(1, parts + 1)]
    assert Counter(u.name for part in shares for u in part) == Counter(u.name for u in units)
    loads = [sum(map(size_of, part)) for part in shares]
    assert max(loads) - min(loads) <= max(map(size_of, units)) + len(units)
    shuffled = rng.sample(units, len(units))
    for number, part in enumerate(shares, 1):
        again = share(shuffled, Part(number, parts))
        assert {u.name for u in again} == {u.name for u in part}
        assert Part(number, parts).name(shuffled) == Part(number, parts).name(units)


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "-1/2", "1/2/3", "a/b", "1/0", " 1/2"])
def test_an_invalid_part_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="such as 1/8"):
        Part.parse(text)


def jsonl(path: Path, rows: int) -> Path:
    """Lines of 0 to 9 kB: with and without a path, empty and broken ones."""
    rng = random.Random(rows)
    with path.open("w") as file:
        for n in range(rows):
            text = f"value({n}, '{'x' * rng.choice([1, 50, 2000, 9000])}')\n"
            named = {} if n % 7 == 0 else {"path": f"{n}.py"}
            line = json.dumps({"text": text, "language": "python", **named})
            file.write(["", "{broken", line][min(n % 11, 2)] + "\n" * (n < rows - 1))
    return path


@pytest.mark.parametrize("size", [1, 100, 5_000, 50_000, 10**9])
def test_the_pieces_of_a_jsonl_file_are_the_file(tmp_path: Path, size: int) -> None:
    options = SourceOptions(mapping=parse_mapping("content=text,path=path,language=language"))
    path = str(jsonl(tmp_path / "a.jsonl", 80))
    (whole,) = open_sources(path, options)
    files = [item.file for item in whole.read()]
    assert len(files) == 80 - 8  # empty lines do not count
    pieces = whole.pieces(max(size, 40))
    assert (len(pieces) > 1) == (size < 10**9)
    assert sum(map(size_of, pieces)) == size_of(whole)
    found = []
    for piece in pickle.loads(pickle.dumps(pieces)):  # as another process gets them
        assert piece.fingerprint() == whole.fingerprint()
        items = list(piece.read())
        assert piece.done_bytes == piece.total_bytes()
        found += [item.file for item in items]
        for at in range(0, len(items), 5):
            assert list(piece.read(items[at].position)) == items[at + 1 :]
    assert found == files


@pytest.mark.parametrize(
    ("name", "mapping"), [("a.jsonl", "content=text"), ("a.jsonl.gz", "content=text,path=path")]
)
def test_a_jsonl_file_without_paths_or_compressed_stays_whole(
    tmp_path: Path, name: str, mapping: str
) -> None:
    written = jsonl(tmp_path / "rows", 80).read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(written) if name.endswith("gz") else written)
    (whole,) = open_sources(str(tmp_path / name), SourceOptions(mapping=parse_mapping(mapping)))
    assert list(whole.pieces(1_000)) == [whole]


@pytest.mark.parametrize("size", [1, 20_000, 50_000, 10**9])
def test_the_pieces_of_a_parquet_file_are_the_file(tmp_path: Path, size: int) -> None:
    path = table(tmp_path / "a.parquet", 120, 7)
    (whole,) = opened(path)
    (again,) = opened(path)
    pieces = whole.pieces(size)
    items = list(whole.read())
    assert [item for piece in pieces for item in piece.read()] == items
    names = [piece.name for piece in pieces]
    assert names == [piece.name for piece in again.pieces(size)]
    assert len(pieces) == {1: 18, 20_000: 10, 50_000: 4, 10**9: 1}[size]
    assert abs(sum(map(size_of, pieces)) - size_of(whole)) <= len(pieces)
    for piece in pieces:
        assert piece.fingerprint() == whole.fingerprint()
        assert piece.done_bytes == size_of(piece)
        listed = list(piece.read())
        for at, item in enumerate(listed):
            assert list(piece.read(item.position)) == listed[at + 1 :]


def test_large_work_is_cut_into_pieces_and_small_work_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path / "a.parquet", 100, 10)
    assert [unit.name for unit in cut(opened(path))] == [f"parquet:{path}"]
    monkeypatch.setattr("indexer.parts._SMALLEST", 10_000)
    twice = [*opened(path), *opened(path)]
    assert [u.name for u in cut(twice)] == [f"parquet:{path}#{n}/10" for n in range(1, 11)]


def test_pieces_that_are_done_are_the_source(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", 40, 10)

    def units(size: int) -> list[Source]:
        return list(opened(path)[0].pieces(size))

    index = MemoryIndex(name="test")
    first, *others = units(1)
    assert index_sources(index, [first]).files == 10
    assert index_sources(index, [first]).unchanged == 1
    assert index_sources(index, [first, *others]).files == 30
    assert index_sources(index, units(10**9)).unchanged == 1
    assert index.describe().sources == (f"parquet:{path}",)


def done(name: str, position: str = "mark ") -> Checkpoint:
    return Checkpoint(name, position, done=True)


def test_checkpoints_of_several_indexes_are_joined() -> None:
    pieces = [done(piece_name("folder:/a", n, 3)) for n in (1, 2, 3)]
    half = Checkpoint(piece_name("folder:/a", 3, 3), "mark 17")
    changed = done(piece_name("folder:/a", 3, 3), "other ")
    assert list(join_checkpoints(pieces).values()) == [done("folder:/a")]
    assert list(join_checkpoints(pieces[:1], pieces[1:])) == ["folder:/a"]
    assert len(join_checkpoints(pieces[:2])) == 2
    assert len(join_checkpoints(pieces[:2], [half])) == 3
    assert len(join_checkpoints(pieces[:2], [changed])) == 3
    assert list(join_checkpoints([half], pieces)) == ["folder:/a"]
    assert list(join_checkpoints(pieces, [half])) == ["folder:/a"]
    positions = [done(piece_name("folder:/a", n, 2), f"mark 2:{n}") for n in (2, 1)]
    assert list(join_checkpoints(positions).values()) == [done("folder:/a", "mark 2:1+2:2")]
    old = done("folder:/a", "mark 9:9")
    assert join_checkpoints([old], positions)["folder:/a"].position == "mark 2:1+2:2"
    # pieces of a source that was read whole are kept until all are there
    assert len(join_checkpoints([old], positions[:1])) == 2
    # those of one that was read in as many replace the former ones
    both = done("folder:/a", "mark 2:8+2:9")
    assert join_checkpoints([both], positions[:1]) == {
        "folder:/a": done("folder:/a", "mark 2:8+2:2")
    }
    # done beats unfinished; another fingerprint means that the source was read again
    assert join_checkpoints([done("a")], [Checkpoint("a", "mark 3")])["a"].done
    assert not join_checkpoints([done("a")], [Checkpoint("a", "other 3")])["a"].done


def test_parts_that_are_missing_or_unfinished_are_named() -> None:
    first, second, third = (done(part_name(n, 3, "abc"), "") for n in (1, 2, 3))
    assert missing_parts([]) == []
    assert missing_parts([first]) == ["2/3", "3/3"]
    assert missing_parts([first, Checkpoint(second.source, ""), third]) == ["2/3"]
    assert missing_parts([first, second, third]) == []
    assert join_checkpoints([first, second], [third]) == {}
    assert list(join_checkpoints([first, second])) == [first.source, second.source]
    assert source_names([first.source, "a", "a#1/2", "b#2/2"]) == ("a", "b")


def test_a_part_records_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.pipeline._BATCH_BYTES", 500)
    index = MemoryIndex(name="test")
    units = [ListSource("a", 60), ListSource("b", 60)]
    units[1].fail_at = (40, RuntimeError("power cut"))
    name = Part(1, 2).name(units)
    with pytest.raises(RuntimeError):
        index_sources(index, units, part=name, commit_bytes=1000)
    with index.writer() as writer:
        assert missing_parts(writer.checkpoints().values()) == ["1/2", "2/2"]
    index_sources(index, [ListSource("a", 60), ListSource("b", 60)], part=name)
    with index.writer() as writer:
        assert missing_parts(writer.checkpoints().values()) == ["2/2"]
    assert index.describe().sources == ("a", "b")


def test_parts_by_the_command_are_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("indexer.parts._SMALLEST", 10_000)
    run = runner(capfd)
    source = table(tmp_path / "a.parquet", 60, 5)
    mapping = ["--map", "content=text,path=path"]
    for part in ("1/2", "2/2", "2/2"):
        folder = str(tmp_path / part.replace("/", "-"))
        code, _, err = run("index", source, "--to", folder, "--part", part, *mapping)
        assert code == 0
    assert "unchanged: 6 sources" in err
    found: set[str] = set()
    for number in (1, 2):
        with open_index(tmp_path / f"{number}-2") as index:
            assert index.summary().documents == 30
            found |= {
                hit.document.id for hit in index.search(WordQuery(words=("value",)), limit=99)
            }
    assert len(found) == 60
    code, _, err = run("index", source, "--to", tmp_path / "c", "--part", "3/2", *mapping)
    assert code == 2
    assert "such as 1/8" in err
