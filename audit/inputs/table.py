"""JSON Lines of generations: one object per line, plain, gzip or zstd, from a file or a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec

from attribution.errors import InputError
from audit.inputs.columns import Columns, resolve
from audit.inputs.files import unicode_name
from audit.inputs.generations import Generations
from audit.inputs.interface import Input, InputOptions
from audit.inputs.streams import DAMAGE, bounded_lines, open_stream
from audit.types import Item, LeftOut

__all__ = ["TableInput"]

_MAX_LINE = 64 << 20  # bytes; the log probabilities of a long answer take about 10 MB
_SAMPLE = 100  # rows to find the columns in, as one row may lack some
_SAMPLE_BYTES = 16 << 20

_Row = tuple[int, dict[str, Any] | LeftOut]


class TableInput(Input):
    """A JSON Lines file, or standard input for "-"."""

    def __init__(self, name: str, options: InputOptions, columns: Columns | None = None) -> None:
        self.title = unicode_name(name)
        self._name = name
        self._where = "stdin" if name == "-" else self.title.rpartition("/")[2]
        self._options = options
        self._columns = columns or Columns()

    def items(self) -> Iterator[Item | LeftOut]:
        rows = self._rows()
        sample: list[_Row] = []
        size = 0
        names: dict[str, None] = {}
        for number, row, length in rows:
            sample.append((number, row))
            if isinstance(row, dict):
                names.update(dict.fromkeys(row))
            size += length
            if len(sample) >= _SAMPLE or size > _SAMPLE_BYTES:
                break
        if not names:
            # Without a valid row no column can be missing: the LeftOuts say what is wrong.
            yield from (row for _, row in sample if isinstance(row, LeftOut))
            sample = []
            for number, row, _ in rows:
                if isinstance(row, dict):
                    names, sample = dict.fromkeys(row), [(number, row)]
                    break
                yield row
            else:
                return
        columns = resolve(self._columns, list(names), self._where)
        generations = Generations(columns, self._options, self._where)
        for number, row in chain(sample, ((number, row) for number, row, _ in rows)):
            if isinstance(row, dict):
                yield from generations.items(row, number)
            else:
                yield row

    def _rows(self) -> Iterator[tuple[int, dict[str, Any] | LeftOut, int]]:
        """Line number, row and size in bytes of each non-blank line."""
        number = 0
        with open_stream(self._name) as stream:
            try:
                for number, (line, size) in enumerate(bounded_lines(stream, _MAX_LINE), 1):
                    if not line.isspace():
                        yield number, self._row(line, size, number), size
            except DAMAGE as error:
                detail = f"line {number + 1}: the rest of the table cannot be read: {error}"
                name = f"{self._where}:{number + 1}"
                yield number + 1, LeftOut(name, "unreadable", detail, wanted=True), 0

    def _row(self, line: bytes, size: int, number: int) -> dict[str, Any] | LeftOut:
        name = f"{self._where}:{number}"
        if size > _MAX_LINE:
            detail = f"line {number}: {size:,} bytes, the limit is {_MAX_LINE:,}"
            return LeftOut(name, "too large", detail, wanted=True)
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
            if line.lstrip().startswith(b"["):
                raise InputError(
                    f"{self.title} holds a JSON array, but a table has one object per line; "
                    "convert it with jq -c '.[]'"
                )
        try:
            row = _parsed(line)
        except (ValueError, RecursionError) as error:
            return LeftOut(name, "malformed", f"line {number}: not JSON: {error}", wanted=True)
        if not isinstance(row, dict):
            detail = f"line {number}: a {type(row).__name__}, not an object"
            return LeftOut(name, "malformed", detail, wanted=True)
        return row


def _parsed(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        # Python also writes NaN, which is not JSON, and lone surrogates.
        return json.loads(line)
