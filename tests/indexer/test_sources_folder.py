"""Plain folders, Python's standard library, and how the kind of a folder is recognized."""

from __future__ import annotations

import os
import pickle
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from attribution.errors import SourceError
from attribution.licensing.evidence import LICENSE_FILE, PACKAGE_METADATA
from attribution.types import LicenseEvidence, NewFile, Skip
from indexer.filters import FileFilter
from indexer.licensing.paths import Folders, LicensePaths
from indexer.sources import Source, SourceItem, SourceOptions, open_sources
from indexer.sources.files import read_file
from indexer.sources.folder import FolderSource
from indexer.sources.stdlib import StandardLibrary
from tests.support.license_evidence import said

CODE = b"print('hello')\n"


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def read(source: Source, start: str | None = None) -> tuple[dict[str, NewFile], dict[str, Skip]]:
    """Files by path, skips by name."""
    files: dict[str, NewFile] = {}
    skips: dict[str, Skip] = {}
    for file, _ in source.read(start):
        if isinstance(file, Skip):
            skips[file.name] = file
        else:
            files[file.occurrence.path] = file
    return files, skips


def one(spec: Path, options: SourceOptions | None = None) -> Source:
    (source,) = open_sources(str(spec), options)
    return source


@pytest.mark.parametrize("outside", ["../../tide.h", "{full}"])
def test_a_notice_does_not_make_the_indexer_read_outside_of_the_folder(
    tmp_path: Path, outside: str
) -> None:
    header = b"/* SPDX-License-Identifier: MIT */\nint tide;\n"
    notice = "/* See copyright notice in {} */\nint moon;\n"
    named = outside.format(full=tmp_path / "tide.h")
    root = write(
        tmp_path / "shop",
        {"src/a.c": notice.format(named).encode(), "src/b.c": notice.format("tide.h").encode()},
    )
    write(tmp_path, {"tide.h": header, "shop/src/tide.h": header})
    files, _ = read(one(root))
    licenses = {path: file.occurrence.license.expression for path, file in files.items()}
    assert (licenses["src/a.c"], licenses["src/b.c"]) == ("NOASSERTION", "MIT")


def test_a_folder_is_one_repository(tmp_path: Path) -> None:
    from identify.vendor.licenses import LICENSES

    mit = dict(LICENSES)["MIT"].encode()
    root = write(
        tmp_path / "shop",
        {"LICENSE": mit, "a.py": CODE, "lib/b.go": b"package b\n", "vendor/c.py": CODE},
    )
    source = one(root)
    files, skips = read(source)
    assert set(files) == {"a.py", "lib/b.go", "vendor/c.py"}
    place = files["a.py"].occurrence
    assert (place.repository, place.origin, place.revision, place.date) == ("shop", "", None, None)
    assert said(place.license) == LicenseEvidence("MIT", LICENSE_FILE)
    assert files["a.py"].content == CODE
    assert files["lib/b.go"].language == "go"
    assert files["vendor/c.py"].occurrence.vendored
    assert not place.vendored
    assert {s.reason for s in skips.values()} == {"not code"}
    assert source.done_bytes == source.total_bytes() >= len(CODE) * 2


def test_reading_resumes_after_any_item(tmp_path: Path) -> None:
    root = write(tmp_path, {f"{d}/{i}.py": CODE for d in "ba" for i in range(3)})
    items = list(one(root).read())
    assert [i.file.occurrence.path for i in items if isinstance(i.file, NewFile)] == [
        f"{d}/{i}.py" for d in "ab" for i in range(3)
    ]
    for at, item in enumerate(items):
        assert list(one(root).read(item.position)) == items[at + 1 :]


def test_links_are_not_followed_and_unreadable_files_are_reported(tmp_path: Path) -> None:
    write(tmp_path, {"secret/key.py": CODE, "tree/a.py": CODE, "tree/locked.py": CODE})
    root = tmp_path / "tree"
    (root / "out.py").symlink_to(tmp_path / "secret/key.py")
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "loop").symlink_to(root)
    (root / "broken.py").symlink_to("nowhere")
    os.mkfifo(root / "pipe.py")
    os.truncate(root / "locked.py", 0)
    files, skips = read(one(root))
    assert set(files) == {"a.py"}
    assert {n: s.reason for n, s in skips.items()} == {
        "tree/out.py": "link",
        "tree/folder": "link",
        "tree/loop": "link",
        "tree/broken.py": "link",
        "tree/pipe.py": "link",
        "tree/locked.py": "empty",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    root = write(tmp_path / "tree", {"a.py": CODE})
    (root / "a.py").chmod(0)
    assert read(one(root))[1]["tree/a.py"].reason == "unreadable"


def test_a_file_that_becomes_a_link_or_vanishes_is_reported(tmp_path: Path) -> None:
    write(tmp_path, {"secret.py": CODE, "tree/a.py": CODE, "tree/b.py": CODE, "tree/c.py": CODE})
    items = one(tmp_path / "tree").read()
    next(items)  # by now the folder was listed
    (tmp_path / "tree/b.py").unlink()
    (tmp_path / "tree/b.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "tree/c.py").unlink()
    reasons = [item.file.reason for item in items if isinstance(item.file, Skip)]
    assert reasons == ["link", "unreadable"]
    with pytest.raises(OSError, match="symbolic link"):
        read_file(str(tmp_path / "tree/b.py"), 100)


@pytest.mark.parametrize("name", ["with space.py", "new\nline.py", "ünïcödé.py", "a'b\"c.py"])
def test_odd_names(tmp_path: Path, name: str) -> None:
    files, _ = read(one(write(tmp_path, {name: CODE})))
    assert set(files) == {name}


def test_a_name_that_is_not_utf8_becomes_text(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.py", "wb") as file:  # noqa: PTH123  (bytes)
        file.write(CODE)
    (path,) = read(one(tmp_path))[0]
    assert path == "caf\ufffd.py"
    path.encode()


def test_the_fingerprint_follows_the_options(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.py": CODE, "b.py": CODE})
    before = one(root).fingerprint()
    assert one(root).fingerprint() == before
    other = SourceOptions(FileFilter(max_file_size=10))
    assert one(root, other).fingerprint() != before


def edited(root: Path) -> None:
    os.utime(root / "d/b.py", ns=(1, 1))


def renamed(root: Path) -> None:
    (root / "d/b.py").rename(root / "d/z.py")


def added(root: Path) -> None:
    write(root, {"z/z.py": CODE})


def removed(root: Path) -> None:
    (root / "d/b.py").unlink()


CHANGES = [edited, renamed, added, removed]


def items_of(source: Source) -> list[SourceItem]:
    return list(source.read())


@pytest.mark.parametrize("size", [8192, 16384, 10**9])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_from_the_last_position(
    tmp_path: Path, change: Callable[[Path], None], size: int
) -> None:
    root = write(tmp_path, {"a.py": CODE, "c.py": CODE, "d/a.py": CODE, "d/b.py": CODE})
    position = "+".join(items_of(piece)[-1].position for piece in one(root).pieces(size))
    assert one(root).is_unchanged(position)
    change(root)
    assert not one(root).is_unchanged(position)
    assert not one(root).is_unchanged("")


def test_the_pieces_of_a_folder_are_the_folder(tmp_path: Path) -> None:
    names = [f"{d}{n}.py" for d in ("", "a/", "a/b/", "z/") for n in range(5)]
    root = write(tmp_path, {**dict.fromkeys(names, CODE), "LICENSE": b"MIT License\n"})
    whole = items_of(one(root))
    for size in (8192, 20000, 50000, 10**9):
        pieces = one(root).pieces(size)
        assert [i.file for piece in pieces for i in items_of(piece)] == [i.file for i in whole]
        assert [p.name for p in pieces] == [p.name for p in one(root).pieces(size)]
        assert {piece.fingerprint() for piece in pieces} == {one(root).fingerprint()}
        for piece in pieces:
            assert piece.done_bytes == piece.total_bytes()
            listed = items_of(piece)
            for at, item in enumerate(listed):
                assert list(piece.read(item.position)) == listed[at + 1 :]


def test_pieces_share_what_is_known_of_licences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from identify.vendor.licenses import LICENSES

    mit = dict(LICENSES)["MIT"].encode()
    root = write(tmp_path, {**{f"d/{n}.py": CODE for n in range(9)}, "LICENSE": mit})
    pieces = pickle.loads(pickle.dumps(one(root).pieces(8192)))  # as another process gets them
    found: list[LicensePaths] = []

    def counted(folders: Folders) -> LicensePaths:
        found.append(LicensePaths(folders))
        return found[-1]

    monkeypatch.setattr("indexer.sources.folder.LicensePaths", counted)
    files = [item.file for piece in pieces for item in items_of(piece)]
    licenses = [f.occurrence.license.expression for f in files if isinstance(f, NewFile)]
    assert licenses == ["MIT"] * 9
    assert len(found) == 1


@pytest.mark.parametrize("change", [renamed, edited, removed])
def test_what_has_changed_before_a_position_is_read_again(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    names = ("d/a.py", "d/b.py", "e/c.py", "e/d.py")
    root = write(tmp_path, dict.fromkeys(names, CODE))
    position = items_of(one(root))[2].position
    assert list(one(root).read(position)) == items_of(one(root))[3:]
    change(root)
    assert list(one(root).read(position)) == items_of(one(root))


def test_the_fingerprint_is_the_same_in_every_process(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": CODE})
    code = (
        "import sys; from indexer.filters import FileFilter;"
        "from indexer.sources import SourceOptions, open_sources;"
        "rules = FileFilter(languages=frozenset(('c', 'go', 'java', 'python', 'rust')));"
        "print(open_sources(sys.argv[1], SourceOptions(rules))[0].fingerprint())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_a_folder_whose_name_is_not_utf8(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"caf\xe9")
    source = one(write(root, {"a.py": CODE}))
    source.name.encode()
    assert read(source)[0]["a.py"].occurrence.repository == "caf\ufffd"


def test_the_index_that_is_written_is_not_read(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.py": CODE, "index/segment.py": CODE})
    options = SourceOptions(leave_out=(str(root / "index"),))
    assert set(read(one(root, options))[0]) == {"a.py"}


def test_version_control_is_not_code(tmp_path: Path) -> None:
    files, skips = read(one(write(tmp_path, {"a.py": CODE, ".hg/store/x.py": CODE})))
    assert set(files) == {"a.py"}
    assert not skips


@pytest.mark.parametrize("spec", ["no/such/place", "\0"])
def test_what_does_not_exist(spec: str) -> None:
    with pytest.raises(SourceError, match="does not exist; give a file, a folder"):
        open_sources(spec)


def test_a_single_code_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": CODE})
    with pytest.raises(SourceError, match=r"is not a dataset.*\.parquet.*give its folder"):
        open_sources(str(tmp_path / "a.py"))


def test_a_folder_that_was_deleted(tmp_path: Path) -> None:
    source = FolderSource(tmp_path / "gone", SourceOptions())
    with pytest.raises(SourceError, match="is not a folder"):
        source.fingerprint()


def test_a_mixed_folder_gives_each_its_own_source(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "notes/a.py": CODE,
            "env/x-1.dist-info/METADATA": b"Name: x\nVersion: 1\n",
            "env/x-1.dist-info/RECORD": b"x.py,,\n",
            "env/x.py": CODE,
            "data/rows.jsonl": (
                b'{"content": "x", "max_stars_repo_name": "a/b", "max_stars_repo_path": "x.py"}\n'
            ),
            **{f"python3.11/{m}.py": CODE for m in ("os", "site", "abc", "codecs")},
        },
    )
    sources = open_sources(str(tmp_path))
    kinds = [source.name.partition(":")[0] for source in sources]
    assert sorted(kinds) == ["folder", "jsonl", "package", "stdlib", "unclaimed"]
    rest = sources[-1]
    assert set(read(rest)[0]) == {"notes/a.py"}  # nothing is read twice


STDLIB = {
    **{f"{m}.py": CODE for m in ("os", "site", "abc", "codecs")},
    "json/decoder.py": CODE,
    "_sysconfigdata__linux.py": CODE,
    "config-3.11-x86_64-linux-gnu/python-config.py": CODE,
    "__pycache__/os.cpython-311.pyc": b"\0",
    "site-packages/mine.py": CODE,
    "site-packages/mine-1.dist-info/METADATA": b"Name: mine\nVersion: 1\n",
    "site-packages/mine-1.dist-info/RECORD": b"mine.py,,\n",
}


def test_packages_in_the_standard_library_are_sources_of_their_own(tmp_path: Path) -> None:
    root = write(tmp_path / "lib/python3.11", STDLIB)
    header = tmp_path / "include/python3.11/patchlevel.h"
    write(tmp_path, {str(header.relative_to(tmp_path)): b'#define PY_VERSION  "3.11.42"\n'})
    library, mine, unclaimed = open_sources(str(root))
    files, skips = read(library)
    assert set(files) == {f"Lib/{m}.py" for m in ("os", "site", "abc", "codecs", "json/decoder")}
    assert not skips
    place = files["Lib/json/decoder.py"].occurrence
    assert (place.repository, place.revision) == ("python/cpython", "v3.11.42")
    assert place.origin == "https://github.com/python/cpython"
    assert place.license == LicenseEvidence("PSF-2.0", PACKAGE_METADATA)
    assert set(read(mine)[0]) == {"mine.py"}
    assert not read(unclaimed)[0]


def test_without_a_header_the_version_comes_from_the_folder(tmp_path: Path) -> None:
    root = write(tmp_path / "lib/python3.9", STDLIB)
    source = StandardLibrary(root, SourceOptions())
    assert read(source)[0]["Lib/os.py"].occurrence.revision == "3.9"


def test_the_real_standard_library() -> None:
    (source,) = open_sources("stdlib")
    seen = 0
    for file, _ in source.read():
        if isinstance(file, NewFile) and file.occurrence.path == "Lib/argparse.py":
            assert file.occurrence.revision == f"v{platform.python_version()}"
            assert file.occurrence.license.expression in ("Python-2.0", "Python-2.0.1", "PSF-2.0")
            assert file.language == "python"
            seen += 1
            break
    assert seen == 1


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz", "x.parquet"])
def test_a_dataset_that_is_a_pipe_or_a_link_is_not_opened(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside.jsonl"
    outside.write_text('{"content": "a = 1", "max_stars_repo_name": "a/b"}\n')
    root = write(tmp_path / "tree", {"a.py": CODE})
    os.mkfifo(root / name)
    (root / f"link-{name}").symlink_to(outside)
    files, skips = read(one(root))
    assert list(files) == ["a.py"]
    assert {skip.reason for skip in skips.values()} == {"link"}


def test_folders_whose_paths_are_too_long_are_reported(tmp_path: Path) -> None:
    root = write(tmp_path / "tree", {"a.py": CODE})
    here = Path.cwd()
    os.chdir(root)
    try:
        for _ in range(20):
            Path("d" * 250).mkdir()
            os.chdir("d" * 250)
        Path("b.py").write_bytes(CODE)
    finally:
        os.chdir(here)
    files, skips = read(one(root))
    assert list(files) == ["a.py"]
    assert {skip.reason for skip in skips.values()} == {"unreadable"}
