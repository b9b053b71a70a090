"""The entries of a folder and of all folders below it. Listing a tree does not look at its files.

A tree is listed once, and its names are kept: about twenty bytes a file, 20 MB for a million.
"""

from __future__ import annotations

import os
import stat
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from indexer.filters import Reason

__all__ = [
    "SEPARATOR",
    "FileEntry",
    "Folder",
    "files_of",
    "list_folders",
    "look_at",
    "unicode_path",
    "walk",
]

# Folders of version control: their contents are not files of the project.
_INTERNAL = frozenset((".git", ".hg", ".svn", ".bzr"))
SEPARATOR = "\0"  # in no name


class FileEntry(NamedTuple):
    """An entry of a folder or a commit that is not a folder itself."""

    path: str  # relative to the root of the source, "/" between parts, always valid Unicode
    key: str  # what `load` reads it by: the full path, as the operating system knows it
    size: int = 0  # bytes
    changed_ns: int = 0
    refusal: tuple[Reason, str] | None = None  # why it cannot be read: a link, a device, ...


@dataclass(slots=True)
class Folder:
    """The entries of one folder. Names are as the operating system knows them."""

    full: str  # its path
    prefix: str  # its path below the root, with "/" at the end; "" for the root
    joined: str = ""  # the names of all entries but folders, in order
    count: int = 0  # of these
    irregular: frozenset[str] = frozenset()  # those of them that are links or devices
    readable: bool = True
    inside: list[str] = field(default_factory=list)  # folders in it; emptied when they are listed
    has_git: bool = False  # an entry `.git`

    @property
    def names(self) -> list[str]:
        """The names of all entries but folders, in order."""
        return self.joined.split(SEPARATOR) if self.count else []

    @property
    def regular(self) -> str:
        """The names of files, joined."""
        if not self.irregular:
            return self.joined
        return SEPARATOR.join(name for name in self.names if name not in self.irregular)

    @property
    def entries(self) -> int:
        """How many entries `files_of` gives for it."""
        return self.count if self.readable else 1

    def keep(self, names: list[str]) -> None:
        """Forget the names of all other files."""
        self.joined, self.count = SEPARATOR.join(names), len(names)


def list_folders(root: str, leave_out: Collection[str] = ()) -> Iterator[Folder]:
    """All folders in a stable order, parents first, without entries whose full path is left out.

    The caller may remove names of `inside`: these folders are not listed.
    """
    left_out: dict[str, set[str]] = defaultdict(set)  # names by folder
    for path in leave_out:
        left_out[os.path.dirname(path)].add(os.path.basename(path))  # noqa: PTH119, PTH120
    pending = [Folder(root, "")]
    while pending:
        folder = pending.pop()
        _list(folder, left_out.get(folder.full, frozenset()))
        yield folder
        base = folder.full.rstrip("/")
        pending += (
            Folder(f"{base}/{name}", f"{folder.prefix}{name}/") for name in reversed(folder.inside)
        )
        folder.inside = []


def _list(folder: Folder, left_out: AbstractSet[str]) -> None:
    try:
        with os.scandir(folder.full) as listing:
            entries = list(listing)
            folder.inside = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
            names = [e.name for e in entries if e.is_file(follow_symlinks=False)]
    except OSError:
        folder.readable = False
        folder.inside = []
        return
    irregular: frozenset[str] = frozenset()
    if len(folder.inside) + len(names) < len(entries):
        known = {*folder.inside, *names}
        irregular = frozenset(e.name for e in entries if e.name not in known)
        names += irregular
    folder.has_git = ".git" in folder.inside or ".git" in names
    hidden = _INTERNAL | left_out
    folder.inside = sorted(name for name in folder.inside if name not in hidden)
    if left_out:
        names = [name for name in names if name not in left_out]
    folder.irregular = irregular - left_out
    folder.keep(sorted(names))


def files_of(folders: Iterable[Folder], numbers: range | None = None) -> Iterator[FileEntry]:
    """The files in folders, each looked at when it is its turn.

    Args:
        numbers: of the entries to give, of all; a folder that cannot be read is one entry.
    """
    first, last = (numbers.start, numbers.stop) if numbers is not None else (0, sys.maxsize)
    begin = 0
    for folder in folders:
        end = begin + folder.entries
        ours = slice(max(first - begin, 0), max(last - begin, 0))
        begin = end
        if end <= first or ours.stop == 0:
            continue
        if not folder.readable:
            unreadable = (Reason.UNREADABLE, "")
            yield FileEntry(unicode_path(folder.prefix) or ".", folder.full, refusal=unreadable)
            continue
        full, prefix = f"{folder.full.rstrip('/')}/", unicode_path(folder.prefix)
        for name in folder.names[ours]:
            yield look_at(full + name, prefix + unicode_path(name))


def walk(root: str) -> Iterator[FileEntry]:
    """All entries below a folder in a stable order."""
    return files_of(list_folders(root))


def look_at(full: str, path: str) -> FileEntry:
    """The entry for one full path, without following a link."""
    try:
        status = os.lstat(full)
    except OSError:
        return FileEntry(path, full, refusal=(Reason.UNREADABLE, ""))
    refusal = None if stat.S_ISREG(status.st_mode) else (Reason.LINK, "")
    return FileEntry(path, full, status.st_size, status.st_mtime_ns, refusal)


def unicode_path(path: str) -> str:
    """A path as valid Unicode; bytes that are not UTF-8 are replaced."""
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "replace")
