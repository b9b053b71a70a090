"""Parquet of generations, by batches of rows: a row group is never held whole."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from audit.inputs.columns import Columns, resolve
from audit.inputs.files import unicode_name
from audit.inputs.generations import Generations
from audit.inputs.interface import Input, InputOptions
from audit.inputs.parquet_rows import BATCH, open_parquet, said
from audit.types import Item, LeftOut

__all__ = ["ParquetInput"]


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
        with open_parquet(self._path) as file:
            columns = self._resolved(file)
            kind = file.schema_arrow.field(str(columns.completion).split(".")[0]).type
            return None if pa.types.is_nested(kind) else int(file.metadata.num_rows)

    def items(self) -> Iterator[Item | LeftOut]:
        with open_parquet(self._path) as file:
            columns = self._resolved(file)
            named = (columns.id, columns.prompt, columns.completion, columns.language)
            tops = {_top(name, file.schema_arrow.names) for name in named if name is not None}
            generations = Generations(columns, self._options, self._where)
            number = 0
            try:
                for batch in file.iter_batches(BATCH, columns=sorted(tops), use_threads=False):
                    for row in batch.to_pylist():
                        number += 1
                        yield from generations.items(row, number)
            except (pa.ArrowException, OSError) as error:
                detail = f"row {number + 1}: the rest of the table cannot be read: {said(error)}"
                name = f"{self._where}:{number + 1}"
                yield LeftOut(name, "unreadable", detail, wanted=True)

    def _resolved(self, file: pq.ParquetFile) -> Columns:
        return resolve(self._columns, file.schema_arrow.names, self._where)


def _top(name: str, names: list[str]) -> str:
    """The column of the file that a name leads into."""
    return name if name in names else name.split(".", maxsplit=1)[0]
