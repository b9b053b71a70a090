"""JSON Lines, plain, .gz or .zst: each line is a file of code, or a repository with its files.

A piece of a large file has the lines that begin in a range of its bytes. The numbers of its lines
count from its beginning; where one is shown, the lines before are counted.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from functools import cache, partial
from itertools import islice, pairwise
from typing import Any, BinaryIO

import zstandard

from attribution.errors import SourceError
from attribution.index.checkpoints import piece_name
from attribution.types import Skip
from attribution.zstd_frames import ZstdFrames
from indexer.filters import Reason, too_large
from indexer.sources.columns import Layout, recognize
from indexer.sources.dataset import DatasetSource, file_positions, parse_position, positioned
from indexer.sources.dataset_file import DatasetFile, LocalFile
from indexer.sources.interface import Source, SourceItem, SourceOptions
from indexer.sources.rows import RowReader

__all__ = ["JsonLinesSource"]

# Longer lines are not held in memory; a whole repository in one line has some 10 MB.
_MAX_LINE = 64 << 20
_BLOCK = 1 << 20  # bytes read at once to count lines
_SAMPLE = 100  # lines; one of them has to be an object, whose keys say what the others mean
_COMPRESSED = (".gz", ".zst")
_DAMAGE = (EOFError, OSError, zlib.error, zstandard.ZstdError)  # of a compressed stream


class JsonLinesSource(DatasetSource):
    """One file of JSON Lines, or a piece of it; a row is a line."""

    def __init__(self, file: DatasetFile, options: SourceOptions) -> None:
        super().__init__("jsonl", file, options)
        self._range: tuple[int, int] | None = None  # bytes, of a piece
        self._layout: Layout | None = None  # else known from the first object on

    def total_bytes(self) -> int:
        return super().total_bytes() if self._range is None else self._range[1] - self._range[0]

    def pieces(self, size: int) -> Sequence[Source]:
        total = self.total_bytes()
        count = total // size
        # A remote file is read as a stream, and in a compressed one, no line can be found.
        if (
            count < 2
            or not isinstance(self.file, LocalFile)
            or self.file.name.lower().endswith(_COMPRESSED)
        ):
            return (self,)
        record, layout = self._first_record(), None
        with suppress(SourceError):  # unknown keys, for every machine; reported when it is read
            layout = None if record is None else self._recognized(record)
        if layout is None or layout.occurrences[0].path is None:  # files are named by their lines
            return (self,)
        pieces = []
        for number, span in enumerate(pairwise(total * n // count for n in range(count + 1)), 1):
            piece = copy(self)
            piece.name = piece_name(self.name, number, count)
            piece._range, piece._layout = span, layout
            pieces.append(piece)
        return pieces

    def layout(self) -> Layout | None:
        record = self._first_record()
        return None if record is None else self._recognized(record)

    def _first_record(self) -> dict[str, Any] | None:
        with self.file.open() as raw, _decompressed(raw, self.file.name) as stream:
            try:
                for line in islice(_lines(stream), _SAMPLE):
                    record = _record(line)
                    if isinstance(record, dict):
                        return record
            except _DAMAGE as error:
                raise SourceError(f"{self.file} cannot be read: {error}") from error
        return None

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        first, passed = parse_position(start)
        layout, reader = self._layout, None
        begin, end = self._range or (0, None)
        row = -1
        with self.file.open() as raw, _decompressed(raw, self.file.name) as stream:
            before: Callable[[], int] = int
            try:
                if begin:  # the line that the byte before belongs to is another piece's
                    before = partial(self._lines_before, begin)
                    stream.seek(begin - 1)
                    next(_lines(stream), None)
                    before = cache(partial(self._lines_before, stream.tell()))
                for row, line in enumerate(_lines(stream, end)):
                    at = raw.tell()
                    self.done_bytes = (at if end is None else min(at, end)) - begin
                    if not line.strip() or (row < first and layout is not None):
                        continue
                    record = _record(line)
                    if not isinstance(record, dict):
                        if row >= first:
                            reason, detail = record
                            name = f"{self.file}:{before() + row + 1}"
                            yield SourceItem(Skip(name, reason.value, detail), str(row + 1))
                        continue
                    if layout is None:
                        layout = self._recognized(record)
                    if reader is None:
                        reader = self._row_reader(layout, before)
                    if row >= first:
                        yield from _files(
                            record, layout, reader, row, passed if row == first else 0
                        )
            except _DAMAGE as error:
                where = str(self.file)
                with suppress(OSError):  # the lines before may not be readable either
                    where += f":{before() + row + 2}"
                detail = f"the rest of the file cannot be read: {error}"
                yield SourceItem(Skip(where, Reason.UNREADABLE.value, detail), str(row + 1))
            else:
                self.done_bytes = self.total_bytes()

    def _lines_before(self, start: int) -> int:
        """How many lines of the file end before a byte."""
        with self.file.open() as raw:
            sizes = (min(_BLOCK, start - at) for at in range(0, start, _BLOCK))
            return sum(raw.read(size).count(b"\n") for size in sizes)

    def _recognized(self, record: dict[str, Any]) -> Layout:
        # A record may lack any mapped key but the content.
        mapping = self._options.mapping
        names = _keys(record) + [column for field, column in mapping if field != "content"]
        layout = recognize(names, mapping, str(self.file))
        if layout.fetched:
            raise SourceError(
                f"{self.file} has no contents, only their ids, which are fetched for parquet files "
                "only; convert it to parquet, or add the contents"
            )
        return layout


def _files(
    record: dict[str, Any], layout: Layout, reader: RowReader, row: int, passed: int
) -> Iterator[SourceItem]:
    """The items of one line, without its first `passed` files."""
    records = [record]
    if layout.files is not None:
        listed = record.get(layout.files)
        files = listed[passed:] if isinstance(listed, list) else []
        records = [{**record, layout.files: file} for file in files]
    columns = {name: [_at(r, name) for r in records] for name in layout.columns()}
    after_each = file_positions(row, passed, len(records))
    yield from positioned(reader.read(columns, row + 1), f"{row}:{passed}", after_each)


def _record(line: bytes) -> dict[str, Any] | tuple[Reason, str]:
    """The object of a line, or why there is none."""
    if len(line) > _MAX_LINE:
        return Reason.TOO_LARGE, too_large(len(line), _MAX_LINE)
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Reason.NOT_DECODABLE, f"not UTF-8 at byte {error.start}"
    except (ValueError, RecursionError) as error:
        return Reason.MALFORMED, f"not JSON: {error}"
    return record if isinstance(record, dict) else (Reason.MALFORMED, "not a JSON object")


def _keys(record: dict[str, Any], prefix: str = "") -> list[str]:
    """All keys by dotted names; a list of objects is also listed as "name[]"."""
    names = []
    for key, value in record.items():
        name = prefix + key
        names.append(name)
        inner = value
        if isinstance(value, list) and value and isinstance(value[0], dict):
            names.append(f"{name}[]")
            inner = value[0]
        if isinstance(inner, dict):
            names += _keys(inner, name + ".")
    return names


def _at(record: dict[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _lines(stream: BinaryIO, end: int | None = None) -> Iterator[bytes]:
    """Lines that begin before a byte; of one that is over the limit, the rest is left out."""
    while (end is None or stream.tell() < end) and (line := stream.readline(_MAX_LINE + 1)):
        if len(line) > _MAX_LINE:
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(_MAX_LINE)
        yield line


def _decompressed(raw: BinaryIO, name: str) -> BinaryIO:
    name = name.lower()
    if name.endswith(".gz"):
        return io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 18)
    if name.endswith(".zst"):
        return io.BufferedReader(ZstdFrames(raw), 1 << 18)
    return raw
