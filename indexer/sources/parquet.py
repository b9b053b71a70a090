"""Parquet files of code; the only file that imports pyarrow.

Batches are small and read through a buffer, so that memory follows the batch and not the row
group: The Stack v3 has row groups of gigabytes. Decoding releases the GIL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attribution.errors import SourceError
from attribution.types import Skip
from indexer.filters import Reason
from indexer.sources.columns import Layout, recognize
from indexer.sources.interface import Source, SourceItem, SourceOptions, fingerprint
from indexer.sources.rows import RowReader

__all__ = ["ParquetSource"]

_BATCH = 4 << 20  # bytes, uncompressed, that a batch should have
_BUFFER = 1 << 20  # bytes read ahead, per column


class ParquetSource(Source):
    """One parquet file. A position is "row" or, where a row is a list of files, "row:file"."""

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__(f"parquet:{path}")
        self._path = path
        self._options = options

    def fingerprint(self) -> str:
        try:
            known = self._path.stat()
        except OSError as error:
            raise SourceError(f"{self._path} cannot be read: {error.strerror}") from error
        return fingerprint(known.st_size, known.st_mtime_ns, self._options)

    def total_bytes(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(self._path, buffer_size=_BUFFER, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"{self._path} is no readable parquet file: {error}") from error
        with file:
            layout = recognize(_names(file.schema_arrow), self._options.mapping, str(self._path))
            reader = RowReader(layout, self._options, self._path.name, self._path.parent.name)
            try:
                yield from self._items(file, layout, reader, start)
            except (pa.ArrowException, OSError) as error:
                # What came before is good; a resumed run would meet the same damage again.
                damage = f"the rest of the file cannot be read: {error}"
                yield SourceItem(
                    Skip(str(self._path), Reason.UNREADABLE.value, damage),
                    str(file.metadata.num_rows),
                )

    def _items(
        self, file: Any, layout: Layout, reader: RowReader, start: str | None
    ) -> Iterator[SourceItem]:
        rows = file.metadata.num_rows
        done, _, inside = (start or "0").partition(":")
        first, after = int(done), int(inside or 0)
        groups, first_of_groups = _groups_from(file, first)
        size = self._path.stat().st_size
        batches = file.iter_batches(
            batch_size=_rows_at_once(file.metadata),
            row_groups=groups,
            columns=_leaves(file, layout),
            use_threads=False,  # the sketching has the other core
        )
        at = first_of_groups
        for whole in batches:
            skipped = min(max(first - at, 0), whole.num_rows)
            batch = whole.slice(skipped)
            at += skipped
            if layout.files is None:
                columns = {
                    name: (_contents if name == layout.content else _values)(_column(batch, name))
                    for name in layout.columns()
                }
                before = str(at)
                for what in reader.read(columns, at):
                    at += 1
                    for one in what[:-1]:  # a row is done with its last occurrence
                        yield SourceItem(one, before)
                    before = str(at)
                    yield SourceItem(what[-1], before)
            else:
                for row in range(batch.num_rows):
                    yield from self._nested(batch.slice(row, 1), layout, reader, at, after)
                    at, after = at + 1, 0
            self.done_bytes = size * at // max(rows, 1)

    def _nested(
        self, row: Any, layout: Layout, reader: RowReader, number: int, after: int
    ) -> Iterator[SourceItem]:
        """The files of one row, from the file `after` on."""
        assert layout.files is not None
        files = _column(row, layout.files).flatten()
        count = len(files) - after
        if count <= 0:
            yield from ()
            return
        files = files.slice(after)
        columns: dict[str, Sequence[Any]] = {}
        for name in layout.columns():
            head, _, rest = name.partition(".")
            if name == layout.content:
                columns[name] = _contents(_field(files, rest))
            elif head == layout.files:
                columns[name] = _values(_field(files, rest))
            else:
                columns[name] = _values(_column(row, name)) * count
        for done, what in enumerate(reader.read(columns, number), after + 1):
            # After the last file the row is done, and the next row is where to go on.
            position = f"{number}:{done}" if done < after + count else str(number + 1)
            before = f"{number}:{done - 1}"
            for one in what[:-1]:
                yield SourceItem(one, before)
            yield SourceItem(what[-1], position)


def _names(schema: Any) -> list[str]:
    """All columns by dotted names, a list of structs also as "name[]"."""
    import pyarrow as pa

    names = []

    def visit(prefix: str, fields: Any) -> None:
        for field in fields:
            name = prefix + field.name
            kind = field.type
            names.append(name)
            if pa.types.is_list(kind) or pa.types.is_large_list(kind):
                kind = kind.value_type
                if pa.types.is_struct(kind):
                    names.append(f"{name}[]")
            if pa.types.is_struct(kind):
                visit(name + ".", [kind.field(i) for i in range(kind.num_fields)])

    visit("", schema)
    return names


def _leaves(file: Any, layout: Layout) -> list[str]:
    """The parquet paths of the columns of a layout: "files.list.element.content" and the like."""
    wanted = set(layout.columns())
    found = []
    for i in range(len(file.schema)):
        path = file.schema.column(i).path
        parts = path.split(".")
        # Lists add two levels of their own, whose names depend on the writer.
        plain = [p for at, p in enumerate(parts) if not _is_list_level(parts, at)]
        if any(".".join(plain[:end]) in wanted for end in range(1, len(plain) + 1)):
            found.append(path)
    return found


def _is_list_level(parts: list[str], at: int) -> bool:
    names = (("list", "element"), ("list", "item"), ("bag", "array_element"), ("list", "array"))
    return tuple(parts[at : at + 2]) in names or (at > 0 and tuple(parts[at - 1 : at + 1]) in names)


def _rows_at_once(metadata: Any) -> int:
    """Rows that make a batch: hundreds of files, or the one repository of a row of The Stack v3."""
    groups = range(metadata.num_row_groups)
    total = sum(int(metadata.row_group(i).total_byte_size) for i in groups)
    return max(1, min(4096, _BATCH * int(metadata.num_rows) // max(total, 1)))


def _groups_from(file: Any, row: int) -> tuple[list[int], int]:
    """The row groups from the one that holds a row on, and the number of their first row."""
    at = 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if row < at + rows:
            return list(range(group, file.num_row_groups)), at
        at += rows
    return [], at


def _column(batch: Any, name: str) -> Any:
    head, _, rest = name.partition(".")
    if name in batch.schema.names:
        return batch.column(name)
    return _field(batch.column(head), rest)


def _field(array: Any, name: str) -> Any:
    """A field of a struct array; null where the struct is null."""
    import pyarrow.compute as pc

    return pc.struct_field(array, name.split("."))


def _contents(array: Any) -> list[Any]:
    """Bytes: parquet does not check that its text is UTF-8, and we do not need it to be."""
    import pyarrow as pa

    return array.cast(pa.large_binary()).to_pylist()  # type: ignore[no-any-return]


def _values(array: Any) -> list[Any]:
    """Python values; of times the day."""
    import pyarrow as pa

    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("s"), safe=False).cast(pa.date32())
    try:
        return array.to_pylist()  # type: ignore[no-any-return]
    except UnicodeDecodeError:
        found = array.cast(pa.large_binary()).to_pylist()
        return [None if v is None else v.decode("utf-8", "replace") for v in found]
