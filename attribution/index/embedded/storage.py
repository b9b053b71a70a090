"""Bytes to disk and back: every file of the embedded index is written and opened here.

A file is written once, never changed. It is made durable (fsync) before its size and digest are
told, and what is not told is not part of the index.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from attribution.errors import IndexDamagedError, StorageError

__all__ = [
    "Sink",
    "StoredFile",
    "check_file",
    "expect",
    "file_in_the_way",
    "guarded",
    "map_file",
    "read_ahead",
    "reading",
    "storage_error",
    "stored_bytes",
    "sync_folder",
]

# What the operating system says when a disk, and not a program, is to blame.
_ERRNOS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO,
    errno.EMFILE, errno.ENFILE,
}  # fmt: skip

_CHUNK = 1 << 20  # bytes; blake2b and the disk are both content with 1 MiB


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What the manifest says of a file."""

    size: int  # bytes
    digest: str  # blake2b-128, hex


def storage_error(path: str | os.PathLike[str], reason: str) -> StorageError:
    """The error for a place that cannot be written."""
    return StorageError(
        f"cannot write {os.fspath(path)}: {reason}; the index is as it was at its last commit. "
        "Free space or mend the permissions, and start again: it goes on from there"
    )


@contextmanager
def guarded(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what the operating system says of a disk into StorageError."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _ERRNOS:
            raise storage_error(exc.filename or path, exc.strerror or str(exc)) from exc
        raise


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what the operating system says of a file that is read into an error of ours.

    That it is missing is let through: a compaction may have taken it away.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except PermissionError as exc:
        raise unreadable(exc.filename or path) from exc
    except (IsADirectoryError, NotADirectoryError) as exc:
        raise damaged(path, "there is a folder where a file should be, or a file for one") from exc
    except OSError as exc:
        if exc.errno in _ERRNOS:
            raise StorageError(
                f"cannot read {os.fspath(path)}: {exc.strerror}; mend the disk or raise the limit, "
                "and ask again"
            ) from exc
        raise


def unreadable(path: str | os.PathLike[str]) -> StorageError:
    """The error for a part of an index that this user may not read."""
    return StorageError(
        f"cannot read {os.fspath(path)}: permission denied; give this user read access to it, "
        "and to all of the index (`chmod -R a+rX` on its folder gives it to everybody)"
    )


def file_in_the_way(folder: Path) -> Path | None:
    """What is no folder of a folder and those that it lies in."""
    return next((p for p in (folder, *folder.parents) if p.exists() and not p.is_dir()), None)


def stored_bytes(path: Path) -> bytes:
    """All that a small file holds.

    Raises:
        FileNotFoundError: it is gone.
        IndexDamagedError, StorageError: it cannot be read.
    """
    with reading(path):
        return path.read_bytes()


class Sink:
    """A new file, written from front to back; a context manager that removes it on error."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.blake2b(digest_size=16)
        with guarded(path):
            self._file = path.open("xb", buffering=0)

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes. Unbuffered: callers write in large pieces."""
        view = memoryview(data).cast("B")
        self._digest.update(view)
        self.size += view.nbytes
        with guarded(self.path):
            while view:
                view = view[self._file.write(view) :]

    def close(self) -> StoredFile:
        """Make the file durable, and tell its size and digest."""
        with guarded(self.path):
            os.fsync(self._file.fileno())
            self._file.close()
        return StoredFile(self.size, self._digest.hexdigest())

    def discard(self) -> None:
        """Close and remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if not self._file.closed:
            self.discard()


def map_file(path: Path, stored: StoredFile, advice: int) -> mmap.mmap:
    """Map a file for reading.

    Raises:
        FileNotFoundError: it is gone (by a compaction perhaps: read the manifest again).
        IndexDamagedError: it has another size than the manifest says, or is a folder.
        StorageError: this user may not read it.
    """
    with reading(path), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size != stored.size:
            raise damaged(path, f"{size} bytes instead of {stored.size}")
        mapped = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    mapped.madvise(advice)
    return mapped


def expect(handle: int, start: int, size: int) -> None:
    """Have a part of an open file read into memory, without waiting; size 0 means to its end."""
    if hasattr(os, "posix_fadvise"):  # not on macOS
        os.posix_fadvise(handle, start, size, os.POSIX_FADV_WILLNEED)


def read_ahead(path: Path, limit: int) -> None:
    """Have a file of at most `limit` bytes read into memory, without waiting for it. A hint."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if os.fstat(handle).st_size <= limit:
            expect(handle, 0, 0)
    finally:
        os.close(handle)


def check_file(path: Path, stored: StoredFile) -> None:
    """Read a whole file and compare it with what the manifest says of it.

    Raises:
        IndexDamagedError: size or digest differ.
    """
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    with reading(path), path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    if size != stored.size:
        raise damaged(path, f"{size} bytes instead of {stored.size}")
    if digest.hexdigest() != stored.digest:
        raise damaged(path, "its bytes differ from its checksum")


def damaged(path: str | os.PathLike[str], what: str) -> IndexDamagedError:
    """The error for a damaged part of an index."""
    return IndexDamagedError(
        f"{os.fspath(path)} is damaged: {what}; restore the index from a copy, or build it anew "
        "with `whence index SOURCE... --to NEW_FOLDER`"
    )


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    with guarded(path):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
