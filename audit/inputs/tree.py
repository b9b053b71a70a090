"""Folders and files, in a stable order: by name, folders where their names stand.

Links are not followed, except one that the user named. Folders of version control systems are
passed over without a word; what git ignores is left out by folder, not by file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from audit.inputs.checkout import is_bare, is_unfetched
from audit.inputs.files import Files, unicode_name, unreadable
from audit.inputs.ignoring import Level, level_above, level_of
from audit.inputs.interface import Input, InputOptions
from audit.inputs.selection import Selection
from audit.types import Item, LeftOut

__all__ = ["TreeInput"]

_VERSION_CONTROL = frozenset((".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "CVS"))
_MAX_COUNT = 100_000  # files; to count so many takes some seconds


_Folder = tuple[Iterator["os.DirEntry[str]"], Level | None]  # what is left of it, and its patterns


class _Met(NamedTuple):
    """A file that a walk met, not yet opened."""

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
            named: the user named the files among `paths` one by one; else they are a list that
                is chosen from by language, as a walk chooses.
        """
        self.root = root
        self.title = " ".join(unicode_name(path) for path in paths[:5])
        self._cut = len(root.rstrip("/")) + 1
        self._paths = list(dict.fromkeys(paths))
        self._options = options
        self._selection = Selection(options, root)
        self._named = named
        self.empty_is_fine = not named  # a list of what changed may hold no code
        # What is asked for by its own path is not met a second time by a walk.
        self._asked = frozenset(self._paths)

    def items(self) -> Iterator[Item | LeftOut]:
        files = Files(self._options, self._selection)
        for met in self._walk():
            yield met if isinstance(met, LeftOut) else files.take(*met[:2], named=met.named)

    def count(self) -> int | None:
        count = 0
        for _ in self._walk():
            count += 1
            if count > _MAX_COUNT:
                return None
        return count

    def _walk(self) -> Iterator[_Met | LeftOut]:
        for path in self._paths:
            # Path.is_dir raises where access is denied.
            if os.path.isdir(path) and (self._named or not os.path.islink(path)):  # noqa: PTH112, PTH114
                above = level_above(path) if self._options.gitignore else None
                yield from self._folder(path, above)
            else:
                yield _Met(path, self._name(path), self._named)

    def _folder(self, top: str, above: Level | None) -> Iterator[_Met | LeftOut]:
        """The files below a folder, in order. Not recursive: a tree may be of any depth."""
        left_out = None if top == self.root else self._selection.excluded(self._name(top) + "/")
        if left_out is not None:
            yield left_out
            return
        if is_bare(top):
            detail = "its files are packed away; audit a checkout of it"
            name = unicode_name(os.path.basename(top)) + "/"  # noqa: PTH119
            yield LeftOut(name, "bare repository", detail, wanted=True)
        opened = self._open(top, above)
        if isinstance(opened, LeftOut):
            yield opened
            return
        folders = [opened]
        while folders:
            entries, level = folders[-1]
            entry = next(entries, None)
            if entry is None:
                folders.pop()
                continue
            path = entry.path
            if path in self._asked or entry.name in _VERSION_CONTROL:
                continue
            name = self._name(path)
            if not entry.is_dir(follow_symlinks=False):
                yield self._ignored(path, name, level, folder=False) or _Met(path, name, False)
                continue
            name += "/"
            left_out = self._selection.excluded(name)
            left_out = left_out or self._ignored(path, name, level, folder=True)
            opened = left_out or self._open(path, level)
            if isinstance(opened, LeftOut):
                yield opened
            else:
                folders.append(opened)

    def _open(self, folder: str, above: Level | None) -> _Folder | LeftOut:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            return unreadable(self._name(folder) + "/", error)
        if not entries and is_unfetched(folder):
            detail = "not fetched: git submodule update --init, or submodules of actions/checkout"
            return LeftOut(self._name(folder) + "/", "submodule", detail)
        level = level_of(folder, above) if self._options.gitignore else None
        return iter(entries), level

    def _ignored(
        self, path: str, name: str, level: Level | None, *, folder: bool
    ) -> LeftOut | None:
        pattern = level.ignores(path, folder=folder) if level is not None else None
        return None if pattern is None else LeftOut(name, "ignored by git", unicode_name(pattern))

    def _name(self, path: str) -> str:
        return unicode_name(path[self._cut :])
