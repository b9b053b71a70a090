"""Parquet of generations, by batches of rows: a row group is never held whole."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from attribution.errors import InputError
from audit.inputs.columns import Columns, resolve
from audit.inputs.files import unicode_name
from audit.inputs.generations import Generations
from audit.inputs.interface import Input, InputOptions
from audit.types import Item, LeftOut

__all__ = ["ParquetInput"]

_BATCH = 64  # rows: of 4 MB each they are 256 MB; more of them were no faster
_BUFFER = 1 << 20  # bytes read at once, for each column


class ParquetInput(Input):
    """A parquet file."""

    def __init__(self, path: str, options: InputOptions, columns: Columns | None = None) -> None:
        self.title = unicode_name(path)
        self._path = path
        self._where = self.title.rpartition("/")[2]
        self._options = options
        self._columns = columns or Columns()

    def count(self) -> int | None:
        """Rows; None when a row may hold several completions."""
        with self._open() as file:
            columns = self._resolved(file)
            kind = file.schema_arrow.field(str(columns.completion).split(".")[0]).type
            return None if pa.types.is_nested(kind) else int(file.metadata.num_rows)

    def items(self) -> Iterator[Item | LeftOut]:
        with self._open() as file:
            columns = self._resolved(file)
            named = (columns.id, columns.prompt, columns.completion, columns.language)
            tops = {_top(name, file.schema_arrow.names) for name in named if name is not None}
            generations = Generations(columns, self._options, self._where)
            number = 0
            try:
                for batch in file.iter_batches(_BATCH, columns=sorted(tops), use_threads=False):
                    for row in batch.to_pylist():
                        number += 1
                        yield from generations.items(row, number)
            except (pa.ArrowException, OSError) as error:
                detail = f"row {number + 1}: the rest of the table cannot be read: {_said(error)}"
                name = f"{self._where}:{number + 1}"
                yield LeftOut(name, "unreadable", detail, wanted=True)

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self._path, buffer_size=_BUFFER, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.title} is no readable parquet: {_said(error)}") from error

    def _resolved(self, file: pq.ParquetFile) -> Columns:
        return resolve(self._columns, file.schema_arrow.names, self._where)


def _top(name: str, names: list[str]) -> str:
    """The column of the file that a name leads into."""
    return name if name in names else name.split(".", maxsplit=1)[0]


def _said(error: Exception) -> str:
    return str(error).partition("\n")[0]
