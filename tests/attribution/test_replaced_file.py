"""Reports and baselines: written whole or not at all, and not through links that lead elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from attribution.replaced_file import replaced_file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(path: Path | str, content: bytes = b"new") -> None:
    with replaced_file(Path(path)) as stream:
        stream.write(content)


def test_a_file_is_replaced_and_keeps_its_permissions(here: Path) -> None:
    (here / "a").write_bytes(b"old")
    (here / "a").chmod(0o600)
    write("a")
    assert (here / "a").read_bytes() == b"new"
    assert (here / "a").stat().st_mode & 0o777 == 0o600


def test_a_new_file_can_be_read_by_others(here: Path) -> None:
    before = os.umask(0o022)
    try:
        write("a")
    finally:
        os.umask(before)
    assert (here / "a").stat().st_mode & 0o777 == 0o644


def test_a_file_can_be_for_its_owner_alone(here: Path) -> None:
    (here / "a").write_bytes(b"old")
    with replaced_file(here / "a", 0o600) as stream:
        stream.write(b"new")
    assert (here / "a").stat().st_mode & 0o777 == 0o600


def test_an_error_leaves_the_old_file_and_nothing_else(here: Path) -> None:
    (here / "a").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replaced_file(here / "a") as stream:
        stream.write(b"half")
        raise ZeroDivisionError
    assert [(path.name, path.read_bytes()) for path in here.iterdir()] == [("a", b"old")]


def test_a_link_within_the_tree_is_kept(here: Path) -> None:
    (here / "real").write_bytes(b"old")
    (here / "link").symlink_to("real")
    write("link")
    assert (here / "link").is_symlink()
    assert (here / "real").read_bytes() == b"new"


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("name", ["link", "folder/victim"])
def test_a_link_out_of_the_tree_is_refused(here: Path, name: str, absolute: bool) -> None:
    outside = here.parent / "outside"
    outside.mkdir()
    (outside / "victim").write_bytes(b"old")
    (here / "link").symlink_to(outside / "victim")
    (here / "folder").symlink_to(outside)
    with pytest.raises(OSError, match="is a link that leads out of"):
        write(here / name if absolute else name)
    assert (outside / "victim").read_bytes() == b"old"
    assert [path.name for path in outside.iterdir()] == ["victim"]


def test_a_file_elsewhere_is_written_where_it_was_named(here: Path) -> None:
    write("../beside")
    assert (here.parent / "beside").read_bytes() == b"new"
    (here.parent / "victim").write_bytes(b"old")
    (here.parent / "other").mkdir()
    (here.parent / "other/link").symlink_to("../victim")
    with pytest.raises(OSError, match="is a link that leads out of"):
        write("../other/link")


@pytest.mark.usefixtures("here")
def test_a_pipe_and_a_device_are_written_directly() -> None:
    reader, writer = os.pipe()
    write(f"/dev/fd/{writer}")
    os.close(writer)
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    write("/dev/null")
