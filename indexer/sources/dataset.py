"""What parquet files and JSONL files have in common."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Iterator

from attribution.types import NewFile, Skip
from indexer.sources.columns import Layout
from indexer.sources.dataset_file import DatasetFile
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint
from indexer.sources.rows import RowReader

__all__ = ["DatasetSource"]


class DatasetSource(Source):
    """One file of a dataset.

    A position is the number of a row or, where a row is a repository, "row:file". Both count from
    0 and name what is read next.
    """

    def __init__(self, kind: str, file: DatasetFile, options: SourceOptions) -> None:
        super().__init__(f"{kind}:{file}", options)
        self.file = file

    @abc.abstractmethod
    def layout(self) -> Layout | None:
        """What its columns mean; None when no row shows them.

        Raises:
            SourceError: the file cannot be read, or its columns are not those of a known corpus.
        """

    def fingerprint(self) -> str:
        return fingerprint(*self.file.mark(), self._options.selection)

    def total_bytes(self) -> int:
        return self.file.size()

    def stop(self) -> None:
        self.file.stop()
        self._options.contents.stop()

    def _row_reader(self, layout: Layout, before: Callable[[], int] = int) -> RowReader:
        return RowReader(layout, self._options, self.file.name, self.file.folder, before)


def parse_position(position: str | None) -> tuple[int, int]:
    """The row to start with, and how many of its files to pass over."""
    row, _, file = (position or "0").partition(":")
    return int(row), int(file or 0)


def positioned(
    rows: Iterable[list[NewFile | Skip]], start: str, after_each: Iterable[str]
) -> Iterator[SourceItem]:
    """The files of rows with their positions; a row is passed with the last of its files.

    Args:
        rows: as `RowReader.read` gives them.
        start: the position before the first of them.
        after_each: the position after each of them.
    """
    for files, following in zip(rows, after_each, strict=False):
        for file in files[:-1]:
            yield SourceItem(file, start)
        yield SourceItem(files[-1], following)
        start = following


def file_positions(row: int, first: int, count: int) -> list[str]:
    """The positions after `count` files of one row, from its file `first` to its last."""
    return [f"{row}:{file + 1}" for file in range(first, first + count - 1)] + [str(row + 1)]
