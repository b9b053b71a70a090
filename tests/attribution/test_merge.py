"""`whence merge`: parts become one index. The protocol tests run on merged indexes too."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from attribution.errors import (
    IndexFormatError,
    IndexLockedError,
    IndexNotFoundError,
    InputError,
    ParamsMismatchError,
)
from attribution.index import merge_indexes, open_index
from attribution.index.checkpoints import part_name
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.embedded.manifest import load, swap
from attribution.index.interface import Checkpoint, MergeReport, WordQuery
from attribution.index.scoring import Limits
from attribution.types import NewFile, OptOut, Skip
from tests.support.command_line import runner
from tests.support.index_engines import PARAMS, EmbeddedEngine, code, file, fill, sketch


def part(
    folder: Path, files: list[NewFile], *checkpoints: Checkpoint, skips: tuple[Skip, ...] = ()
) -> Path:
    """An index with some files, committed in two steps."""
    index = EmbeddedEngine(folder).create()
    with index.writer() as writer:
        writer.add(files[::2])
        writer.commit()
        writer.add(files[1::2])
        writer.skip(skips)
        writer.commit(checkpoints)
    return folder


def numbered(*numbers: int, repository: str = "ann/tools") -> list[NewFile]:
    return [file(code(n), repository, f"{n}.py") for n in numbers]


def inodes(folder: Path) -> set[int]:
    return {path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def words_of(folder: Path) -> set[str]:
    """The paths of all files with the word "sorted"."""
    with open_index(folder) as index:
        hits = index.search(WordQuery(words=("function",)), limit=1000)
        return {occurrence.path for hit in hits for occurrence in hit.occurrences}


def test_parts_become_one_index_by_links(tmp_path: Path) -> None:
    first = part(tmp_path / "1", numbered(*range(10)))
    second = part(tmp_path / "2", numbered(*range(10, 20)))
    before = {name: path.read_bytes() for name in ("1", "2")
              for path in (tmp_path / name).rglob("*") if path.is_file()}  # fmt: skip
    report = merge_indexes([first, second], tmp_path / "index", "corpus")
    assert report == MergeReport(20, 20, 0, ())
    with open_index(tmp_path / "index") as index:
        assert index.summary().name == "corpus"
        for n in (3, 13):
            best = index.propose(sketch(code(n)), lexical=True).candidates[0]
            assert best.raw > 0
            assert best.lexical > 0
        assert list(index.verify())  # type: ignore[attr-defined]
    assert words_of(tmp_path / "index") == {f"{n}.py" for n in range(20)}
    linked = inodes(tmp_path / "index") & (inodes(first) | inodes(second))
    assert len(linked) == 8  # four segments of two files each
    assert before == {name: path.read_bytes() for name in ("1", "2")
                      for path in (tmp_path / name).rglob("*") if path.is_file()}  # fmt: skip
    shutil.rmtree(first)
    shutil.rmtree(second)
    fill(EmbeddedEngine(tmp_path / "index").open(), numbered(20))  # and it can be added to
    assert words_of(tmp_path / "index") == {f"{n}.py" for n in range(21)}


def test_what_several_parts_have_is_there_once(tmp_path: Path) -> None:
    ours = numbered(1, 2, 3)
    theirs = [*numbered(2, 3, 4, repository="bob/copy"), *numbered(3)]
    target = part(tmp_path / "index", ours)
    source = part(tmp_path / "part", theirs)
    report = merge_indexes([source], target, "corpus")
    assert report == MergeReport(documents=1, occurrences=3, duplicates=2, missing_parts=())
    index = EmbeddedEngine(target).open()
    proposal = index.propose(sketch(code(3)))
    assert proposal.raw_df.max() == 1
    assert len([c for c in proposal.candidates if c.raw]) == 1
    document = proposal.candidates[0].document
    repositories = [o.repository for o in index.occurrences(document)]
    assert sorted(repositories) == ["ann/tools", "bob/copy"]
    # the copy that lives stays while one repository has it, whichever goes first
    index.remove([OptOut("repository", "ann/tools")])
    assert [o.repository for o in index.occurrences(document)] == ["bob/copy"]
    index.compact()
    assert [d.content if d else None for d in index.fetch([document])] == [code(3)]
    assert index.describe().pending_removal_bytes == 0
    index.remove([OptOut("owner", "bob")])
    assert index.fetch([document]) == [None]
    index.lift_opt_out([OptOut("owner", "bob")])
    fill(index, theirs)
    assert index.fetch([document]) != [None]


def test_merging_a_part_again_changes_nothing(tmp_path: Path) -> None:
    skips = (Skip("ann/tools/x", "binary"), Skip("ann/tools/y", "empty"))
    one = part(tmp_path / "1", numbered(1, 2), Checkpoint("s", "m 1"), skips=skips)
    two = part(tmp_path / "2", numbered(2, 3), Checkpoint("t", "m ", done=True))
    for _ in range(2):
        merge_indexes([one, two], tmp_path / "index", "corpus")
    index = EmbeddedEngine(tmp_path / "index").open()
    size = sum(path.stat().st_size for path in (tmp_path / "index").rglob("*"))
    report = merge_indexes([two, one], tmp_path / "index", "corpus")
    assert report == MergeReport(0, 0, 4, ())
    assert sum(path.stat().st_size for path in (tmp_path / "index").rglob("*")) <= size + 100
    assert list(index.skips()) == list(skips)
    assert index.describe().skipped == {"binary": 1, "empty": 1}
    with index.writer() as writer:
        assert set(writer.checkpoints()) == {"s", "t"}
    # the first part goes on, and is merged once more
    fill(EmbeddedEngine(one).open(), numbered(4), Checkpoint("s", "m ", done=True))
    assert merge_indexes([one], tmp_path / "index", "corpus").documents == 1
    with EmbeddedEngine(tmp_path / "index").open().writer() as writer:
        assert writer.checkpoints()["s"].done
    assert list(index.skips()) == list(skips)


def test_opt_outs_of_any_part_hold_for_all(tmp_path: Path) -> None:
    one = part(tmp_path / "1", numbered(1, 2, repository="bob/x"))
    two = part(tmp_path / "2", [*numbered(2), *numbered(3, repository="Bob/y")])
    target = part(tmp_path / "index", numbered(4, repository="carl/z"))
    EmbeddedEngine(target).open().remove([OptOut("owner", "dan")])
    EmbeddedEngine(one).open().remove([OptOut("owner", "carl")])
    EmbeddedEngine(two).open().remove([OptOut("owner", "bob")])
    merge_indexes([one, two], target, "corpus")
    index = EmbeddedEngine(target).open()
    assert words_of(target) == {"2.py"}
    assert index.summary().documents == 1
    assert {o.value for o in index.describe().opt_outs} == {"bob", "carl", "dan"}
    assert not list(index.membership("bob"))
    index.compact()
    stored = b"".join(view.segment.content(n) for view in index._current.views  # type: ignore
                      for n in range(view.segment.documents))  # fmt: skip
    assert stored == code(2)


def test_parts_of_one_work_are_counted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = runner(capfd)
    for n, done in ((1, True), (2, False), (4, True)):
        name = part_name(n, 4, "abc")
        part(tmp_path / str(n), numbered(n), Checkpoint(name, "", done=done))
    parts = [tmp_path / "1", tmp_path / "2"]
    code_, out, err = run("merge", *parts, "--to", tmp_path / "index")
    assert (code_, out) == (0, "")
    assert err == (
        f"Merged 2 parts into {tmp_path / 'index'}\n  added: 2 distinct files, 2 occurrences\n"
        f"whence: {tmp_path / 'index'} is not complete: of the work that was cut into parts, 2/4, "
        "3/4, 4/4 did not end, are not merged yet, or were cut from sources of other names or "
        "sizes (then index all parts again, into new folders)\n"
    )
    fill(EmbeddedEngine(parts[1]).open(), [], Checkpoint(part_name(2, 4, "abc"), "", done=True))
    part(tmp_path / "3", numbered(1), Checkpoint(part_name(3, 4, "abc"), "", done=True))
    more = [parts[1], tmp_path / "3", tmp_path / "4"]
    code_, _, err = run("merge", *more, "--to", tmp_path / "index")
    assert code_ == 0
    assert "complete" not in err
    assert "left out: 2 files, in the index already or opted out" in err
    with open_index(tmp_path / "index") as index:
        assert index.describe().sources == ()


def test_a_reader_keeps_its_state_until_it_refreshes(tmp_path: Path) -> None:
    target = part(tmp_path / "index", numbered(1))
    source = part(tmp_path / "part", numbered(2))
    with open_index(target) as reader:
        merge_indexes([source], target, "corpus")
        assert reader.summary().documents == 1
        assert reader.propose(sketch(code(1)), lexical=True).candidates[0].lexical > 0
        assert len(list(reader.search(WordQuery(words=("function",))))) == 1
        assert reader.refresh()
        assert len(list(reader.search(WordQuery(words=("function",))))) == 2


def test_files_are_copied_where_they_cannot_be_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    source = part(tmp_path / "part", numbered(1, 2), skips=(Skip("x", "binary"),))
    merge_indexes([source], tmp_path / "index", "corpus")
    assert not inodes(source) & inodes(tmp_path / "index")
    with open_index(tmp_path / "index") as index:
        assert list(index.verify())  # type: ignore[attr-defined]
    assert words_of(tmp_path / "index") == {"1.py", "2.py"}
    (contents,) = sorted(source.glob("segment-*/contents"))[:1]
    contents.chmod(0o644)
    contents.write_bytes(contents.read_bytes()[:-1] + b"x")
    with pytest.raises(IndexFormatError, match="contents is damaged"):
        merge_indexes([source], tmp_path / "other", "corpus")


def test_mostly_dead_segments_are_rewritten(tmp_path: Path) -> None:
    target = part(tmp_path / "index", numbered(*range(10)))
    source = tmp_path / "part"
    fill(EmbeddedEngine(source).create(), numbered(*range(11)))
    merge_indexes([source], target, "corpus")
    with open_index(target) as index:
        assert index.summary().documents == 11
        assert index.describe().pending_removal_bytes == 0
    assert words_of(target) == {f"{n}.py" for n in range(11)}


@pytest.mark.parametrize(
    ("parts", "files", "merged"),
    [(4, 2, False), (5, 2, True), (12, 1, False), (9, 2, True), (16, 1, False), (17, 1, True)],
)
def test_many_segments_are_merged(tmp_path: Path, parts: int, files: int, merged: bool) -> None:
    folders = [
        part(tmp_path / str(n), numbered(*range(files * n, files * (n + 1)))) for n in range(parts)
    ]
    merge_indexes(folders, tmp_path / "index", "corpus")
    segments = len(load(tmp_path / "index").segments)  # a part has one for each of its files
    assert segments <= Tuning().max_segments if merged else segments == parts * files
    assert words_of(tmp_path / "index") == {f"{n}.py" for n in range(parts * files)}


def test_what_cannot_be_merged_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    target = part(tmp_path / "index", numbered(1))
    good = part(tmp_path / "good", numbered(2))
    other = part(tmp_path / "other", numbered(3))
    manifest = load(other)
    swap(other, replace(manifest, params=replace(manifest.params, raw_k=9)))
    capped = tmp_path / "capped"
    EmbeddedIndex.create(capped, "x", PARAMS, limits=Limits(cap=7)).close()
    with pytest.raises(ParamsMismatchError, match="raw_k 9 instead of 12"):
        merge_indexes([good, other], target, "corpus")
    with pytest.raises(IndexFormatError, match="more than 7 documents"):
        merge_indexes([good, capped], target, "corpus")
    with pytest.raises(IndexNotFoundError, match="there is no index"):
        merge_indexes([good, tmp_path / "nothing"], tmp_path / "new", "corpus")
    assert not (tmp_path / "new").exists()
    with pytest.raises(InputError, match="given twice"):
        merge_indexes([good, good / ".." / "good"], target, "corpus")
    with pytest.raises(InputError, match="given twice"):
        merge_indexes([target], target, "corpus")
    with pytest.raises(InputError, match="only indexes in folders"):
        merge_indexes([good], "https://host:9200/name", "corpus")
    with EmbeddedEngine(good).open().writer(), pytest.raises(IndexLockedError, match=str(good)):
        merge_indexes([good], target, "corpus")
    with EmbeddedEngine(target).open().writer(), pytest.raises(IndexLockedError, match=str(target)):
        merge_indexes([good], target, "corpus")
    assert words_of(target) == {"1.py"}
    assert len(list(target.glob("segment-*"))) == 1
