"""Pipes and devices among the files that git would read: it opens them, and waits forever."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from attribution.git_environment import git_environment
from attribution.untrusted_files import is_file, read_regular_file

__all__ = ["MAX_CONFIG", "git_folders", "special_file"]

MAX_CONFIG = 1 << 20  # bytes; the configuration of a checkout has a few hundred
# In the root folder and from standard input, so that git reads no configuration of the checkout.
_LIST = ("git", "-C", "/", "config", "--file", "-", "--no-includes", "--null", "--list")
_SECONDS = 20.0  # for git to parse a file
_ANY_DEPTH = 1 << 20  # of folders; a folder of borrowed objects has one level
_MOST_FILES = 64  # of configuration that include each other; git itself stops at a depth of 10


def git_folders(checkout: Path) -> list[Path]:
    """The folder of a checkout's repository, and for a worktree that of the main one after it.

    Empty where there is none, or it cannot be read.
    """
    try:
        git = (checkout / ".git").resolve()
        if not git.is_dir():  # in a worktree or a submodule, a file points to the folder
            named = _text(git).partition("gitdir:")[2].strip()
            git = (checkout / named).resolve()
            if not named or not git.is_dir():
                return []
        common = git / "commondir"
        return [git, (git / _text(common).strip()).resolve()] if is_file(common) else [git]
    except (OSError, RuntimeError, ValueError):  # no permission, a loop of links, a NUL in a path
        return []


def special_file(checkout: Path) -> str | None:
    """Why git must not be run in a checkout: a sentence; None if it may.

    It would read a pipe or a device, by the files of its repository or what the settings in it
    name; or the settings are too many or too large to be looked at.
    """
    folders = git_folders(checkout)
    for path in chain.from_iterable(map(_specials, folders)):
        return f"{path} is a pipe or a device, not a file of git"
    pending = [folder / name for folder in folders for name in ("config", "config.worktree")]
    seen: set[Path] = set()
    while pending and len(seen) < _MOST_FILES:
        file = pending.pop()
        if file in seen:
            continue
        seen.add(file)
        try:
            settings = _settings(file)
        except FileNotFoundError:
            continue
        except (OSError, subprocess.SubprocessError) as error:
            return f"{file} could not be checked ({error}); make it smaller, or remove it"
        for key, value in settings:
            for base in (file.parent, checkout):
                named = base / os.path.expanduser(value)  # noqa: PTH111 - raises for unknown users
                if _is_special(named):
                    return f"{key} in {file} names {named}, a pipe or a device"
            if key.startswith("include") and key.endswith(".path"):
                pending.append(file.parent / os.path.expanduser(value))  # noqa: PTH111
    if pending:
        return f"{checkout} has more than {_MOST_FILES} files of configuration; remove some"
    return None


def _specials(git: Path) -> Iterator[str]:
    """The pipes and devices below a folder of a repository, and among the objects it borrows."""
    pending, seen = [(os.fspath(git), _ANY_DEPTH)], set[str]()
    while pending:
        folder, deeper = pending.pop()
        if folder in seen:
            continue
        seen.add(folder)
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending += [(entry.path, deeper - 1)] if deeper else []
                    elif not entry.is_file(follow_symlinks=False) and _is_special(entry.path):
                        yield entry.path
                    elif entry.name == "alternates":  # it names other folders of objects
                        named = _text(Path(entry.path)).splitlines()
                        objects = os.path.dirname(folder)  # noqa: PTH120
                        pending += [(os.path.join(objects, line), 1) for line in named]  # noqa: PTH118
        except (OSError, ValueError):  # git reports it
            continue


def _is_special(path: Path | str) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
        special = stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
        return special and not os.path.samefile(path, os.devnull)  # noqa: PTH121
    except (OSError, ValueError):
        return False


def _settings(file: Path) -> list[tuple[str, str]]:
    """Names and values in one file of configuration, without those that it includes.

    Raises:
        FileNotFoundError: there is no such file.
        OSError, SubprocessError: it is too large, cannot be read, or git takes too long.
    """
    content = read_regular_file(file, MAX_CONFIG)
    done = subprocess.run(
        _LIST, input=content, capture_output=True, timeout=_SECONDS, env=git_environment(),
        check=False,
    )  # fmt: skip
    settings = (entry.partition("\n") for entry in os.fsdecode(done.stdout).split("\0"))
    return [(key, value) for key, _, value in settings if value]


def _text(path: Path) -> str:
    return read_regular_file(path, MAX_CONFIG).decode("utf-8", "replace")
