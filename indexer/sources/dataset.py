"""What parquet files and JSONL files have in common."""

from __future__ import annotations

import abc
from pathlib import Path

from attribution.errors import SourceError
from indexer.sources.columns import Layout
from indexer.sources.interface import Source, SourceOptions, fingerprint

__all__ = ["DatasetSource"]


class DatasetSource(Source):
    """One file of a dataset."""

    def __init__(self, kind: str, path: Path, options: SourceOptions) -> None:
        super().__init__(f"{kind}:{path}")
        self.path = path
        self._options = options

    @abc.abstractmethod
    def layout(self) -> Layout | None:
        """What its columns mean; None when there is not a single row to tell it.

        Raises:
            SourceError: the file cannot be read, or has columns of no known corpus.
        """

    def fingerprint(self) -> str:
        try:
            known = self.path.stat()
        except OSError as error:
            raise SourceError(f"{self.path} cannot be read: {error.strerror}") from error
        return fingerprint(known.st_size, known.st_mtime_ns, self._options.marks)

    def total_bytes(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0
