"""Folders and files, in a stable order: sorted by name, a folder's files in place of the folder.

Links are not followed, except one that the user named. Folders of version control systems are
skipped silently. A folder that git ignores is left out as a whole, not file by file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from attribution.untrusted_files import is_folder, is_link
from audit.inputs.checkout import is_bare, is_unfetched
from audit.inputs.files import Files, unicode_name, unreadable
from audit.inputs.ignoring import ignored_below, nothing_ignored
from audit.inputs.interface import Input, InputOptions
from audit.inputs.selection import Selection
from audit.types import Item, LeftOut

__all__ = ["TreeInput"]

_VERSION_CONTROL = frozenset((".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "CVS"))
_MAX_COUNT = 100_000  # files; counting that many takes a few seconds

# Remaining entries of a folder, and what git ignores in its checkout: path -> pattern.
_Folder = tuple[Iterator["os.DirEntry[str]"], Mapping[str, str]]


class _FoundFile(NamedTuple):
    """A file that is not opened yet."""

    path: str
    name: str
    named: bool


class TreeInput(Input):
    """Files and folders below a root."""

    def __init__(
        self, root: str, paths: Sequence[str], options: InputOptions, *, named: bool = True
    ) -> None:
        """Nothing is read yet.

        Args:
            root: an absolute path.
            paths: absolute paths within `root`.
            named: the user named each of `paths`; otherwise they are a list, from which files are
                selected by language as in a folder.
        """
        self.root = root
        self.title = " ".join(unicode_name(path) for path in paths[:5])
        self._cut = len(root.rstrip("/")) + 1
        self._paths = list(dict.fromkeys(paths))
        self._options = options
        self._selection = Selection(options, root)
        self._named = named
        self.empty_is_fine = not named  # a list of changed files may contain no code
        self._ignored_below = cache(ignored_below)  # `count` walks, too
        self._problems: dict[str, str] = {}  # name of a folder -> why nothing in it is ignored
        self._requested = frozenset(self._paths)  # not visited a second time within a folder

    def items(self) -> Iterator[Item | LeftOut]:
        files = Files(self._options, self._selection)
        for file in self._walk():
            if isinstance(file, LeftOut):
                yield file
            else:
                yield files.take(file.path, file.name, named=file.named)

    def count(self) -> int | None:
        count = 0
        for _ in self._walk():
            count += 1
            if count > _MAX_COUNT:
                return None
        return count

    def _walk(self) -> Iterator[_FoundFile | LeftOut]:
        for path in self._paths:
            if is_folder(path) and (self._named or not is_link(path)):
                yield from self._folder(path)
            else:
                yield _FoundFile(path, self._name(path), self._named)
        for name, problem in self._problems.items():
            yield nothing_ignored(name, problem)

    def _folder(self, top: str) -> Iterator[_FoundFile | LeftOut]:
        """The files below a folder, in order. Not recursive, so a tree may be of any depth."""
        left_out = None if top == self.root else self._selection.excluded(self._name(top) + "/")
        if left_out is not None:
            yield left_out
            return
        if is_bare(top):
            detail = "it stores its files packed; audit a checkout of it"
            name = unicode_name(os.path.basename(top)) + "/"  # noqa: PTH119
            yield LeftOut(name, "bare repository", detail, wanted=True)
        opened = self._open(top, None)
        if isinstance(opened, LeftOut):
            yield opened
            return
        folders = [opened]
        while folders:
            entries, ignored = folders[-1]
            entry = next(entries, None)
            if entry is None:
                folders.pop()
                continue
            path = entry.path
            if path in self._requested or entry.name in _VERSION_CONTROL:
                continue
            name = self._name(path)
            if not entry.is_dir(follow_symlinks=False):
                yield _left_out(name, ignored.get(path)) or _FoundFile(path, name, False)
                continue
            left_out = self._selection.excluded(f"{name}/")
            left_out = left_out or _left_out(f"{name}/", ignored.get(f"{path}/"))
            opened = left_out or self._open(path, ignored)
            if isinstance(opened, LeftOut):
                yield opened
            else:
                folders.append(opened)

    def _open(self, folder: str, ignored: Mapping[str, str] | None) -> _Folder | LeftOut:
        """The entries of a folder.

        Args:
            ignored: what git ignores in the checkout around it; None at the top of a walk.
        """
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            return unreadable(self._name(folder) + "/", error)
        if not entries and is_unfetched(folder):
            detail = "not fetched: git submodule update --init, or submodules of actions/checkout"
            return LeftOut(self._name(folder) + "/", "submodule", detail)
        if not self._options.gitignore:
            ignored = {}
        elif ignored is None or os.path.lexists(f"{folder}/.git"):
            ignored, problem = self._ignored_below(folder)
            if problem is not None:
                self._problems[f"{self._name(folder) or '.'}/"] = problem
        return iter(entries), ignored

    def _name(self, path: str) -> str:
        return unicode_name(path[self._cut :])


def _left_out(name: str, pattern: str | None) -> LeftOut | None:
    return None if pattern is None else LeftOut(name, "ignored by git", unicode_name(pattern))
