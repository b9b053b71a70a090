"""JSON Lines, plain, .gz or .zst: a file of code a line, or a repository with its files."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from attribution.errors import SourceError
from attribution.types import Skip
from indexer.filters import Reason, too_large
from indexer.sources.columns import Layout, recognize
from indexer.sources.dataset import DatasetSource
from indexer.sources.interface import SourceItem, SourceOptions
from indexer.sources.rows import RowReader

__all__ = ["JsonLinesSource"]

# A line of more is not held in memory; a whole repository in one line has some 10 MB.
_MAX_LINE = 256 << 20
_SAMPLE = 100  # lines, one of which has to be an object that tells the keys


class JsonLinesSource(DatasetSource):
    """One file of JSON Lines. A position is "line" or "line:file", counted from 0."""

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__("jsonl", path, options)

    def layout(self) -> Layout | None:
        reader = _Reader(self.path, self._options)
        with self._open() as raw, _decompressed(raw, self.path) as lines:
            try:
                for line in islice(_lines(lines), _SAMPLE):
                    if line.strip():
                        reader.learn(line)
                    if reader.layout is not None:
                        break
            except _damage() as error:
                raise SourceError(f"{self.path} cannot be read: {error}") from error
        return reader.layout

    def _open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise SourceError(f"{self.path} cannot be read: {error.strerror}") from error

    def read(self, start: str | None = None) -> Iterator[SourceItem]:
        done, _, inside = (start or "0").partition(":")
        first, after = int(done), int(inside or 0)
        reader = _Reader(self.path, self._options)
        number = -1
        with self._open() as raw, _decompressed(raw, self.path) as lines:
            try:
                for number, line in enumerate(_lines(lines)):
                    self.done_bytes = raw.tell()
                    if number >= first and line.strip():
                        yield from reader.line(number, line, after if number == first else 0)
                    elif number < first and reader.layout is None:
                        reader.learn(line)
            except _damage() as error:
                where = f"{self.path}:{number + 2}"
                detail = f"the rest of the file cannot be read: {error}"
                yield SourceItem(Skip(where, Reason.UNREADABLE.value, detail), str(number + 1))


class _Reader:
    """Lines to items."""

    def __init__(self, path: Path, options: SourceOptions) -> None:
        self._path = path
        self._options = options
        self.layout: Layout | None = None  # known from the first object on
        self._rows: RowReader | None = None

    def learn(self, line: bytes) -> None:
        """Take the keys from a line that is not read now."""
        record = _parsed(line)
        if isinstance(record, dict):
            self._recognize(record)

    def line(self, number: int, line: bytes, after: int) -> Iterator[SourceItem]:
        """The items of one line, from its file `after` on."""
        where = f"{self._path}:{number + 1}"
        following = str(number + 1)
        if len(line) > _MAX_LINE:
            detail = too_large(len(line), _MAX_LINE)
            yield SourceItem(Skip(where, Reason.TOO_LARGE.value, detail), following)
            return
        record = _parsed(line)
        if not isinstance(record, dict):
            if isinstance(record, UnicodeDecodeError):
                reason, detail = Reason.NOT_DECODABLE, f"not UTF-8 at byte {record.start}"
            elif isinstance(record, Exception):
                reason, detail = Reason.MALFORMED, f"no JSON: {record}"
            else:
                reason, detail = Reason.MALFORMED, "no JSON object"
            yield SourceItem(Skip(where, reason.value, detail), following)
            return
        if self._rows is None:
            self._recognize(record)
        assert self.layout is not None and self._rows is not None
        records = [record]
        if self.layout.files is not None:
            listed = record.get(self.layout.files)
            listed = listed if isinstance(listed, list) else []
            records = [{**record, self.layout.files: one} for one in listed[after:]]
        columns = {n: [_at(r, n) for r in records] for n in self.layout.columns()}
        last = after + len(records)
        for done, what in enumerate(self._rows.read(columns, number + 1), after + 1):
            before = f"{number}:{done - 1}"
            for one in what[:-1]:
                yield SourceItem(one, before)
            yield SourceItem(what[-1], f"{number}:{done}" if done < last else following)

    def _recognize(self, record: dict[str, Any]) -> None:
        names = _keys(record)
        wanted = dict(self._options.mapping)
        # A key that a record may leave out is no error: only the content has to be there.
        names += [column for field, column in wanted.items() if field != "content"]
        self.layout = recognize(names, self._options.mapping, str(self._path))
        name = self._path.name
        self._rows = RowReader(self.layout, self._options, name, self._path.parent.name)


def _parsed(line: bytes) -> Any:
    """The value of a line, or the exception that it raised."""
    try:
        return json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return error


def _keys(record: dict[str, Any], prefix: str = "") -> list[str]:
    """All keys by dotted names, a list of objects also as "name[]"."""
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
    """Lines; of one that is too long just enough to tell, the rest of it passed over."""
    while line := stream.readline(_MAX_LINE + 1):
        if len(line) > _MAX_LINE:
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(_MAX_LINE)
        yield line


def _decompressed(raw: BinaryIO, path: Path) -> BinaryIO:
    name = path.name.lower()
    if name.endswith(".gz"):
        return io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 18)
    if name.endswith(".zst"):
        from attribution.zstd_frames import ZstdFrames

        return io.BufferedReader(ZstdFrames(raw), 1 << 18)
    return raw


def _damage() -> tuple[type[Exception], ...]:
    """What reading a damaged stream raises."""
    try:
        import zstandard
    except ImportError:
        return (EOFError, OSError, zlib.error)
    return (EOFError, OSError, zlib.error, zstandard.ZstdError)
