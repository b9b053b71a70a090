"""Files on disk. No link is followed, no device is opened, and no stated size is trusted."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from attribution.types import NewFile, Occurrence, Skip
from indexer.filters import FileFilter, Reason, is_vendored, skip, too_large
from indexer.licensing.repository import RepositoryLicenses
from indexer.sources.listing import FileEntry

__all__ = ["RepositoryInfo", "bytes_to_read", "load", "read_file", "try_read"]

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class RepositoryInfo(NamedTuple):
    """What all files of one repository share."""

    name: str
    revision: str | None = None
    origin: str = ""
    date: str | None = None
    prefix: str = ""  # added before each path, when the folder is part of a larger repository


def read_file(full: str, limit: int, hint: int = 1 << 16) -> bytes:
    """At most limit + 1 bytes of a regular file, `hint` being its likely size.

    Raises:
        OSError: it cannot be read, or is a link, even one that was created a moment ago.
    """
    handle = os.open(full, _FLAGS)
    try:
        content = os.read(handle, min(hint, limit) + 1)
        while 0 < len(content) <= limit and len(content) != hint:  # else it is all of the file
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
