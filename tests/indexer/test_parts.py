"""How work is cut: the same everywhere, nothing left out, nothing twice."""

from __future__ import annotations

import errno
import gzip
import io
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
    checkpoint_of,
    join_checkpoints,
    missing_parts,
    part_name,
    piece_name,
    source_names,
)
from attribution.index.interface import Checkpoint, WordQuery
from attribution.types import Skip
from indexer.dataset_options import parse_mapping
from indexer.parts import Part, cut, share, size_of
from indexer.pipeline import index_sources
from indexer.sources import Source, SourceOptions, open_sources
from indexer.sources.dataset_file import LocalFile
from tests.indexer.test_pipeline import ListSource
from tests.support.command_line import runner
from tests.support.memory_index import MemoryIndex


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


def test_parts_that_were_cut_from_other_sizes_are_not_complete_together() -> None:
    first, second = (
        [ListSource("a", 9), ListSource("b", 8)],
        [ListSource("a", 8), ListSource("b", 9)],
    )
    parts = [(first, Part(1, 2)), (second, Part(2, 2))]
    assert [[u.name for u in share(*part)] for part in parts] == [["a"], ["a"]]  # "b" is in none
    ends = [done(part.name(units), "") for units, part in parts]
    assert sorted(missing_parts(join_checkpoints(ends).values())) == ["1/2", "2/2"]
    whole = [done(Part(n, 2).name(first), "") for n in (1, 2)]
    assert missing_parts(join_checkpoints(whole).values()) == []


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


def long_lines(path: Path) -> list[Source]:
    """The pieces of a file with lines longer than a piece, so that some pieces have none."""
    record = {"text": "x = 1\n" * 4000, "path": "a.py", "language": "python"}
    path.write_text("".join(json.dumps({**record, "path": f"{n}.py"}) + "\n" for n in range(4)))
    options = SourceOptions(mapping=parse_mapping("content=text,path=path,language=language"))
    return list(open_sources(str(path), options)[0].pieces(10_000))


def test_pieces_within_a_long_line_are_unchanged(tmp_path: Path) -> None:
    units = long_lines(tmp_path / "a.jsonl")
    assert [len(list(unit.read())) for unit in units].count(0) >= 3
    index = MemoryIndex(name="test")
    index_sources(index, units)
    assert index.describe().sources == (f"jsonl:{tmp_path / 'a.jsonl'}",)
    assert index_sources(index, units).unchanged == len(units)


def test_pieces_of_a_folder_without_files_are_unchanged(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}").mkdir()
    (tmp_path / "00/a.py").write_text("x = 1\n")
    (whole,) = open_sources(str(tmp_path))
    units = whole.pieces(2 * whole.total_bytes() // 21)
    assert [len(list(unit.read())) for unit in units].count(0) == len(units) - 1
    index = MemoryIndex(name="test")
    index_sources(index, units)
    assert index_sources(index, open_sources(str(tmp_path))).unchanged == 1
    assert index_sources(index, units).unchanged == len(units)
    (tmp_path / "07/b.py").write_text("x = 2\n")
    assert index_sources(index, open_sources(str(tmp_path))).unchanged == 0


class FailingDisk(io.BytesIO):
    """A file of which no line can be read, and else only what is before a byte."""

    end = 0

    def readline(self, _size: int | None = -1, /) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() + (size or 0) > self.end:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize(("readable", "line"), [(True, ":2"), (False, "")])
def test_a_piece_whose_beginning_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readable: bool, line: str
) -> None:
    path = tmp_path / "a.jsonl"
    units = long_lines(path)
    monkeypatch.setattr(LocalFile, "open", lambda file: FailingDisk(file.path.read_bytes()))
    monkeypatch.setattr(FailingDisk, "end", path.stat().st_size if readable else 0)
    (item,) = units[len(units) // 3].read()  # begins within the second of four lines
    assert isinstance(item.file, Skip)
    assert (item.file.reason, item.file.name) == ("unreadable", f"{path}{line}")
    assert "Input/output error" in item.file.detail


def test_all_have_to_reach_a_file_that_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.parts._SMALLEST", 10_000)
    long_lines(tmp_path / "a.jsonl")
    (whole,) = opened(tmp_path / "a.jsonl")
    assert len(cut([whole], all_alike=True)) > 1
    monkeypatch.setattr(LocalFile, "open", lambda _: FailingDisk())
    with pytest.raises(InputError, match=r"a\.jsonl cannot be read.* from the same sources"):
        cut([whole], all_alike=True)
    assert cut([whole]) == [whole]


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
    assert list(join_checkpoints(pieces).values()) == [done("folder:/a", "mark ++")]
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
    # also where some are without files, and so without a position
    gap = join_checkpoints([done("a#1/3", "mark 1"), done("a#2/3"), done("a#3/3", "mark 2")])
    assert gap == {"a": done("a", "mark 1++2")}
    assert [checkpoint_of(gap, f"a#{n}/3") for n in (1, 2, 3)] == [
        done("a#1/3", "mark 1"),
        done("a#2/3"),
        done("a#3/3", "mark 2"),
    ]
    assert join_checkpoints(gap.values(), [done("a#2/3", "mark 5")]) == {
        "a": done("a", "mark 1+5+2")
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
