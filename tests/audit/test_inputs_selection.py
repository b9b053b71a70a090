"""A policy excludes the same files wherever it is run, and `--exclude` overrides it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.inputs.interface import InputOptions
from audit.inputs.selection import Selection


def excluded(
    root: Path, folder: Path | None, name: str, *policy: str, exclude: tuple[str, ...] = ()
) -> str | None:
    options = InputOptions(
        exclude=exclude,
        policy_exclude=policy,
        policy_folder=None if folder is None else str(folder),
    )
    found = Selection(options, str(root)).excluded(name)
    return None if found is None else found.detail


@pytest.mark.parametrize(
    ("pattern", "name", "hit"),
    [
        ("/lib/", "lib/a.py", True),
        ("/lib/", "lib/", True),
        ("/lib/", "src/lib/a.py", False),
        ("src/lib/", "src/lib/a.py", True),
        ("*.min.js", "web/x.min.js", True),
        ("/src/", "src/web/a.js", True),
        ("/web/", "src/web/a.js", False),
    ],
)
def test_patterns_are_relative_to_the_folder_of_the_policy(
    tmp_path: Path, pattern: str, name: str, hit: bool
) -> None:
    (tmp_path / "top" / "src").mkdir(parents=True)
    top = tmp_path / "top"
    reason = f"by the policy's pattern {pattern!r}" if hit else None
    assert excluded(top, top, name, pattern) == reason
    assert excluded(top, None, name, pattern) == reason
    assert excluded(tmp_path, top, f"top/{name}", pattern) == reason  # from above
    if name.startswith("src/"):  # from within
        assert excluded(top / "src", top, name.removeprefix("src/"), pattern) == reason


def test_a_link_to_the_folder_is_the_folder(tmp_path: Path) -> None:
    (tmp_path / "top" / "src").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "top")
    assert excluded(tmp_path / "link" / "src", tmp_path / "top", "a.py", "/src/a.py")
    assert not excluded(tmp_path / "link" / "src", tmp_path / "top", "a.py", "/a.py")


def test_patterns_do_not_exclude_files_outside_of_the_policys_folder(tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    assert excluded(tmp_path, tmp_path / "top", "other/x.js", "*.js") is None
    assert excluded(tmp_path, tmp_path / "top", "top/", "/*") is None
    assert excluded(tmp_path, tmp_path / "top", "top/x.js", "*.js")


def test_exclude_overrides_the_policy(tmp_path: Path) -> None:
    assert excluded(tmp_path, tmp_path, "a/x.js", "*.js", exclude=("!a/x.js",)) is None
    assert excluded(tmp_path, tmp_path, "b/x.js", "*.js", exclude=("!a/x.js",))
    reason = excluded(tmp_path, tmp_path, "a/x.js", "!a/", exclude=("a/",))
    assert reason == "by --exclude 'a/'"
    # relative to the root of names, not to the policy's folder
    (tmp_path / "src").mkdir()
    assert excluded(tmp_path / "src", tmp_path, "lib/a.py", exclude=("/lib/",))
