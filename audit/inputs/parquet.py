"""Parquet files, read in batches of rows: a row group is never held as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from attribution.errors import InputError
from audit.inputs.columns import Columns, resolve
from audit.inputs.files import unicode_name
from audit.inputs.generations import Generations
from audit.inputs.interface import Input, InputOptions
from audit.types import Item, LeftOut

__all__ = ["ParquetInput", "parquet_rows"]

_BATCH = 64  # rows; 256 MB at 4 MB each. Larger batches were not faster.
_BUFFER = 1 << 20  # bytes read at once, for each column


class ParquetInput(Input):
    """A parquet file of generations."""

    def __init__(self, path: str, options: InputOptions, columns: Columns | None = None) -> None:
        self.title = unicode_name(path)
        self._path = path
        self._where = self.title.rpartition("/")[2]
        self._options = options
        self._columns = columns or Columns()

    def count(self) -> int | None:
        """Number of rows; None if a row may hold several completions."""
        with _open(self._path) as file:
            columns = self._resolved(file)
            kind = file.schema_arrow.field(str(columns.completion).split(".")[0]).type
            return None if pa.types.is_nested(kind) else int(file.metadata.num_rows)

    def items(self) -> Iterator[Item | LeftOut]:
        with _open(self._path) as file:
            columns = self._resolved(file)
            there = file.schema_arrow.names
            named = (columns.id, columns.prompt, columns.completion, columns.language)
            tops = {name if name in there else name.split(".")[0] for name in named if name}
            generations = Generations(columns, self._options, self._where)
            number = 0
            try:
                for batch in file.iter_batches(_BATCH, columns=sorted(tops), use_threads=False):
                    for row in batch.to_pylist():
                        number += 1
                        yield from generations.items(row, number)
            except (pa.ArrowException, OSError) as error:
                name = f"{self._where}:{number + 1}"
                detail = (
                    f"row {number + 1}: the rest of the table cannot be read: {_first_line(error)}"
                )
                yield LeftOut(name, "unreadable", detail, wanted=True)

    def _resolved(self, file: pq.ParquetFile) -> Columns:
        return resolve(self._columns, file.schema_arrow.names, self._where)


def parquet_rows(path: str) -> Iterator[dict[str, Any]]:
    """Each row with all of its columns, by name.

    Raises:
        InputError: the file is not readable parquet.
    """
    with _open(path) as file:
        try:
            for batch in file.iter_batches(_BATCH, use_threads=False):
                yield from batch.to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, error) from error


def _open(path: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> InputError:
    return InputError(f"{unicode_name(path)} is not readable parquet: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
