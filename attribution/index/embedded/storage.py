"""Bytes to disk and back: every file of the embedded index is written and opened here.

A file is written once and never changed. It is made durable (fsync) before the manifest records
its size and digest. A file that the manifest does not record is not part of the index.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
from collections.abc import Iterator, Sequence
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
    "link_file",
    "map_file",
    "not_deleted",
    "pieces",
    "reading",
    "storage_error",
    "stored_bytes",
    "sync_folder",
]

_READ_AHEAD = 1 << 20  # bytes that the system reads ahead for one request: Linux may read no more

# Errors of the operating system that are caused by a disk, not by a program.
_ERRNOS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO,
    errno.EMFILE, errno.ENFILE,
}  # fmt: skip


# Errors of linking where copying may do.
_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EACCES}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the manifest records it."""

    size: int  # bytes
    digest: str  # blake2b-128, hex


def storage_error(path: str | os.PathLike[str], reason: str) -> StorageError:
    """The error for a file that cannot be written."""
    return StorageError(
        f"cannot write {os.fspath(path)}: {reason}; the index is as it was at its last commit. "
        "Free space or fix the permissions, and start again: the run resumes from there"
    )


@contextmanager
def guarded(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an error of the operating system into StorageError."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _ERRNOS:
            raise storage_error(exc.filename or path, exc.strerror or str(exc)) from exc
        raise


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an error of the operating system while reading into an error of ours.

    FileNotFoundError is let through: a compaction may have removed the file.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except PermissionError as exc:
        raise unreadable(exc.filename or path) from exc
    except (IsADirectoryError, NotADirectoryError) as exc:
        raise damaged(path, "it is a folder instead of a file, or the other way round") from exc
    except OSError as exc:
        if exc.errno in _ERRNOS:
            raise StorageError(
                f"cannot read {os.fspath(path)}: {exc.strerror}; fix the disk or raise the limit, "
                "and try again"
            ) from exc
        raise


def unreadable(path: str | os.PathLike[str]) -> StorageError:
    """The error for a file that this user may not read."""
    return StorageError(
        f"cannot read {os.fspath(path)}: permission denied; give this user read access to it, "
        "and to all of the index (`chmod -R a+rX` on its folder gives access to all users)"
    )


def not_deleted(paths: Sequence[Path]) -> StorageError:
    """The error for files and folders that should be gone."""
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return StorageError(
        f"the index is compacted, but {paths[0]}{more} could not be deleted, so removed content "
        "may still be on the disk; end other processes that use the index (a network disk keeps "
        "files that are open), give this user write access to all of it, and compact again"
    )


def file_in_the_way(folder: Path) -> Path | None:
    """The first of a folder and its parents that exists but is not a folder."""
    return next((p for p in (folder, *folder.parents) if p.exists() and not p.is_dir()), None)


def stored_bytes(path: Path) -> bytes:
    """The content of a small file.

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
        """Make the file durable, and return its size and digest."""
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


def link_file(source: Path, target: Path, stored: StoredFile) -> None:
    """Give a file a second name; where there are no links, or on another disk, copy it.

    Args:
        stored: what a copy must be.

    Raises:
        IndexDamagedError: the copy differs.
        StorageError: it cannot be written.
    """
    try:
        target.hardlink_to(source)
    except OSError as exc:
        if exc.errno not in _NO_LINK:
            with guarded(target):
                raise
    else:
        return
    with Sink(target) as sink, reading(source), source.open("rb", buffering=0) as file:
        while chunk := file.read(1 << 22):
            sink.write(chunk)
        written = sink.close()
    if written != stored:
        raise damaged(source, "its bytes differ from its checksum")


def map_file(path: Path, stored: StoredFile, advice: int) -> mmap.mmap:
    """Map a file for reading.

    Raises:
        FileNotFoundError: it is gone, perhaps by a compaction: read the manifest again.
        IndexDamagedError: its size is not that of the manifest, or it is a folder.
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
    """Start reading a part of an open file into memory, without waiting."""
    if hasattr(os, "posix_fadvise"):  # not on macOS
        for at, piece in pieces(start, size):
            os.posix_fadvise(handle, at, piece, os.POSIX_FADV_WILLNEED)


def pieces(start: int, size: int) -> Iterator[tuple[int, int]]:
    """Offsets and sizes of the parts of a file that can be read ahead in one request each."""
    for at in range(start, start + size, _READ_AHEAD):
        yield at, min(_READ_AHEAD, start + size - at)


def check_file(path: Path, stored: StoredFile) -> None:
    """Read a whole file and compare it with the record in the manifest.

    Raises:
        IndexDamagedError: size or digest differ.
    """
    with reading(path), path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
    if size != stored.size:
        raise damaged(path, f"{size} bytes instead of {stored.size}")
    if digest.hexdigest() != stored.digest:
        raise damaged(path, "its bytes differ from its checksum")


def damaged(path: str | os.PathLike[str], problem: str) -> IndexDamagedError:
    """The error for a damaged part of an index."""
    return IndexDamagedError(
        f"{os.fspath(path)} is damaged: {problem}; restore the index from a copy, or rebuild it "
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
