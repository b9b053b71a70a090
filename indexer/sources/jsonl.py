"""JSON Lines, plain, .gz or .zst: each line is a file of code, or a repository with its files."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

import zstandard

from attribution.errors import SourceError
from attribution.types import Skip
from attribution.zstd_frames import ZstdFrames
from indexer.filters import Reason, too_large
from indexer.sources.columns import Layout, recognize
from indexer.sources.dataset import DatasetSource, file_positions, parse_position, positioned
from indexer.sources.dataset_file import DatasetFile
from indexer.sources.interface import SourceItem, SourceOptions
from indexer.sources.rows import RowReader

__all__ = ["JsonLinesSource"]

# Longer lines are not held in memory; a whole repository in one line has some 10 MB.
_MAX_LINE = 64 << 20
_SAMPLE = 100  # lines; one of them has to be an object, whose keys say what the others mean
_DAMAGE = (EOFError, OSError, zlib.error, zstandard.ZstdError)  # of a compressed stream


class JsonLinesSource(DatasetSource):
    """One file of JSON Lines; a row is a line."""

    def __init__(self, file: DatasetFile, options: SourceOptions) -> None:
        super().__init__("jsonl", file, options)

    def layout(self) -> Layout | None:
        with self.file.open() as raw, _decompressed(raw, self.file.name) as stream:
            try:
                for line in islice(_lines(stream), _SAMPLE):
                    record = _record(line)
                    if isinstance(record, dict):
                        return self._recognized(record)
            except _DAMAGE as error:
                raise SourceError(f"{self.file} cannot be read: {error}") from error
        return None

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        first, passed = parse_position(start)
        layout: Layout | None = None  # known from the first object on
        reader: RowReader | None = None
        row = -1
        with self.file.open() as raw, _decompressed(raw, self.file.name) as stream:
            try:
                for row, line in enumerate(_lines(stream)):
                    self.done_bytes = raw.tell()
                    if not line.strip() or (row < first and layout is not None):
                        continue
                    record = _record(line)
                    if not isinstance(record, dict):
                        if row >= first:
                            reason, detail = record
                            left_out = Skip(f"{self.file}:{row + 1}", reason.value, detail)
                            yield SourceItem(left_out, str(row + 1))
                        continue
                    if layout is None or reader is None:
                        layout = self._recognized(record)
                        reader = self._row_reader(layout)
                    if row >= first:
                        yield from _files(
                            record, layout, reader, row, passed if row == first else 0
                        )
            except _DAMAGE as error:
                where = f"{self.file}:{row + 2}"
                detail = f"the rest of the file cannot be read: {error}"
                yield SourceItem(Skip(where, Reason.UNREADABLE.value, detail), str(row + 1))

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


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines; one that is over the limit is cut there, and the rest of it skipped."""
    while line := stream.readline(_MAX_LINE + 1):
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
