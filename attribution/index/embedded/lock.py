"""`writer.lock`: at most one writer per index, on this machine.

The lock is the kernel's (flock), so a killed writer gives it back; the file's text only says who
has it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from attribution.errors import IndexLockedError
from attribution.index.embedded.storage import guarded

__all__ = ["WriterLock"]

NAME = "writer.lock"


class WriterLock:
    """Held from its making to `release`."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            IndexLockedError: another writer has it.
            StorageError: the folder cannot be written.
        """
        path = folder / NAME
        with guarded(path):
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            owner = os.pread(self._handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._handle)
            raise IndexLockedError(
                f"the index at {folder} is being written by process {owner}; "
                "wait until it has ended, or end it"
            ) from exc
        except OSError:
            os.close(self._handle)
            raise
        with guarded(path):
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back; calling it again does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
