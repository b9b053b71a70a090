"""`DatasetFile`: the file of a dataset, wherever it is."""

from __future__ import annotations

import abc
from pathlib import Path
from typing import BinaryIO

from attribution.errors import SourceError

__all__ = ["DatasetFile", "LocalFile"]


class DatasetFile(abc.ABC):
    """A file that can be read from any position. Its `str` is how messages name it."""

    name: str  # the last part of its path
    folder: str  # the name of the folder that it is in

    @abc.abstractmethod
    def mark(self) -> tuple[object, ...]:
        """Values that change with the content, without reading it.

        Raises:
            SourceError: the file cannot be read.
        """

    @abc.abstractmethod
    def size(self) -> int:
        """Bytes; 0 if the file does not exist any more."""

    def stop(self) -> None:  # noqa: B027  (a local file is not waited for)
        """Make reading it in another thread fail soon."""

    @abc.abstractmethod
    def open(self) -> BinaryIO:
        """The content, buffered, from its beginning.

        Raises:
            SourceError: the file cannot be read. Reading may raise it too.
        """


class LocalFile(DatasetFile):
    """A file on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.folder = path.parent.name

    def __str__(self) -> str:
        return str(self.path)

    def mark(self) -> tuple[object, ...]:
        try:
            status = self.path.stat()
        except OSError as error:
            raise SourceError(f"{self.path} cannot be read: {error.strerror}") from error
        return status.st_size, status.st_mtime_ns

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise SourceError(f"{self.path} cannot be read: {error.strerror}") from error
