"""What a policy excludes is the same wherever one stands, and `--exclude` goes over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.inputs.interface import InputOptions
from audit.inputs.selection import Selection


def excluded(
    root: Path, folder: Path | None, name: str, *policy: str, asked: tuple[str, ...] = ()
) -> str | None:
    options = InputOptions(
        exclude=asked, policy_exclude=policy, policy_folder=None if folder is None else str(folder)
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
def test_patterns_hold_from_the_policys_folder(
    tmp_path: Path, pattern: str, name: str, hit: bool
) -> None:
    (tmp_path / "top" / "src").mkdir(parents=True)
    top = tmp_path / "top"
    told = f"by the policy's pattern {pattern!r}" if hit else None
    assert excluded(top, top, name, pattern) == told
    assert excluded(top, None, name, pattern) == told
    assert excluded(tmp_path, top, f"top/{name}", pattern) == told  # from above
    if name.startswith("src/"):  # from within
        assert excluded(top / "src", top, name.removeprefix("src/"), pattern) == told


def test_a_link_to_the_folder_is_the_folder(tmp_path: Path) -> None:
    (tmp_path / "top" / "src").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "top")
    assert excluded(tmp_path / "link" / "src", tmp_path / "top", "a.py", "/src/a.py")
    assert not excluded(tmp_path / "link" / "src", tmp_path / "top", "a.py", "/a.py")


def test_from_above_nothing_outside_is_excluded(tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    assert excluded(tmp_path, tmp_path / "top", "other/x.js", "*.js") is None
    assert excluded(tmp_path, tmp_path / "top", "top/", "/*") is None
    assert excluded(tmp_path, tmp_path / "top", "top/x.js", "*.js")


def test_what_is_asked_goes_over_the_policy(tmp_path: Path) -> None:
    assert excluded(tmp_path, tmp_path, "a/x.js", "*.js", asked=("!a/x.js",)) is None
    assert excluded(tmp_path, tmp_path, "b/x.js", "*.js", asked=("!a/x.js",))
    told = excluded(tmp_path, tmp_path, "a/x.js", "!a/", asked=("a/",))
    assert told == "by --exclude 'a/'"
    # it holds from where names do, not from the policy's folder
    (tmp_path / "src").mkdir()
    assert excluded(tmp_path / "src", tmp_path, "lib/a.py", asked=("/lib/",))
