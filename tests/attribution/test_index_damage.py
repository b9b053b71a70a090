"""Truncated, altered, missing, foreign and newer files: a clear error, never a crash."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from attribution.attributor import Attributor
from attribution.errors import (
    IndexDamagedError,
    IndexFormatError,
    IndexNotFoundError,
    IndexVersionError,
    InputError,
    ParamsMismatchError,
)
from attribution.index import administer, create_index, open_index, open_or_create
from attribution.index.embedded.arrays import ArrayFile
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.embedded.manifest import load
from attribution.index.interface import WordQuery
from attribution.sketching.sketch import SketchParams
from attribution.types import Label, OptOut, Skip, Snippet
from tests.support.index_engines import PARAMS, EmbeddedEngine, code, file, fill, sketch

# No automatic compaction, so that the file of the dead documents stays.
TUNING = Tuning(compact_share=2.0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with every kind of file in it."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    index = EmbeddedEngine(folder, TUNING).create()
    fill(index, [file(code(n), f"o{n % 4}/r", f"{n}.py") for n in range(24)])
    with index.writer() as writer:
        writer.skip([Skip("a/b", "binary")])
        writer.add([file(code(n), f"o{n % 4}/r", f"{n}.py") for n in range(24, 30)])
        writer.commit()
    index.remove([OptOut("owner", "o1")])
    index.close()
    return folder


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def use(folder: Path) -> None:
    """Open it and read everything."""
    with administer(folder) as index:
        for n in range(0, 30, 5):
            proposal = index.propose(sketch(code(n)), lexical=True)
            ids = [candidate.document for candidate in proposal.candidates]
            index.fetch(ids)
            for id_ in ids:
                index.occurrences(id_)
        list(index.search(WordQuery(words=("return",))))
        list(index.search(WordQuery(regexes=("[a-z]etur",))))
        list(index.skips())
        index.describe()


def stored(folder: Path) -> list[Path]:
    """All files with checksums."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "writer.lock")


def test_an_intact_index_passes(whole: Path) -> None:
    use(whole)
    with administer(whole) as index:
        names = list(index.verify())
    kinds = {name.split("/")[0].split("-")[0] for name in names}
    assert kinds == {"manifest.json", "segment", "dead", "skips"}


def put(path: Path, data: bytes) -> None:
    """Replace the bytes of a file, as a restored copy would; old mappings stay valid.

    A file that is shortened in place under somebody's mapping is a bus error for its reader.
    """
    new = path.parents[1] / "new"
    new.write_bytes(data)
    new.replace(path)


def truncate(path: Path) -> None:
    put(path, path.read_bytes()[: path.stat().st_size // 2])


def alter(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    put(path, data)


def lengthen(path: Path) -> None:
    put(path, path.read_bytes() + b"\0")


@pytest.mark.parametrize("damage", [truncate, alter, lengthen, Path.unlink])
def test_damage_to_any_file_is_found(copy: Path, damage: Callable[[Path], None]) -> None:
    for path in stored(copy):
        before = path.read_bytes()
        damage(path)
        with pytest.raises(IndexFormatError, match=r"rebuild|give the folder|damaged"):
            list(administer(copy).verify())
        put(path, before)
    list(administer(copy).verify())


def test_altered_bytes_never_crash_a_look_up(copy: Path) -> None:
    rng = random.Random(1)
    refused = 0
    for path in stored(copy):
        before = path.read_bytes()
        for _ in range(25):
            data = bytearray(before)
            for _ in range(rng.choice([1, 1, 8])):
                data[rng.randrange(len(data))] = rng.randrange(256)
            put(path, data)
            try:
                use(copy)
            except IndexFormatError:
                refused += 1
        put(path, before)
    assert refused > 20
    use(copy)


def inspect(folder: Path) -> None:
    with administer(folder) as index:
        index.describe()
        list(index.membership("o2"))


def remove_and_compact(folder: Path) -> None:
    with administer(folder) as index:
        index.remove([OptOut("owner", "o2")])
        index.compact()


def merge(folder: Path) -> None:
    with EmbeddedIndex(folder, tuning=Tuning(max_segments=1)) as index:
        index.compact()


def byte(data: bytearray, rng: random.Random) -> bytes:
    data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def bit(data: bytearray, rng: random.Random) -> bytes:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def zeros(data: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    stop = min(len(data), start + rng.choice([8, 64, len(data)]))
    return bytes(data[:start]) + bytes(stop - start) + bytes(data[stop:])


@pytest.mark.parametrize("task", [inspect, remove_and_compact, merge])
@pytest.mark.parametrize("damage", [byte, zeros])
def test_damage_never_crashes_a_command(
    whole: Path,
    tmp_path: Path,
    task: Callable[[Path], None],
    damage: Callable[[bytearray, random.Random], bytes],
) -> None:
    rng = random.Random(3)
    refused = 0
    for path in stored(whole):
        for _ in range(3):
            damaged = Path(shutil.copytree(whole, tmp_path / "damaged"))
            name = path.relative_to(whole)
            put(damaged / name, damage(bytearray(path.read_bytes()), rng))
            try:
                task(damaged)
            except IndexFormatError:
                refused += 1
            shutil.rmtree(damaged)
    assert refused > 0


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_zeros_in_any_array_make_no_clean_answer(copy: Path, share: float) -> None:
    segment = next(copy.glob("segment-*"))
    path = segment / "arrays"
    before = path.read_bytes()
    entry = next(e for e in load(copy).segments if e.name == segment.name)
    arrays = ArrayFile(path, entry.files["arrays"])
    snippet = Snippet(code(4), language="Python")
    for name, size in arrays.sizes().items():
        start = arrays.start(name)
        stop = start + int(size * share) // 8 * 8
        put(path, before[:start] + bytes(stop - start) + before[stop:])
        try:
            with open_index(copy) as index:
                answer = Attributor(index).attribute(snippet)
        except IndexDamagedError:
            continue
        assert answer.label is not Label.NONE, name
    put(path, before)
    use(copy)


def test_removals_that_were_zeroed_are_damage(copy: Path) -> None:
    path = next(copy.glob("dead-*"))
    data = path.read_bytes()
    put(path, data.replace(b"\x01", b"\x00", 1))
    with pytest.raises(IndexDamagedError, match="removals"):
        open_index(copy)


@pytest.fixture
def segments(tmp_path: Path) -> Path:
    """An index of two segments, nothing of which was removed, so that a merge copies words."""
    folder = tmp_path / "segments"
    index = EmbeddedEngine(folder, TUNING).create()
    for first in (0, 24):
        fill(index, [file(code(n), f"o{n % 4}/r", f"{n}.py") for n in range(first, first + 24)])
    index.close()
    return folder


@pytest.mark.parametrize("damage", [bit, zeros])
def test_altered_words_never_crash_a_look_up_or_merge(
    segments: Path, tmp_path: Path, damage: Callable[[bytearray, random.Random], bytes]
) -> None:
    rng = random.Random(2)
    segment = next(segments.glob("segment-*"))
    path = segment / "arrays"
    before = path.read_bytes()
    entry = next(e for e in load(segments).segments if e.name == segment.name)
    arrays = ArrayFile(path, entry.files["arrays"])
    refused = 0
    for name, size in arrays.sizes().items():
        if not name.startswith("words."):
            continue
        start = arrays.start(name)
        for n in range(30):
            altered = damage(bytearray(before[start : start + size]), rng)
            put(path, before[:start] + altered + before[start + size :])
            merged = Path(shutil.copytree(segments, tmp_path / f"{name}-{n}"))
            for task, folder in ((use, segments), (merge, merged), (use, merged)):
                try:
                    task(folder)
                except IndexDamagedError as exc:
                    assert "its words" in str(exc)  # some damage goes unseen until verify
                    refused += 1
                    if task is merge:
                        break
            shutil.rmtree(merged)
    assert refused > 10
    put(path, before)
    use(segments)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_zeros_in_the_first_words_of_blocks_lose_no_words(segments: Path, share: float) -> None:
    for segment in segments.glob("segment-*"):
        path = segment / "arrays"
        before = path.read_bytes()
        entry = next(e for e in load(segments).segments if e.name == segment.name)
        arrays = ArrayFile(path, entry.files["arrays"])
        size = max(int(arrays.sizes()["words.firsts"] * share) // 8 * 8, 8)
        start = arrays.start("words.firsts")
        put(path, before[:start] + bytes(size) + before[start + size :])
        with pytest.raises(IndexDamagedError, match="its words"):
            merge(segments)
        with administer(segments) as index, pytest.raises(IndexDamagedError, match="its words"):
            list(index.search(WordQuery(regexes=("[a-z]etur",))))
        put(path, before)
    use(segments)


def test_columns_of_different_lengths_are_damage(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ArrayFile.__getitem__
    entry = load(copy).segments[0]
    names = ArrayFile(copy / entry.name / "arrays", entry.files["arrays"]).sizes()
    for name in names:
        if name.startswith(("documents.", "occurrences.")) or name == "signatures":

            def shortened(file: ArrayFile, wanted: str, name: str = name) -> NDArray[Any]:
                return read(file, wanted)[: -1 if wanted == name else None]

            monkeypatch.setattr(ArrayFile, "__getitem__", shortened)
            with pytest.raises(IndexDamagedError, match="its table of"):
                open_index(copy)


def test_a_folder_instead_of_any_file_is_damage(copy: Path) -> None:
    for path in stored(copy):
        before = path.read_bytes()
        path.unlink()
        path.mkdir()
        with pytest.raises(IndexDamagedError, match="rebuild it"):
            use(copy)
            list(administer(copy).verify())
        path.rmdir()
        put(path, before)
    use(copy)


UNPRIVILEGED = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import test_index_damage as damage
from attribution.errors import StorageError
from attribution.index import administer

folder = Path(sys.argv[1])
paths = damage.stored(folder)
paths += [path for path in folder.iterdir() if path.is_dir()]
root = os.getuid() == 0
for path in paths:
    path.chmod(0)
    if root:
        os.setresuid(65534, 65534, 0)  # both: os.access asks for the real user
    try:
        damage.use(folder)
        list(administer(folder).verify())
    except StorageError as error:
        print(f"{path}:" in str(error) or f"{path}/" in str(error), error)
    else:
        print("not missed", path)
    if root:
        os.setresuid(0, 0, 0)
    path.chmod(0o755)
print(len(paths), "tried")
"""


def test_a_file_that_this_user_may_not_read_is_named(copy: Path) -> None:
    for path in (copy, *copy.parents[:3]):  # root runs the child as an unprivileged user
        if path.stat().st_uid == os.getuid():
            path.chmod(path.stat().st_mode | 0o055)  # with --basetemp, one may be /tmp
    root = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED, str(copy), str(root), str(root.parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    assert last == f"{len(lines)} tried"
    for line in lines:
        assert line.startswith("True cannot read "), line
        assert "give this user read access" in line


def test_a_file_is_not_an_index(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1")
    with pytest.raises(IndexNotFoundError, match=r"a\.py is a file; give the folder of an index$"):
        open_index(path)
    for place in (path, path / "index", path / "index" / "new"):
        with pytest.raises(InputError, match=r"a\.py is a file; give a new or empty folder"):
            open_or_create(place, "corpus")


def test_nothing_there(tmp_path: Path) -> None:
    for place in (tmp_path / "absent", tmp_path):
        with pytest.raises(IndexNotFoundError, match="whence index"):
            open_index(place)


def test_a_lost_manifest_is_damage(copy: Path) -> None:
    (copy / "manifest.json").unlink()
    with pytest.raises(IndexDamagedError, match="missing"):
        open_index(copy)


@pytest.mark.parametrize("text", ["{}", "[]", '{"magic": "other", "format": 2}', '"x"'])
def test_a_foreign_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(IndexFormatError, match="not an index of Whence"):
        open_index(tmp_path)


def test_a_newer_format(copy: Path) -> None:
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["format"] = 99
    path.write_text(json.dumps(manifest))
    with pytest.raises(IndexVersionError, match=r"format 99.*reads 2"):
        open_index(copy)


def test_other_parameters(tmp_path: Path) -> None:
    create_index(tmp_path / "i", "corpus", SketchParams(raw_k=9)).close()
    with pytest.raises(ParamsMismatchError, match="raw_k 9 instead of 12"):
        open_index(tmp_path / "i", SketchParams())
    with open_index(tmp_path / "i") as index:
        assert index.params.raw_k == 9


def test_another_lexer(tmp_path: Path) -> None:
    params = SketchParams(lexer_version=PARAMS.lexer_version + 1)
    with pytest.raises(ParamsMismatchError, match="lexer"):
        EmbeddedIndex.create(tmp_path / "i", "corpus", params)
    with pytest.raises(ParamsMismatchError, match="rebuild it"):
        open_index(tmp_path / "i")


def test_invalid_locations(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in the clear"):
        open_index("http://search.example:9200/corpus")
    with pytest.raises(InputError, match="empty"):
        open_index("")
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="not empty"):
        create_index(tmp_path, "corpus")
    create_index(tmp_path / "i", "corpus").close()
    with pytest.raises(InputError, match="already"):
        create_index(tmp_path / "i", "corpus")
    with open_or_create(tmp_path / "i", "other") as index:
        assert index.summary().name == "corpus"
    with open_or_create(tmp_path / "j", "other") as index:
        assert index.summary().name == "other"
