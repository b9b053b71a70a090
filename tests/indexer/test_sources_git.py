"""Checkouts of git: the files of HEAD, pinned to its commit, not those of the working tree."""

from __future__ import annotations

import os
import pickle
import subprocess
from pathlib import Path

import pytest
from identify.vendor.licenses import LICENSES

from attribution.errors import SourceError
from attribution.types import NewFile, Skip
from indexer.sources import SourceOptions, open_sources
from indexer.sources.git import GitSource, _Objects, web_address

CODE = "print('hello')\n"
ME = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(root: Path, *arguments: str, date: str = "2020-01-02T12:00:00Z") -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        env={**os.environ, **ME, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(root: Path, files: dict[str, str | bytes], date: str = "2020-01-02T12:00:00Z") -> str:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x", date=date)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "work tree"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


def read(root: Path) -> tuple[dict[str, NewFile], dict[str, Skip]]:
    files: dict[str, NewFile] = {}
    skips: dict[str, Skip] = {}
    for source in open_sources(str(root)):
        for file, _ in source.read():
            if isinstance(file, Skip):
                skips[file.name] = file
            else:
                files[file.occurrence.path] = file
    return files, skips


def test_a_checkout_is_its_commit(checkout: Path) -> None:
    commit(checkout, {"old.py": CODE, "Cargo.toml": '[package]\nlicense = "MIT/Apache-2.0"\n'})
    head = commit(checkout, {"src/new.py": CODE, "vendor/x.c": "int x;\n"}, "2023-05-06T12:00:00Z")
    git(checkout, "remote", "add", "origin", "git@github.com:owner/name.git")
    (checkout / "old.py").write_text("changed = True\n")
    (checkout / "untracked.py").write_text(CODE)
    files, _ = read(checkout)
    assert set(files) == {"old.py", "src/new.py", "vendor/x.c", "Cargo.toml"}
    occurrence = files["src/new.py"].occurrence
    assert occurrence.repository == "owner/name"
    assert occurrence.origin == "https://github.com/owner/name"
    assert occurrence.revision == head
    assert occurrence.stars is None
    assert files["old.py"].content == CODE.encode()  # as committed, so that the citation is right
    assert files["old.py"].occurrence.date == "2020-01-02"
    assert occurrence.date == "2023-05-06"
    assert (occurrence.license.expression, occurrence.license.evidence) == (
        "MIT OR Apache-2.0",
        "package metadata",
    )
    assert files["vendor/x.c"].occurrence.vendored


def test_a_token_in_the_remote_is_not_stored(checkout: Path) -> None:
    commit(checkout, {"a.py": CODE})
    git(checkout, "remote", "add", "origin", "https://user:ghp_secret@github.com/o/n.git")
    (source,) = open_sources(str(checkout))
    items = list(source.read())
    exposed = repr((items, source.name, source.fingerprint()))
    assert "https://github.com/o/n" in exposed
    assert "secret" not in exposed


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/o/n.git", "https://github.com/o/n"),
        ("https://github.com/o/n/", "https://github.com/o/n"),
        ("http://tok@host.example:8080/a/b.git", "https://host.example:8080/a/b"),
        ("git@github.com:o/n.git", "https://github.com/o/n"),
        ("gitlab.com:group/sub/n", "https://gitlab.com/group/sub/n"),
        ("ssh://git@gitlab.com:2222/g/n.git", "https://gitlab.com/g/n"),
        ("git://git.example.org/n.git", "https://git.example.org/n"),
        ("git+ssh://u:p@h.example/n", "https://h.example/n"),
        ("/srv/git/n.git", ""),
        ("../n", ""),
        ("C:/work/n", ""),
        ("file:///srv/n.git", ""),
        ("https://[broken/n", ""),
        ("https://host:port/n", ""),
        ("", ""),
    ],
)
def test_addresses(remote: str, expected: str) -> None:
    assert web_address(remote) == expected


def test_without_a_remote_the_folder_names_it(checkout: Path) -> None:
    commit(checkout, {"a.py": CODE})
    occurrence = read(checkout)[0]["a.py"].occurrence
    assert (occurrence.repository, occurrence.origin) == ("work tree", "")


@pytest.mark.parametrize("name", ["with space.py", "new\nline.py", "ta\tb.py", "ünï.py", '"q".py'])
def test_odd_names(checkout: Path, name: str) -> None:
    commit(checkout, {name: CODE})
    files, _ = read(checkout)
    assert set(files) == {name}
    assert files[name].occurrence.date == "2020-01-02"


def test_entries_that_are_not_files_of_code_are_reported(checkout: Path) -> None:
    (checkout / "link.py").symlink_to("/etc/passwd")
    commit(checkout, {"big.py": "#" * 2_000_000, "b.py": b"\0", "x.bin": b"\0", "e.py": ""})
    files, skips = read(checkout)
    assert not files
    assert {n.partition("/")[2]: s.reason for n, s in skips.items()} == {
        "link.py": "link",
        "big.py": "too large",
        "b.py": "binary",
        "x.bin": "not code",
        "e.py": "empty",
    }


def test_many_checkouts_in_a_folder(tmp_path: Path) -> None:
    for name in ("a", "deep/b"):
        root = tmp_path / name
        root.mkdir(parents=True)
        git(root, "init", "-q")
        commit(root, {f"{root.name}.py": CODE})
    (tmp_path / "loose.py").write_text(CODE)
    (tmp_path / "deep/broken/.git").mkdir(parents=True)
    sources = open_sources(str(tmp_path))
    kinds = [s.name.partition(":")[0] for s in sources]
    assert sorted(kinds) == ["folder", "git", "git", "git"]
    (broken,) = [s for s in sources if s.name.endswith("broken")]
    with pytest.raises(SourceError, match=r"broken is not a readable checkout: git rev-parse"):
        broken.fingerprint()


@pytest.fixture
def parent(checkout: Path, tmp_path: Path) -> Path:
    """A checkout with a submodule, which has one itself; the commits of both are checked out."""
    repositories = {}
    for name, inner in (("inner", None), ("lib", "inner"), ("checkout", "lib")):
        root = checkout if name == "checkout" else tmp_path / "origins" / name
        root.mkdir(parents=True, exist_ok=True)
        if root != checkout:
            git(root, "init", "-q", "-b", "main")
        commit(root, {f"{name}.py": CODE + f"# {name}\n"})
        if inner:
            add = ("-c", "protocol.file.allow=always", "submodule", "add", "-q")
            git(root, *add, str(repositories[inner]), f"deps/{inner}")
            git(root, "commit", "-q", "-m", "x")
        repositories[name] = root
    allowed = ("-c", "protocol.file.allow=always")
    git(checkout, *allowed, "submodule", "update", "-q", "--init", "--recursive")
    return checkout


def test_submodules_are_repositories_of_their_own(parent: Path) -> None:
    library = parent / "deps/lib"
    git(library, "remote", "set-url", "origin", "https://github.com/them/lib.git")
    assert (library / ".git").is_file()
    names = [source.name for source in open_sources(str(parent))]
    assert names == [f"git:{parent}", f"git:{library}", f"git:{library}/deps/inner"]
    files, skips = read(parent)
    assert set(files) == {"checkout.py", "lib.py", "inner.py"}
    occurrence = files["lib.py"].occurrence
    assert occurrence.repository == "them/lib"
    assert occurrence.revision == git(library, "rev-parse", "HEAD")
    assert skips["work tree/deps/lib"].reason == "submodule"


def test_a_submodule_that_is_not_checked_out_is_only_reported(parent: Path) -> None:
    git(parent, "submodule", "deinit", "-q", "--all", "--force")
    files, skips = read(parent)
    assert set(files) == {"checkout.py"}
    assert skips["work tree/deps/lib"].reason == "submodule"


@pytest.mark.parametrize("way", ["file", "link", "commondir"])
def test_a_git_file_in_a_tree_leads_to_no_foreign_repository(
    parent: Path, tmp_path: Path, way: str
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    git(secret, "init", "-q")
    commit(secret, {"secret.py": CODE + "# secret\n"})
    tree = tmp_path / "tree"
    (tree / "plain").mkdir(parents=True)
    (tree / "plain/own.py").write_text(CODE)
    for folder in (parent / "deps/lib", tree / "plain"):
        target = folder / ".git"
        target.unlink(missing_ok=True)
        if way == "file":
            target.write_text(f"gitdir: {secret}/.git\n")
        elif way == "link":
            target.symlink_to(secret / ".git")
        else:
            target.mkdir()
            (target / "HEAD").write_bytes((secret / ".git/HEAD").read_bytes())
            (target / "commondir").write_text(f"{secret}/.git\n")
    assert set(read(parent)[0]) == {"checkout.py"}
    assert set(read(tree)[0]) == {"plain/own.py"}


def test_a_worktree_that_the_user_names_is_read_with_its_submodules(
    parent: Path, tmp_path: Path
) -> None:
    worktree = tmp_path / "worktree"
    git(parent, "worktree", "add", "-q", str(worktree))
    allowed = ("-c", "protocol.file.allow=always")
    git(worktree, *allowed, "submodule", "update", "-q", "--init")
    files, _ = read(worktree)
    assert set(files) == {"checkout.py", "lib.py"}
    # below a named folder, its repository lies outside of what was named
    above = tmp_path / "above"
    above.mkdir()
    worktree.rename(above / "worktree")
    git(parent, "worktree", "repair", str(above / "worktree"))
    assert [source.name for source in open_sources(str(above))] == [f"folder:{above}"]


def test_a_checkout_without_a_commit(checkout: Path) -> None:
    with pytest.raises(SourceError, match="not a readable checkout"):
        GitSource(checkout, SourceOptions()).fingerprint()


def test_a_missing_object_is_reported(checkout: Path) -> None:
    commit(checkout, {"a.py": CODE, "b.py": CODE * 2})
    name = git(checkout, "rev-parse", "HEAD:a.py")
    (checkout / ".git/objects" / name[:2] / name[2:]).unlink()
    files, skips = read(checkout)
    assert set(files) == {"b.py"}
    assert skips["work tree/a.py"].reason == "unreadable"
    assert name in skips["work tree/a.py"].detail


def test_an_object_at_which_git_exits_costs_no_other_file(checkout: Path) -> None:
    noise = "".join(f"value = '{os.urandom(30).hex()}'\n" for _ in range(1000))
    commit(checkout, {"a.py": CODE, "b.py": noise, "c.py": CODE * 2})
    name = git(checkout, "rev-parse", "HEAD:b.py")
    stored = checkout / ".git/objects" / name[:2] / name[2:]
    content = bytearray(stored.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20] = bytes(20)
    stored.chmod(0o644)
    stored.write_bytes(content)
    files, skips = read(checkout)
    assert set(files) == {"a.py", "c.py"}
    assert name in skips["work tree/b.py"].detail


def test_git_that_was_killed_is_started_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.sources.git._SMALLEST_PIECE", 1)
    mit = dict(LICENSES)["MIT"]
    commit(checkout, {**{f"{i}.py": CODE * i for i in range(1, 9)}, "LICENSE": mit})
    pieces = GitSource(checkout, SourceOptions()).pieces(1000)
    assert len(pieces) > 1
    started = []

    class Killed(_Objects):
        def __init__(self, root: Path) -> None:
            super().__init__(root)
            started.append(root)
            self._process.kill()
            self._process.wait()

    monkeypatch.setattr("indexer.sources.git._Objects", Killed)
    files = [
        item.file for piece in pieces for item in piece.read() if isinstance(item.file, NewFile)
    ]
    assert len(started) == len(pieces)
    assert len(files) == 8
    assert {file.occurrence.license.expression for file in files} == {"MIT"}


def test_reading_resumes_after_any_item(checkout: Path) -> None:
    commit(checkout, {f"{i}.py": CODE * i for i in range(4)})
    items = list(GitSource(checkout, SourceOptions()).read())
    assert len(items) == 4
    for at, item in enumerate(items):
        assert list(GitSource(checkout, SourceOptions()).read(item.position)) == items[at + 1 :]


@pytest.mark.parametrize("size", [8_000, 30_000, 10**9])
def test_the_pieces_of_a_checkout_are_the_checkout(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("indexer.sources.git._SMALLEST_PIECE", 1)
    mit = dict(LICENSES)["MIT"]
    commit(
        checkout,
        {**{f"d/{i}.py": CODE * i for i in range(9)}, "LICENSE": mit},
        "2019-01-02T12:00:00Z",
    )
    commit(checkout, {"e.py": CODE})
    (whole,) = open_sources(str(checkout))
    files = [item.file for item in whole.read()]
    pieces = whole.pieces(size)
    assert (len(pieces) > 1) == (size < 10**9)
    found = []
    for piece in pickle.loads(pickle.dumps(pieces)):  # as another process gets them
        assert piece.fingerprint() == whole.fingerprint()
        items = list(piece.read())
        found += [item.file for item in items]
        for at, item in enumerate(items):
            assert list(piece.read(item.position)) == items[at + 1 :]
    assert found == files


def test_the_fingerprint_follows_the_commit(checkout: Path) -> None:
    commit(checkout, {"a.py": CODE})
    before = GitSource(checkout, SourceOptions()).fingerprint()
    (checkout / "a.py").write_text("dirty = 1\n")
    assert GitSource(checkout, SourceOptions()).fingerprint() == before
    commit(checkout, {"b.py": CODE})
    assert GitSource(checkout, SourceOptions()).fingerprint() != before


def test_a_hostile_configuration_runs_nothing(checkout: Path, tmp_path: Path) -> None:
    commit(checkout, {"a.py": CODE})
    trap, sprung = tmp_path / "trap.sh", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch '{sprung}'\n")
    trap.chmod(0o755)
    for key in ("gpg.program", "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external"):
        git(checkout, "config", key, str(trap))
    git(checkout, "config", "log.showSignature", "true")
    (checkout / ".gitattributes").write_text("*.py diff=trap filter=trap\n")
    git(checkout, "config", "diff.trap.textconv", str(trap))
    git(checkout, "config", "filter.trap.smudge", str(trap))
    sprung.unlink(missing_ok=True)  # git's own commands above may have met the trap
    assert set(read(checkout)[0]) == {"a.py"}
    assert not sprung.exists()


def test_variables_of_a_git_hook_are_ignored(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(checkout, {"a.py": CODE})
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_WORK_TREE", "/nowhere")
    assert set(read(checkout)[0]) == {"a.py"}


def test_a_notice_may_name_a_file_that_is_not_there(checkout: Path) -> None:
    commit(checkout, {"LICENSE": "MIT License\n", "a.c": "/* See copyright notice in b.h */\n"})
    license_ = read(checkout)[0]["a.c"].occurrence.license
    assert license_.expression == "MIT"
    assert license_.conflict is not None and "not identified" in license_.conflict
