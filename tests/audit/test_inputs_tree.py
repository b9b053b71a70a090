"""Trees and lists of files as inputs of an audit."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.inputs import ignoring
from audit.inputs.interface import InputOptions
from audit.inputs.opening import open_input
from audit.inputs.tree import TreeInput
from audit.types import Item, LeftOut
from tests.support.audit_checkouts import Checkout


def audit(*paths: Path | str, **options: object) -> dict[str, Item | LeftOut]:
    found = list(open_input([str(p) for p in paths], InputOptions(**options)).items())  # type: ignore[arg-type]
    named = {one.name: one for one in found}
    assert len(named) == len(found)
    return named


def code(found: dict[str, Item | LeftOut]) -> list[str]:
    return [name for name, one in found.items() if isinstance(one, Item)]


def reasons(found: dict[str, Item | LeftOut]) -> dict[str, str]:
    return {name: one.reason for name, one in found.items() if isinstance(one, LeftOut)}


def write(root: Path, **texts: str | bytes) -> None:
    for name, text in texts.items():
        path = root / name.replace("__", ".").replace("_in_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_a_tree_is_read_in_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, b__py="b = 1\n", a_in_z__c="int z;\n", a_in_run="#!/bin/sh\nls\n", empty__py="")
    found = audit(tmp_path)
    assert list(found) == ["a/run", "a/z.c", "b.py", "empty.py"]
    assert found["a/run"] == Item("a/run", b"#!/bin/sh\nls\n", "shell")
    assert found["b.py"] == Item("b.py", b"b = 1\n", "python")


def test_other_files_than_code_are_left_out_with_a_reason(tmp_path: Path) -> None:
    write(
        tmp_path,
        data__json="{}",
        poetry__lock="[x]",
        notes="some words",
        image__png=b"\x89PNG\0",
        table__csv="a,b",
        fake__py=b"\0\0",
        utf16__cs="int x;".encode("utf-16"),
        code__rb="x = 1\n",
    )
    (tmp_path / "pnpm-lock.yaml").write_text("a: 1\n")
    found = audit(tmp_path)
    assert code(found) == ["code.rb", "utf16.cs"]
    assert reasons(found) == {
        "data.json": "data",
        "fake.py": "binary",
        "image.png": "not code",
        "notes": "not code",
        "pnpm-lock.yaml": "data",
        "poetry.lock": "data",
        "table.csv": "data",
    }
    missed = [name for name, one in found.items() if isinstance(one, LeftOut) and one.wanted]
    assert missed == [
        "fake.py"
    ]  # its name says that it is code, so a NUL byte does not evade the check


def test_languages_select_files(tmp_path: Path) -> None:
    write(tmp_path, a__py="a", b__json="{}", c__rb="c")
    found = audit(tmp_path, languages=frozenset(("python", "json")))
    assert code(found) == ["a.py", "b.json"]
    assert reasons(found) == {"c.rb": "other language"}


def test_a_named_file_is_always_checked(tmp_path: Path) -> None:
    write(tmp_path, a__py="a", data__json="{}", notes="words", x_in_lib__py="x")
    (tmp_path / ".gitignore").write_text("notes\nx/\n")
    paths = [tmp_path / name for name in ("", "data.json", "notes", "x/lib.py")]
    found = audit(*paths)
    assert sorted(code(found)) == ["a.py", "data.json", "notes", "x/lib.py"]
    # Unless the policy excludes it, which is reported.
    found = audit(*paths, exclude=("/x/", "*.json"))
    assert code(found) == ["a.py", "notes"]
    assert reasons(found)["data.json"] == "excluded" == reasons(found)["x/lib.py"]
    detail = found["data.json"]
    assert isinstance(detail, LeftOut) and "'*.json'" in detail.detail


def test_an_excluded_folder_is_one_entry(tmp_path: Path) -> None:
    write(tmp_path, a_in_a__py="a", gen_in_b__py="b", gen_in_deep_in_c__py="c")
    assert reasons(audit(tmp_path, exclude=("gen/",))) == {"gen/": "excluded"}


def test_too_large_code_makes_the_audit_incomplete(tmp_path: Path) -> None:
    write(tmp_path, big__py="x" * 101, big__json="x" * 101, fits__py="x" * 100)
    found = audit(tmp_path, max_file_size=100)
    assert code(found) == ["fits.py"]
    big = found["big.py"]
    assert isinstance(big, LeftOut) and big.wanted
    assert "101 bytes, the limit is 100" in big.detail and "--max-file-size" in big.detail
    assert reasons(found) == {"big.py": "too large", "big.json": "data"}


def test_links_pipes_and_sockets_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    root.mkdir()
    write(outside, secret__py="s")
    write(root, a__py="a")
    (root / "file.py").symlink_to(outside / "secret.py")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "broken.py").symlink_to(root / "nothing")
    os.mkfifo(root / "pipe.py")
    monkeypatch.chdir(root)  # the name of a socket has at most 100 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
        found = audit(root)
    assert code(found) == ["a.py"]
    assert reasons(found) == {
        "broken.py": "link",
        "file.py": "link",
        "folder": "link",
        "loop": "link",
        "pipe.py": "no file",
        "socket.py": "no file",
    }
    # A named link is followed.
    assert code(audit(root / "file.py")) == ["file.py"]
    assert code(audit(root / "folder")) == ["folder/secret.py"]
    named = audit(root / "pipe.py")["pipe.py"]
    assert isinstance(named, LeftOut) and named.wanted


def test_unreadable_files_and_folders_make_the_audit_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a__py="a", locked_in_b__py="b", image__png="")
    real_open, real_scandir = os.open, os.scandir

    def refuse(path: str, *more: int, **options: int | None) -> int:
        if str(path).startswith(str(tmp_path)) and "gitignore" not in str(path):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *more, **options)

    def refuse_folder(path: str | int) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    monkeypatch.setattr(os, "open", refuse)  # because root may read everything
    monkeypatch.setattr(os, "scandir", refuse_folder)
    found = audit(tmp_path)
    assert reasons(found) == {
        "a.py": "unreadable",
        "image.png": "not code",
        "locked/": "unreadable",
    }
    wanted = {name for name, one in found.items() if isinstance(one, LeftOut) and one.wanted}
    assert wanted == {"a.py", "locked/"}


def test_a_file_that_vanishes_is_reported(tmp_path: Path) -> None:
    write(tmp_path, a__py="a", b__py="b")
    items = open_input([str(tmp_path)], InputOptions()).items()
    assert next(items).name == "a.py"
    (tmp_path / "b.py").unlink()
    left = next(items)
    assert isinstance(left, LeftOut) and (left.reason, left.wanted) == ("unreadable", True)


def test_names_that_are_not_unicode(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.py", "é ü.py".encode(), b"line\nbreak.py"):
        (tmp_path / os.fsdecode(name)).write_text("x = 1\n")
    (tmp_path / "\\xff\\xfe.py").write_text("y = 1\n")
    found = audit(tmp_path)
    assert set(code(found)) >= {"é ü.py", "line\nbreak.py", "\\xff\\xfe.py"}
    assert len(set(code(found))) == 4
    for name in found:
        name.encode()  # valid in every format


def test_a_very_deep_tree(tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(300):
        place = place / "d"
    place.mkdir(parents=True)
    (place / "x.py").write_text("x")
    assert len(code(audit(tmp_path))) == 1


def test_count_is_the_number_of_items(tmp_path: Path) -> None:
    write(tmp_path, a__py="a", b_in_c__json="{}", __gitignore="b/\n")
    there = open_input([str(tmp_path)], InputOptions())
    assert there.count() == len(list(there.items())) == 3


# ---- what git ignores ----


def test_gitignore_at_every_level(tmp_path: Path) -> None:
    write(
        tmp_path,
        __gitignore="*.log.py\nbuild/\n!keep.log.py\n",
        a__log__py="",
        keep__log__py="",
        build_in_x__py="",
        sub_in_y__py="",
        sub_in_z__py="",
        sub_in_a__log__py="",
    )
    (tmp_path / "sub" / ".gitignore").write_text("/y.py\n!a.log.py\n")
    found = audit(tmp_path)
    assert code(found) == ["keep.log.py", "sub/a.log.py", "sub/z.py"]
    ignored = found["build/"]
    assert ignored == LeftOut("build/", "ignored by git", ".gitignore:2: build/")
    assert "build/x.py" in code(audit(tmp_path, gitignore=False))


def test_gitignore_files_above_the_folder_count(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.write(".gitignore", "*.gen.py\nout/\n")
    checkout.write("src/.gitignore", "deep/skip.py\n")
    for name in ("src/a.py", "src/b.gen.py", "src/deep/skip.py", "out/o.py", "out/p.gen.py"):
        checkout.write(name, "x = 1\n")
    assert code(audit(tmp_path / "src" / "deep")) == []
    assert code(audit(tmp_path / "src")) == ["a.py"]
    # An ignored folder is checked if it is named.
    assert code(audit(tmp_path / "out")) == ["o.py", "p.gen.py"]


def test_tracked_files_are_not_ignored(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.write(".gitignore", "vendor/\n*.gen.py\n")
    for name in ("vendor/a/kept.py", "vendor/a/not.py", "vendor/b/not.py", "x.gen.py", "y.gen.py"):
        checkout.write(name, "x = 1\n")
    checkout.git("add", "-f", "vendor/a/kept.py", "x.gen.py")
    found = audit(tmp_path)
    assert code(found) == ["vendor/a/kept.py", "x.gen.py"]
    assert set(reasons(found)) >= {"vendor/a/not.py", "vendor/b/", "y.gen.py"}


def test_exclude_files_of_repository_and_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = Checkout(tmp_path / "repo")
    for name in ("a.py", "b.py", "c.py"):
        checkout.write(name, "x = 1\n")
    checkout.write(".git/info/exclude", "b.py\n")
    (tmp_path / "mine").write_text("c.py\na.py\n")
    checkout.write(".gitignore", "!a.py\n")
    (tmp_path / "config").write_text(f"[core]\n\texcludesFile = {tmp_path / 'mine'}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    found = audit(tmp_path / "repo")
    assert code(found) == ["a.py"]
    assert found["b.py"] == LeftOut("b.py", "ignored by git", ".git/info/exclude:1: b.py")
    assert found["c.py"] == LeftOut("c.py", "ignored by git", f"{tmp_path / 'mine'}:1: c.py")


def test_a_nested_checkout_has_its_own_ignored_files(tmp_path: Path) -> None:
    outer = Checkout(tmp_path)
    outer.write(".gitignore", "*.gen.py\n")
    inner = Checkout(tmp_path / "inner")
    inner.write("a.gen.py", "x = 1\n")
    outer.git("-C", str(inner.folder), "add", "-A")
    inner.commit()
    outer.git("worktree", "list")
    inner.git("worktree", "add", "-q", str(tmp_path / "tree"))
    (tmp_path / "inner" / ".git" / "info" / "exclude").write_text("z.py\n")
    (tmp_path / "tree" / "z.py").write_text("z")
    found = audit(tmp_path)
    assert code(found) == ["inner/a.gen.py", "tree/a.gen.py"]
    assert reasons(found)["tree/z.py"] == "ignored by git"


def test_a_gitignore_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, root_in_a__py="a", outside="*\n")
    (tmp_path / "root" / ".gitignore").symlink_to(tmp_path / "outside")
    assert code(audit(tmp_path / "root")) == ["a.py"]


_PART = st.sampled_from(("a", "b", "ab", "a.py", "b.py", "x y"))
_PATTERN = st.sampled_from(
    (
        "a", "/a", "a/", "*.py", "!*.py", "b/a", "**/b", "a/**", "a/**/b", "!a", "!/a/", "?",
        "[ab]", "[!a].py", "\\!a", "#a", "", "/*", "!/b", "a/*", "!a/b", "x\\ y", "x y ", "*",
        "**", "a*b", "/",
    )
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    files=st.lists(st.lists(_PART, min_size=1, max_size=3).map("/".join), min_size=1, max_size=8),
    patterns=st.lists(_PATTERN, max_size=4),
    deeper=st.lists(_PATTERN, max_size=3),
)
def test_the_same_files_are_ignored_as_by_git(
    tmp_path_factory: pytest.TempPathFactory,
    files: list[str],
    patterns: list[str],
    deeper: list[str],
) -> None:
    checkout = Checkout(tmp_path_factory.mktemp("ignore"))
    for name in files:
        path = checkout.folder / name
        if not path.exists() and not any(parent.is_file() for parent in path.parents):
            checkout.write(name, "x = 1\n")
    checkout.write(".gitignore", "\n".join(patterns))
    if (checkout.folder / "a").is_dir():
        checkout.write("a/.gitignore", "\n".join(deeper))
    listed = checkout.git("ls-files", "-z", "--others", "--exclude-standard").split("\0")
    expected = {name for name in listed if name and not name.endswith(".gitignore")}
    root = str(checkout.folder)
    met = TreeInput(root, [root], InputOptions())._walk()
    found = {one.name for one in met if not isinstance(one, LeftOut)}
    assert {name for name in found if not name.endswith(".gitignore")} == expected


# ---- lists ----


def test_a_list_is_filtered_by_language_but_not_by_gitignore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a__py="a", b_in_c__py="c", d__json="{}", __gitignore="a.py\n", e_in_f__py="f")
    (tmp_path / "link.py").symlink_to("a.py")
    monkeypatch.chdir(tmp_path)
    Path("list").write_text("b/c.py\r\na.py\nd.json\n\na.py\ngone.py\nlink.py\ne\n")
    found = {one.name: one for one in open_input([], InputOptions(), files_from="list").items()}
    assert [name for name, one in found.items() if isinstance(one, Item)] == [
        "b/c.py",
        "a.py",
        "e/f.py",
    ]
    assert reasons(found) == {"d.json": "data", "gone.py": "unreadable", "link.py": "link"}
    gone = found["gone.py"]
    assert isinstance(gone, LeftOut) and gone.wanted


def test_a_list_separated_by_nul_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [b"new\nline.py", b"\xff.py"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_text("x")
    (tmp_path / "list").write_bytes(b"\0".join(names) + b"\0")
    monkeypatch.chdir(tmp_path)
    found = open_input([], InputOptions(), files_from="list").items()
    assert [one.name for one in found] == ["new\nline.py", "\\xff.py"]


def test_a_bare_repository_is_an_error(tmp_path: Path) -> None:
    """Otherwise checking its hooks, which are code, would look like an audit of its files."""
    checkout = Checkout(tmp_path / "repo")
    checkout.commit(a__py="a = 1\n")
    checkout.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    for folder in (tmp_path / "bare.git", checkout.folder / ".git"):
        one = audit(folder)[f"{folder.name}/"]
        assert isinstance(one, LeftOut)
        assert (one.reason, one.wanted) == ("bare repository", True)
    assert code(audit(checkout.folder)) == ["a.py"]


def test_a_submodule_that_was_not_fetched_is_reported(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "repo")
    checkout.commit(a__py="a = 1\n")
    write(checkout.folder, __gitmodules='[submodule "x"]\n\tpath = lib/x\n\turl = ../x\n')
    (checkout.folder / "lib" / "x").mkdir(parents=True)
    (checkout.folder / "lib" / "empty").mkdir()
    assert reasons(audit(checkout.folder))["lib/x/"] == "submodule"
    assert "lib/empty/" not in audit(checkout.folder)
    write(checkout.folder, b__py="b", lib_in_x_in_c__py="c")
    assert code(audit(checkout.folder)) == ["a.py", "b.py", "lib/x/c.py"]


def test_a_gitignore_that_is_a_pipe_does_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ignoring, "SECONDS", 0.5)
    os.mkfifo(tmp_path / ".gitignore")
    write(tmp_path, a__py="a")
    assert code(audit(tmp_path)) == ["a.py"]


def test_a_pattern_that_git_backtracks_on_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ignoring, "SECONDS", 1.0)
    checkout = Checkout(tmp_path / "repo")
    name = "a" * 200 + ".py"
    write(checkout.folder, **{name.replace(".", "__"): "x", "__gitignore": "*a" * 12 + "*b\n"})
    started = time.monotonic()
    found = audit(checkout.folder)
    assert time.monotonic() - started < 5
    assert code(found) == [name]
    left_out = found["./"]
    assert isinstance(left_out, LeftOut)
    assert left_out.reason == "unread ignore rules"
    assert "git ls-files gave no answer for 1 s" in left_out.detail


def test_a_folder_whose_path_is_too_long_is_left_out_and_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        for _ in range(20):
            Path("d" * 250).mkdir()
            os.chdir("d" * 250)
    finally:
        os.chdir(here)
    taken = list(TreeInput(str(tmp_path), [str(tmp_path)], InputOptions()).items())
    assert taken[0].name == "a.py"
    (left_out,) = [item for item in taken if isinstance(item, LeftOut)]
    assert left_out.reason == "unreadable"
    assert left_out.wanted
