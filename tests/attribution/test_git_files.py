"""Pipes and devices that a checkout gives to git: no command waits for them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from attribution.errors import WhenceError
from attribution.git_files import special_file
from audit.inputs.interface import InputOptions
from audit.inputs.opening import open_input
from audit.types import Item, LeftOut
from indexer.sources import open_sources
from tests.support.audit_checkouts import Checkout

Prepare = Callable[[Checkout, Path], None]


def setting(text: str) -> Prepare:
    """A setting of the repository that names the pipe."""

    def prepare(checkout: Checkout, pipe: Path) -> None:
        with (checkout.folder / ".git/config").open("a") as config:
            config.write(text.format(pipe=pipe))

    return prepare


def instead_of(name: str) -> Prepare:
    """A pipe in place of a file."""

    def prepare(checkout: Checkout, _: Path) -> None:
        path = checkout.folder / name
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)

    return prepare


def included_twice(checkout: Checkout, pipe: Path) -> None:
    (checkout.folder / ".git/more").write_text(f'[include]\n\tpath = "{pipe}"\n')
    setting('[includeIf "gitdir:/**"]\n\tpath = more\n')(checkout, pipe)


def in_objects(checkout: Checkout, _: Path) -> None:
    for path in (checkout.folder / ".git/objects").glob("??/*"):
        path.unlink()
        os.mkfifo(path)


def in_borrowed_objects(checkout: Checkout, _: Path) -> None:
    borrowed = checkout.folder.parent / "borrowed"
    (checkout.folder / ".git/objects").rename(borrowed)
    checkout.write(".git/objects/info/alternates", f"{borrowed}\n")
    for path in borrowed.glob("??/*"):
        path.unlink()
        os.mkfifo(path)


def in_a_worktree(checkout: Checkout, _: Path) -> None:
    moved = checkout.folder.parent / "moved"
    (checkout.folder / ".git").rename(moved)
    checkout.write(".git", f"gitdir: {moved}\n")
    (moved / "index").unlink()
    os.mkfifo(moved / "index")


CASES: dict[str, Prepare] = {
    "include": setting("[include]\n\tpath = {pipe}\n"),
    "include of a file that includes it": included_twice,
    "include of a device": setting("[include]\n\tpath = /dev/zero\n"),
    "attributes": setting("[core]\n\tattributesFile = {pipe}\n"),
    "excludes": setting('[core]\n\texcludesFile = "{pipe}" ; comment\n'),
    "mailmap": setting("[mailmap]\n\tfile = ../pipe\n"),
    "order": setting("[diff]\n\torderFile = {pipe}\n"),
    "config": instead_of(".git/config"),
    "HEAD": instead_of(".git/HEAD"),
    "index": instead_of(".git/index"),
    "commondir": instead_of(".git/commondir"),
    "excluded": instead_of(".git/info/exclude"),
    "alternates": instead_of(".git/objects/info/alternates"),
    "branch": instead_of(".git/refs/heads/x"),
    "objects": in_objects,
    "borrowed objects": in_borrowed_objects,
    "linked repository": in_a_worktree,
}


def use(folder: str, since: str | None) -> list[Item | LeftOut]:
    return list(open_input([folder], InputOptions(), since=since).items())


@pytest.mark.parametrize("name", list(CASES))
def test_no_command_waits(tmp_path: Path, name: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    checkout = Checkout(tmp_path / "repository")
    checkout.commit(a__py="x = 1\n")
    checkout.commit(a__py="x = 2\n")
    assert special_file(checkout.folder) is None
    CASES[name](checkout, pipe)
    started = time.monotonic()
    with pytest.raises(WhenceError, match=r"git is not run in .* a pipe or a device"):
        use(str(checkout.folder), "HEAD~1")
    with pytest.raises(WhenceError, match=r"git is not run in .* a pipe or a device"):
        [list(source.read()) for source in open_sources(str(checkout.folder))]
    assert [item.name for item in use(str(checkout.folder), None) if isinstance(item, Item)]
    assert time.monotonic() - started < 10  # git's time limit is 20


def test_a_pipe_named_mailmap_is_not_read(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "repository")
    checkout.commit(a__py="x = 1\n")
    os.mkfifo(checkout.folder / ".mailmap")
    started = time.monotonic()
    (source,) = open_sources(str(checkout.folder))
    assert len(list(source.read())) == 1
    assert time.monotonic() - started < 10


def test_the_null_device_is_no_pipe(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "repository")
    checkout.commit(a__py="x = 1\n")
    setting(f"[core]\n\thooksPath = {os.devnull}\n")(checkout, tmp_path)
    assert special_file(checkout.folder) is None


def test_settings_that_cannot_be_looked_at_are_not_given_to_git(tmp_path: Path) -> None:
    many = Checkout(tmp_path / "many")
    for n in range(70):
        many.write(f".git/more{n}", "")
    (many.folder / ".git/config").write_text(
        "".join(f"[include]\n\tpath = more{n}\n" for n in range(70))
    )
    assert "has more than 64 files of configuration" in (special_file(many.folder) or "")
    large = Checkout(tmp_path / "large")
    (large.folder / ".git/config").write_text("#" * (2 << 20))
    assert "config could not be checked" in (special_file(large.folder) or "")
