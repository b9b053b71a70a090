"""Files on disk, read with suspicion: no link is followed, no device is opened, no size trusted."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from attribution.types import NewFile, Occurrence, Skip
from indexer.filters import FileFilter, Reason, is_vendored, skip, too_large
from indexer.licensing.repository import RepositoryLicenses

__all__ = [
    "DiskFile",
    "Place",
    "admit",
    "bytes_to_read",
    "has_extension",
    "load",
    "read_file",
    "try_read",
    "unicode_path",
    "walk",
]

# Folders of version control: their contents are not files of the project.
_INTERNAL = frozenset((".git", ".hg", ".svn", ".bzr"))


class DiskFile(NamedTuple):
    """A directory entry that is not a folder."""

    path: str  # relative to the root of the walk, "/" between parts, always valid Unicode
    full: str  # as the operating system knows it
    size: int  # bytes; -1: neither a link nor a regular file could be looked at
    changed_ns: int
    regular: bool  # False for links, pipes, devices


class Place(NamedTuple):
    """What all files of one repository share."""

    repository: str
    revision: str | None = None
    origin: str = ""
    date: str | None = None
    prefix: str = ""  # put before each path, when the folder lies deeper in its repository


def walk(root: Path, leave_out: Collection[str] = ()) -> Iterator[DiskFile]:
    """All entries below a folder in a stable order, but for those whose full path is left out."""
    pending = [(os.fspath(root), "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda e: e.name)
        except OSError:
            yield DiskFile(unicode_path(prefix) or ".", folder, -1, 0, False)
            continue
        folders = []
        for entry in found:
            path = f"{prefix}{entry.name}"
            if leave_out and entry.path in leave_out:
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _INTERNAL:
                    folders.append((entry.path, path + "/"))
                continue
            try:
                known = entry.stat(follow_symlinks=False)
            except OSError:
                yield DiskFile(unicode_path(path), entry.path, -1, 0, False)
                continue
            regular = stat.S_ISREG(known.st_mode)
            yield DiskFile(
                unicode_path(path), entry.path, known.st_size, known.st_mtime_ns, regular
            )
        pending.extend(reversed(folders))


def unicode_path(path: str) -> str:
    """A path as text that any encoder takes; names that are not UTF-8 lose their odd bytes."""
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "replace")


def read_file(full: str, limit: int, hint: int = 1 << 16) -> bytes:
    """At most limit + 1 bytes of a regular file, `hint` being its likely size.

    OSError for a link, even one that only just became one.
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
    """The same, or None when there is no such file, or it is larger."""
    try:
        content = read_file(full, limit)
    except OSError:
        return None
    return content if len(content) <= limit else None


def has_extension(path: str) -> bool:
    """Whether a name has an extension; where that is of no language, the content is not read."""
    return path.rfind(".") > path.rfind("/") + 1


def bytes_to_read(file: DiskFile, rules: FileFilter) -> int:
    """What `load` will read of a file, as far as its name tells."""
    if not file.regular or not 0 <= file.size <= rules.max_file_size:
        return 0
    worth = not has_extension(file.path) or rules.language(file.path, b"") is not None
    return file.size if worth else 0


def load(
    file: DiskFile, place: Place, rules: FileFilter, licenses: RepositoryLicenses
) -> NewFile | Skip:
    """Read a file and judge it."""
    path = place.prefix + file.path
    name = file.path.rpartition("/")[2]
    if file.size < 0 or not file.regular:
        reason = Reason.UNREADABLE if file.size < 0 else Reason.LINK
        return skip(place.repository, path, reason)
    language = rules.language(file.path, b"")
    if language is None and has_extension(file.path):
        return skip(place.repository, path, Reason.NOT_CODE, name)
    if file.size > rules.max_file_size:
        detail = too_large(file.size, rules.max_file_size)
        return skip(place.repository, path, Reason.TOO_LARGE, detail)
    try:
        content = read_file(file.full, rules.max_file_size, file.size)
    except OSError as error:
        return skip(place.repository, path, Reason.UNREADABLE, error.strerror or "")
    return admit(content, file.path, language, place, rules, licenses)


def admit(
    content: bytes,
    path: str,
    language: str | None,
    place: Place,
    rules: FileFilter,
    licenses: RepositoryLicenses,
) -> NewFile | Skip:
    """Judge a content and name its occurrence; a `language` of None is asked of its `#!` line."""
    if language is None:
        language = rules.language(path, content[:256])
    refused = rules.judge(path, content, language)
    full_path = place.prefix + path
    if refused is not None or language is None:
        return skip(place.repository, full_path, *(refused or (Reason.NOT_CODE,)))
    return NewFile(
        content,
        language,
        Occurrence(
            repository=place.repository,
            path=full_path,
            revision=place.revision,
            origin=place.origin,
            date=place.date,
            vendored=is_vendored(path),
            license=licenses.of(path, content, language),
        ),
    )
