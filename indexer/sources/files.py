"""Files on disk. No link is followed, no device is opened, and no stated size is trusted."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from attribution.types import NewFile, Occurrence, Skip
from indexer.filters import FileFilter, Reason, is_vendored, skip, too_large
from indexer.licensing.repository import RepositoryLicenses

__all__ = [
    "FileEntry",
    "RepositoryInfo",
    "bytes_to_read",
    "load",
    "look_at",
    "read_file",
    "try_read",
    "unicode_path",
    "walk",
]

# Folders of version control: their contents are not files of the project.
_INTERNAL = frozenset((".git", ".hg", ".svn", ".bzr"))


class FileEntry(NamedTuple):
    """An entry of a folder or a commit that is not a folder itself."""

    path: str  # relative to the root of the source, "/" between parts, always valid Unicode
    key: str  # what `load` reads it by: the full path, as the operating system knows it
    size: int = 0  # bytes
    changed_ns: int = 0
    refusal: tuple[Reason, str] | None = None  # why it cannot be read: a link, a device, ...


class RepositoryInfo(NamedTuple):
    """What all files of one repository share."""

    name: str
    revision: str | None = None
    origin: str = ""
    date: str | None = None
    prefix: str = ""  # added before each path, when the folder is part of a larger repository


def walk(root: Path, leave_out: Collection[str] = ()) -> Iterator[FileEntry]:
    """All entries below a folder in a stable order, except those whose full path is left out."""
    pending = [(os.fspath(root), "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda e: e.name)
        except OSError:
            unreadable = (Reason.UNREADABLE, "")
            yield FileEntry(unicode_path(prefix) or ".", folder, refusal=unreadable)
            continue
        folders = []
        for entry in entries:
            if leave_out and entry.path in leave_out:
                continue
            path = f"{prefix}{entry.name}"
            if not entry.is_dir(follow_symlinks=False):
                yield look_at(entry.path, unicode_path(path))
            elif entry.name not in _INTERNAL:
                folders.append((entry.path, path + "/"))
        pending.extend(reversed(folders))


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


def read_file(full: str, limit: int, hint: int = 1 << 16) -> bytes:
    """At most limit + 1 bytes of a regular file, `hint` being its likely size.

    Raises:
        OSError: it cannot be read, or is a link, even one that was created a moment ago.
    """
    handle = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        content = os.read(handle, min(hint, limit) + 1)
        while 0 < len(content) <= limit:
            more = os.read(handle, limit + 1 - len(content))
            if not more:
                break
            content += more
        return content
    finally:
        os.close(handle)


def try_read(full: str, limit: int = 1 << 20) -> bytes | None:
    """The content of a file, or None when there is no such file or it is larger than the limit."""
    try:
        content = read_file(full, limit)
    except OSError:
        return None
    return content if len(content) <= limit else None


def bytes_to_read(file: FileEntry, rules: FileFilter) -> int:
    """How much `load` will read of a file, judging by its name."""
    if file.refusal is not None or file.size > rules.max_file_size:
        return 0
    return 0 if _has_unknown_extension(file.path, rules.language(file.path, b"")) else file.size


def load(
    file: FileEntry,
    repository: RepositoryInfo,
    rules: FileFilter,
    licenses: RepositoryLicenses,
    read: Callable[[FileEntry, int], bytes] = lambda file, limit: read_file(
        file.key, limit, file.size
    ),
) -> NewFile | Skip:
    """Read a file and judge it. `read` takes an entry and a limit, and may raise OSError."""
    path = repository.prefix + file.path

    def left_out(reason: Reason, detail: str = "") -> Skip:
        return skip(repository.name, path, reason, detail)

    if file.refusal is not None:
        return left_out(*file.refusal)
    language = rules.language(file.path, b"")
    if _has_unknown_extension(file.path, language):
        return left_out(Reason.NOT_CODE, file.path.rpartition("/")[2])
    if file.size > rules.max_file_size:
        return left_out(Reason.TOO_LARGE, too_large(file.size, rules.max_file_size))
    try:
        content = read(file, rules.max_file_size)
    except OSError as error:
        return left_out(Reason.UNREADABLE, error.strerror or "")
    if language is None:
        language = rules.language(file.path, content[:256])  # by its `#!` line
    refusal = rules.judge(file.path, content, language)
    if refusal is not None or language is None:
        return left_out(*(refusal or (Reason.NOT_CODE,)))
    stated = licenses.of(file.path, content, language)
    return NewFile(
        content,
        language,
        Occurrence(
            repository=repository.name,
            path=path,
            revision=repository.revision,
            origin=repository.origin,
            date=repository.date,
            vendored=is_vendored(file.path),
            license=stated.license,
            holders=stated.holders,
            notice=stated.notice,
        ),
    )


def _has_unknown_extension(path: str, language: str | None) -> bool:
    """Whether the extension belongs to no language; such a file is not opened."""
    return language is None and path.rfind(".") > path.rfind("/") + 1
