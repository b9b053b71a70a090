"""Parquet files of code.

Batches are small and read through a buffer, so memory depends on the batch and not on the row
group: The Stack v3 has row groups of gigabytes. Decoding releases the GIL.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, count, pairwise
from typing import Any

from attribution.errors import SourceError
from attribution.index.checkpoints import piece_name
from attribution.types import Skip
from indexer.filters import Reason
from indexer.sources.columns import Layout, recognize
from indexer.sources.dataset import DatasetSource, file_positions, parse_position, positioned
from indexer.sources.dataset_file import DatasetFile
from indexer.sources.interface import Source, SourceItem, SourceOptions
from indexer.sources.remote.interface import RemoteFile
from indexer.sources.remote.ranges import RangeFile
from indexer.sources.rows import Columns, RowReader

__all__ = ["ParquetSource"]

_BATCH = 4 << 20  # bytes, uncompressed, that a batch should have
_BUFFER = 1 << 20  # bytes read ahead, per column


class ParquetSource(DatasetSource):
    """One parquet file, or some of its row groups."""

    def __init__(self, file: DatasetFile, options: SourceOptions) -> None:
        super().__init__("parquet", file, options)
        self._groups = slice(None)
        self._share = 1.0  # of the bytes of the file

    def total_bytes(self) -> int:
        return int(super().total_bytes() * self._share)

    def pieces(self, size: int) -> Sequence[Source]:
        if super().total_bytes() < 2 * size:
            return (self,)
        try:
            with self._open() as (file, _):
                sizes = [max(group.total_byte_size, 1) for group in _groups(file)]
        except SourceError:
            if isinstance(self.file, RemoteFile):
                raise
            return (self,)  # damaged, for every machine; reported when it is read
        ends = [0, *accumulate(sizes)]
        most = max(1, super().total_bytes() // size)
        # A piece ends with the group in which its share of the bytes does.
        firsts = sorted({bisect_left(ends, ends[-1] * n // most) for n in range(most + 1)})
        if len(firsts) < 3:
            return (self,)
        pieces = []
        for number, (first, last) in enumerate(pairwise(firsts), 1):
            piece = ParquetSource(self.file, self._options)
            piece.name = piece_name(self.name, number, len(firsts) - 1)
            piece._groups = slice(first, last)
            piece._share = (ends[last] - ends[first]) / ends[-1]
            pieces.append(piece)
        return pieces

    def layout(self) -> Layout:
        with self._open() as (file, _):
            return self._layout(file)

    def _layout(self, file: Any) -> Layout:
        return recognize(_names(file.schema_arrow), self._options.mapping, str(self.file))

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, RangeFile | None]]:
        """The parquet file, and below it the remote one."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        remote = self.file.ranges() if isinstance(self.file, RemoteFile) else None
        try:
            content = str(self.file) if remote is None else remote
            try:
                file = pq.ParquetFile(content, buffer_size=_BUFFER, pre_buffer=False)
            except (pa.ArrowException, OSError) as error:
                raise SourceError(f"{self.file} is not a readable parquet file: {error}") from error
            with file:
                yield file, remote
        finally:
            if remote is not None:
                remote.close()

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        import pyarrow as pa

        first, passed = parse_position(start)
        with self._open() as (file, remote):
            layout = self._layout(file)
            reader = self._row_reader(layout)
            starts = [0, *accumulate(group.num_rows for group in _groups(file))]
            ours = range(file.num_row_groups)[self._groups]
            if remote is not None:
                ahead = [group for group in ours if starts[group + 1] > first]
                remote.expect(_ranges(file, layout, ahead))
            size, begin, rows = self.total_bytes(), starts[ours.start], starts[ours.stop]
            for group in ours:
                try:
                    for row, batch in _batches(file, group, starts[group], layout, first):
                        self.done_bytes = size * (row - begin) // (rows - begin)
                        yield from _items(batch, layout, reader, row, passed if row == first else 0)
                except (pa.ArrowException, OSError) as error:
                    end = starts[group + 1]
                    where = f"{self.file}#{starts[group]}-{end - 1}"  # others may be intact
                    yield SourceItem(Skip(where, Reason.UNREADABLE.value, str(error)), str(end))
            self.done_bytes = size


def _groups(file: Any) -> list[Any]:
    """The metadata of all row groups."""
    return [file.metadata.row_group(number) for number in range(file.num_row_groups)]


def _batches(
    file: Any, group: int, begin: int, layout: Layout, first: int
) -> Iterator[tuple[int, Any]]:
    """Batches of a row group that begins with row `begin`, from row `first` on; with their row."""
    metadata = file.metadata.row_group(group)
    if first >= begin + metadata.num_rows:
        return
    for batch in file.iter_batches(
        batch_size=_rows_at_once(metadata),
        row_groups=[group],
        columns=_leaves(file, layout),
        use_threads=False,  # the other core is sketching
    ):
        end = begin + batch.num_rows
        if first < end:
            row = max(first, begin)
            yield row, batch.slice(row - begin)
        begin = end


def _items(
    batch: Any, layout: Layout, reader: RowReader, row: int, passed: int
) -> Iterator[SourceItem]:
    """The items of a batch that begins with a row, without the first `passed` files of that row."""
    if layout.files is None:
        columns: Columns = {
            name: _read(_column(batch, name), name, layout) for name in layout.columns()
        }
        if layout.fetched:
            (columns,) = reader.with_contents([columns])
        yield from positioned(reader.read(columns, row), str(row), map(str, count(row + 1)))
        return
    repositories: Iterable[tuple[Columns, int]] = (
        _repository(batch.slice(number, 1), layout, layout.files, 0 if number else passed)
        for number in range(batch.num_rows)
    )
    if layout.fetched:
        listed, counts = zip(*repositories, strict=True)
        repositories = zip(reader.with_contents(listed), counts, strict=True)
    for number, (columns, files) in enumerate(repositories, row):
        after_each = file_positions(number, passed, files)
        yield from positioned(reader.read(columns, number), f"{number}:{passed}", after_each)
        passed = 0


def _repository(batch: Any, layout: Layout, list_column: str, passed: int) -> tuple[Columns, int]:
    """The files of a batch of one row, without the first `passed` of them; and their number."""
    files = _column(batch, list_column).flatten().slice(passed)
    columns: dict[str, Sequence[Any]] = {}
    for name in layout.columns():
        head, _, rest = name.partition(".")
        if head == list_column:
            columns[name] = _read(_field(files, rest), name, layout)
        else:
            columns[name] = _values(_column(batch, name)) * len(files)
    return columns, len(files)


def _read(array: Any, name: str, layout: Layout) -> list[Any]:
    """The values of a column; contents as bytes, and ids of contents as text."""
    return (_contents if name == layout.content and not layout.fetched else _values)(array)


def _names(schema: Any) -> list[str]:
    """All columns by dotted names; a list of structs is also listed as "name[]"."""
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
    paths = []
    for i in range(len(file.schema)):
        path = file.schema.column(i).path
        parts = path.split(".")
        # Lists add two levels, whose names depend on the writer.
        plain = [p for at, p in enumerate(parts) if not _is_list_level(parts, at)]
        if any(".".join(plain[:end]) in wanted for end in range(1, len(plain) + 1)):
            paths.append(path)
    return paths


def _ranges(file: Any, layout: Layout, groups: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Where the columns of a layout are in these row groups: start and stop."""
    wanted = set(_leaves(file, layout))
    for group in map(file.metadata.row_group, groups):
        for column in map(group.column, range(group.num_columns)):
            if column.path_in_schema in wanted:
                start = column.dictionary_page_offset or column.data_page_offset
                yield start, start + column.total_compressed_size


def _is_list_level(parts: list[str], at: int) -> bool:
    names = (("list", "element"), ("list", "item"), ("bag", "array_element"), ("list", "array"))
    return tuple(parts[at : at + 2]) in names or (at > 0 and tuple(parts[at - 1 : at + 1]) in names)


def _rows_at_once(group: Any) -> int:
    """Rows in a batch: hundreds of files, or one row of The Stack v3, which is a repository."""
    return max(1, min(4096, _BATCH * int(group.num_rows) // max(int(group.total_byte_size), 1)))


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
    """Contents as bytes: parquet does not check that its text is UTF-8."""
    import pyarrow as pa

    return _objects(array.cast(pa.large_binary()))


def _values(array: Any) -> list[Any]:
    """Python values; time stamps become days."""
    import pyarrow as pa

    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("s"), safe=False).cast(pa.date32())
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return array.to_pylist()  # type: ignore[no-any-return]
    try:
        return _objects(array)
    except (UnicodeDecodeError, pa.ArrowException):
        values = _objects(array.cast(pa.large_binary()))
        return [None if v is None else v.decode("utf-8", "replace") for v in values]


def _objects(array: Any) -> list[Any]:
    """Strings or bytes, and None for null: `to_pylist` in a tenth of the time."""
    return array.to_numpy(zero_copy_only=False).tolist()  # type: ignore[no-any-return]
