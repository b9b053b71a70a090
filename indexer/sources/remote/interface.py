"""What every store of files on the network can do, and the file of a dataset in one."""

from __future__ import annotations

import abc
import io
from collections.abc import Callable
from typing import BinaryIO, cast

from indexer.sources.dataset_file import DatasetFile
from indexer.sources.remote.ranges import RangeFile

__all__ = ["Connection", "RemoteFile"]


class Connection(abc.ABC):
    """An open file in a store. Threads may share it."""

    @abc.abstractmethod
    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`, in one attempt.

        Raises:
            InterruptionError: it may work when it is tried again.
            SourceError: it will not.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Give back what the connection holds."""


class RemoteFile(DatasetFile):
    """A file that is read by ranges. Nothing is stored on disk."""

    def __init__(
        self, address: str, size: int, mark: str, connect: Callable[[], Connection]
    ) -> None:
        """
        Args:
            address: as the user would write it; never a password or a token.
            mark: changes with the content: its hash, or what the store has in place of one.
            connect: can be pickled; other processes read the file, too.
        """
        self._address = address
        self._size = size
        self._mark = mark
        self._connect = connect
        self._content: RangeFile | None = None  # that is open
        folder, _, self.name = address.partition("?")[0].rpartition("/")
        self.folder = folder.rpartition("/")[2]

    def __str__(self) -> str:
        return self._address

    def mark(self) -> tuple[object, ...]:
        return self._size, self._mark

    def size(self) -> int:
        return self._size

    def ranges(self) -> RangeFile:
        """The content; its reader may say which ranges it is going to read."""
        connection = self._connect()

        def close() -> None:
            self._content = None
            connection.close()

        self._content = RangeFile(self._address, self._size, connection.read, close)
        return self._content

    def stop(self) -> None:
        if (content := self._content) is not None:
            content.stop()

    def open(self) -> BinaryIO:
        content = self.ranges()
        content.expect([(0, self._size)])
        return cast(BinaryIO, io.BufferedReader(content, 1 << 18))
