"""`--since`: changes in a checkout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from attribution.errors import InputError
from audit.inputs import checkout as checkout_module
from audit.inputs import git
from audit.inputs.checkout import GitTooSlow
from audit.inputs.interface import InputOptions
from audit.inputs.opening import open_input
from audit.types import Item, LeftOut
from tests.support.audit_checkouts import Checkout


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "repo")
    made.commit(a__py="a = 1\nb = 2\n", b__py="x = 1\n", gone__py="g\n")
    return made


def since(checkout: Checkout, revision: str, *paths: str, **options: object) -> dict[str, bytes]:
    """The judged code of each file, or the reason why it is left out."""
    names = [str(checkout.folder / path) for path in paths or ("",)]
    given = open_input(names, InputOptions(**options), since=revision)  # type: ignore[arg-type]
    return {one.name: judged(one) for one in given.items()}


def judged(item: Item | LeftOut) -> bytes:
    if isinstance(item, LeftOut):
        return f"{item.reason}{' !' if item.wanted else ''}".encode()
    return b"".join(item.code[start:end] for start, end in item.judged or ((0, len(item.code)),))


def test_commits_index_tree_and_new_files_all_count(checkout: Checkout) -> None:
    start = checkout.commit()
    checkout.commit(a__py="a = 1\nb = 2\ncommitted = 3\n")
    checkout.write("staged.py", "staged = 4\n")
    checkout.git("add", "staged.py")
    checkout.write("b.py", "x = 1\nunstaged = 5\n")
    checkout.write("untracked ä.py", "untracked = 6\n")
    checkout.write("image.png", b"\x89PNG\0")
    checkout.write(".gitignore", "ignored.py\n")
    checkout.write("ignored.py", "i = 1\n")
    (checkout.folder / "gone.py").unlink()
    assert since(checkout, start) == {
        "a.py": b"committed = 3\n",
        "b.py": b"unstaged = 5\n",
        "staged.py": b"staged = 4\n",
        ".gitignore": b"data",
        "image.png": b"not code",
        "untracked ä.py": b"untracked = 6\n",
    }
    assert since(checkout, start, gitignore=False)["ignored.py"] == b"i = 1\n"
    assert since(checkout, start, exclude=("b.py",), languages=frozenset(("c",)))["b.py"] == (
        b"excluded"
    )


def test_the_whole_file_is_context(checkout: Checkout) -> None:
    checkout.write("a.py", "a = 1\nmiddle = 0\nb = 2\n")
    given = open_input([str(checkout.folder)], InputOptions(), since="HEAD")
    (item,) = given.items()
    assert item == Item("a.py", b"a = 1\nmiddle = 0\nb = 2\n", "python", ((6, 17),))
    assert given.root == str(checkout.folder)


def test_only_changes_of_a_moved_file_are_judged(checkout: Checkout) -> None:
    text = "".join(f"line_{n} = {n}\n" for n in range(30))
    checkout.commit(old__py=text)
    checkout.git("mv", "old.py", "new name.py")
    checkout.write("new name.py", text + "more = 1\n")
    assert since(checkout, "HEAD") == {"new name.py": b"more = 1\n"}


def test_since_the_merge_base(checkout: Checkout) -> None:
    checkout.git("checkout", "-qb", "feature")
    checkout.commit(mine__py="mine = 1\n")
    checkout.git("checkout", "-q", "main")
    checkout.commit(gone__py="theirs changed\n", theirs__py="t = 1\n")
    checkout.git("checkout", "-q", "feature")
    # Compared with the plain revision, the branch would seem to revert later changes of main.
    assert set(since(checkout, "main")) == {"mine.py", "gone.py"}
    for revision in ("main...", "main...HEAD"):
        assert since(checkout, revision) == {"mine.py": b"mine = 1\n"}


def test_paths_limit_and_the_working_directory_is_the_root(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("src/a.py", "src/deep/b.py", "lib/c.py", "new[1].py"):
        checkout.write(name, "x = 1\n")
    checkout.git("add", "src")
    assert set(since(checkout, "HEAD", "src", "new[1].py")) == {
        "src/a.py",
        "src/deep/b.py",
        "new[1].py",
    }
    assert set(since(checkout, "HEAD", "src")) == {"a.py", "deep/b.py"}
    monkeypatch.chdir(checkout.folder)
    assert set(since(checkout, "HEAD", "src")) == {"src/a.py", "src/deep/b.py"}
    monkeypatch.chdir("src/deep")
    everything = open_input([], InputOptions(), since="HEAD")
    assert {one.name for one in everything.items()} == {
        "src/a.py", "src/deep/b.py", "lib/c.py", "new[1].py",
    }  # fmt: skip
    assert {one.name for one in open_input(["."], InputOptions(), since="HEAD").items()} == {"b.py"}


def test_files_whose_changes_git_does_not_show(checkout: Checkout) -> None:
    checkout.commit(__gitattributes="*.py -diff\n")
    checkout.write("a.py", "a = 1\nb = 2\nhidden = 3\n")
    checkout.write("b.py", b"\0\0")
    found = since(checkout, "HEAD")
    assert found == {"a.py": b"a = 1\nb = 2\nhidden = 3\n", "b.py": b"binary !"}


def test_line_ends_that_git_converts(checkout: Checkout) -> None:
    checkout.git("config", "core.autocrlf", "true")
    checkout.write("a.py", b"a = 1\r\nb = 2\r\nc = 3\r\n")
    assert since(checkout, "HEAD") == {"a.py": b"c = 3\r\n"}


def test_conflict_markers_are_judged_like_code(checkout: Checkout) -> None:
    checkout.git("checkout", "-qb", "other")
    checkout.commit(a__py="a = 1\nb = 'other'\n")
    checkout.git("checkout", "-q", "main")
    checkout.commit(a__py="a = 1\nb = 'main'\n")
    with pytest.raises(subprocess.CalledProcessError):
        checkout.git("merge", "-q", "other")
    found = since(checkout, "HEAD")
    assert list(found) == ["a.py"]
    assert b"other" in found["a.py"] and b"b = 'main'" not in found["a.py"]


def test_nested_checkouts_are_left_out(checkout: Checkout) -> None:
    inner = Checkout(checkout.folder / "inner")
    inner.commit(a__py="inner = 1\n")
    assert since(checkout, "HEAD") == {"inner/": b"submodule"}


# ---- what is hostile ----


def test_configuration_runs_nothing_and_changes_nothing(checkout: Checkout, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    script.chmod(0o755)
    checkout.commit(__gitattributes="*.py diff=evil filter=evil.a=b\n")
    checkout.write("a.py", "a = 1\nb = 2\nc = 3\n")
    checkout.write("src/x.py", "x = 1\n")
    checkout.git("add", "src")
    for key, value in {
        "core.fsmonitor": str(script),
        "core.hooksPath": str(tmp_path),
        "core.pager": str(script),
        "diff.external": str(script),
        "diff.evil.textconv": str(script),
        "diff.evil.command": str(script),
        "filter.evil.a=b.clean": str(script),
        "filter.evil.a=b.process": str(script),
        "filter.evil.a=b.required": "true",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.srcPrefix": "zz/",
        "diff.relative": "true",
        "diff.renames": "false",
        "diff.context": "7",
        "diff.interHunkContext": "9",
        "diff.orderFile": "/nowhere",
        "diff.wordRegex": ".",
        "diff.submodule": "log",
        "diff.suppressBlankEmpty": "true",
        "color.ui": "always",
        "color.diff": "always",
        "core.quotePath": "false",
    }.items():
        checkout.git("config", key, value)
    assert since(checkout, "HEAD") == {"a.py": b"c = 3\n", "src/x.py": b"x = 1\n"}
    assert not trap.exists()


@pytest.mark.parametrize(
    "revision",
    ["--output=owned", "-O/etc/passwd", "--no-index", "--all", "nothing", "", "HEAD:a.py", "$(x)"],
)
def test_only_revisions_are_accepted(checkout: Checkout, revision: str) -> None:
    with pytest.raises(InputError, match=r"knows no revision|one revision"):
        since(checkout, revision)
    there = sorted(path.name for path in checkout.folder.iterdir())
    assert there == [".git", "a.py", "b.py", "gone.py"]


def test_in_the_environment_of_a_hook(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Checkout(tmp_path / "elsewhere")
    elsewhere.commit(z__py="z = 1\n")
    monkeypatch.setenv("GIT_DIR", str(elsewhere.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(elsewhere.folder / ".git" / "index"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    (checkout.folder / "a.py").write_text("a = 1\nb = 2\nc = 3\n")
    assert since(checkout, "HEAD") == {"a.py": b"c = 3\n"}


def test_from_above_a_checkout(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    start = checkout.commit()
    checkout.write("src/new.py", "n = 1\n")
    monkeypatch.chdir(checkout.folder.parent)
    for paths in (["repo"], ["repo/src"], ["repo/src/new.py", "repo/a.py"]):
        found = list(open_input(paths, InputOptions(), since=start).items())
        assert [one.name for one in found] == ["src/new.py"]
    outer = Checkout(checkout.folder.parent)
    outer.commit(z__py="z = 1\n")
    found = list(open_input(["repo"], InputOptions(), since=start).items())
    assert [one.name for one in found] == ["src/new.py"]


# ---- errors that say what to do ----


def test_a_bare_repository(checkout: Checkout, tmp_path: Path) -> None:
    checkout.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    with pytest.raises(InputError, match=r"is a bare repository.*git worktree add"):
        list(open_input([str(tmp_path / "bare.git")], InputOptions(), since="HEAD").items())


def test_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not in a git checkout"):
        list(open_input([str(tmp_path)], InputOptions(), since="HEAD").items())


def test_no_git(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout.folder))
    with pytest.raises(InputError, match=r"git is not installed.*--diff -"):
        since(checkout, "HEAD")


def test_shallow_clones(checkout: Checkout, tmp_path: Path) -> None:
    first = checkout.git("rev-parse", "HEAD").strip()
    checkout.commit(c__py="c = 1\n")
    checkout.git("clone", "-q", "--depth=1", f"file://{checkout.folder}", str(tmp_path / "shallow"))
    shallow = Checkout(tmp_path / "shallow")
    with pytest.raises(InputError, match=r"knows no revision.*fetch-depth: 0"):
        since(shallow, first)
    shallow.git("fetch", "-q", "--depth=1", "origin", first)
    with pytest.raises(InputError, match=r"no common commit.*fetch-depth: 0"):
        since(shallow, f"{first}...")
    assert since(shallow, first) == {"c.py": b"c = 1\n"}


@pytest.mark.parametrize("revision", ["a..b", "main...other", "..", "...", "...main"])
def test_ranges(checkout: Checkout, revision: str) -> None:
    with pytest.raises(InputError, match=r"write REV, or REV\.\.\."):
        since(checkout, revision)


def test_a_failure_in_the_middle_is_an_error(checkout: Checkout) -> None:
    """An incomplete diff must not be taken for a small one."""
    checkout.write("a.py", "a = 1\nb = 2\nc = 3\n")
    blob = checkout.git("rev-parse", "HEAD:b.py").strip()
    checkout.write("b.py", "x = 1\ny = 2\n")
    path = checkout.folder / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    with pytest.raises(InputError, match="git diff failed in"):
        since(checkout, "HEAD")


def test_leaving_early_ends_git(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):  # more than the buffer of a pipe
        checkout.write(f"f{number}.py", "x = 1\n" * 3000)
    checkout.git("add", "-A")
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(real(*arguments, **options))
        return started[-1]

    given = open_input([str(checkout.folder)], InputOptions(), since="HEAD").items()
    with monkeypatch.context() as patched:
        patched.setattr(checkout_module.subprocess, "Popen", popen)
        assert next(given).name == "f0.py"
    assert started[-1].returncode is None
    given.close()  # type: ignore[attr-defined]
    assert started[-1].returncode is not None


def test_a_pattern_that_git_backtracks_on_is_reported(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "SECONDS", 1.0)
    (checkout.folder / ("a" * 200 + ".py")).write_text("x\n")
    (checkout.folder / ".gitignore").write_text("*a" * 12 + "*b\n")
    found = since(checkout, "HEAD")
    assert found["a" * 200 + ".py"] == b"x\n"
    assert b"unread ignore rules" in found["./"]


def test_a_stream_that_stays_silent_is_an_error(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout_module, "_SILENT", 0.5)
    (checkout.folder / "a.py").write_text("changed\n")
    os.mkfifo(checkout.folder / ".gitattributes")
    with pytest.raises(GitTooSlow, match=r"git diff gave no answer for 0\.5 s.*a pipe"):
        since(checkout, "HEAD")
