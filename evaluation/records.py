"""Records: a prompt, the true body, a model's answer, and the licences; from JSON lines or parquet.

The column names of LiCoEval's own benchmark are supported, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from attribution.errors import InputError
from audit.inputs.columns import parse_assignments
from audit.inputs.streams import DAMAGE, bounded_lines, open_stream
from evaluation.extraction import body_of

__all__ = ["COLUMNS", "Record", "parse_columns", "read_records"]

_LONGEST_LINE = 64 << 20  # bytes
_DEF = re.compile(r"^\s*((?:async\s+)?def\s+\w+)", re.MULTILINE)

# Field -> names of its column, of which the first that a row has is used.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "prompt": ("prompt", "header"),
    "body": ("body",),
    "answer": ("answer",),
    "response": ("response", "generated_text"),
    "license": ("license",),
    "license_type": ("license_type",),
    "license_answer": ("license_answer",),
    "signature": ("signature",),
}


@dataclass(frozen=True, slots=True)
class Record:
    """One function that a model was asked to write."""

    id: str
    prompt: str  # the header of the function with its docstring, and the code before it
    body: str  # the true one
    answer: str | None  # body of the model's answer; None: there is no answer
    license: str  # the true one, as in the table
    license_type: str | None  # its class according to LiCoEval; None: to be derived
    license_answer: str | None  # the model's answer to the question for the licence


def parse_columns(given: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Columns from arguments such as "body=true_body".

    Raises:
        InputError: an argument has another form, or names no field.
    """
    named = parse_assignments(given, list(COLUMNS))
    return COLUMNS | {field: (column,) for field, column in named.items()}


def read_records(name: str, columns: Mapping[str, tuple[str, ...]] = COLUMNS) -> Iterator[Record]:
    """The records of a JSON Lines file (also .gz, .zst; "-" is standard input) or a .parquet.

    Raises:
        InputError: it cannot be read, or a row lacks a field; names the row and the field.
    """
    for number, row in _rows(name):
        yield _Row(row, f"{name}:{number}", columns).record()


def _rows(name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if name.lower().endswith((".parquet", ".pq")):
        from audit.inputs.parquet import parquet_rows

        yield from enumerate(parquet_rows(name), 1)
        return
    with open_stream(name) as stream:
        try:
            for number, (line, size) in enumerate(bounded_lines(stream, _LONGEST_LINE), 1):
                if size > _LONGEST_LINE:
                    raise InputError(f"{name}:{number} has {size:,} bytes; the limit is 64 MiB")
                if not line.isspace():
                    yield number, _parsed(line, f"{name}:{number}")
        except DAMAGE as error:
            raise InputError(f"{name} cannot be read to its end: {error}") from error


def _parsed(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        row = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where} is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f"{where} is not an object; write one object per line")
    return row


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table, with its location for messages."""

    cells: Mapping[str, Any]
    where: str
    columns: Mapping[str, tuple[str, ...]]

    def record(self) -> Record:
        prompt = self._required("prompt")
        answer, response = self._text("answer"), self._text("response")
        if answer is None and response is not None:
            signature = self._text("signature") or _signature(prompt)
            answer = body_of(response, signature.partition("(")[0])
        answer_columns = self.columns["answer"] + self.columns["response"]
        if answer is None and not any(column in self.cells for column in answer_columns):
            raise self._missing("answer", answer_columns)
        return Record(
            id=self._text("id") or self.where,
            prompt=prompt,
            body=self._required("body"),
            answer=answer,
            license=self._required("license"),
            license_type=self._text("license_type"),
            license_answer=self._text("license_answer"),
        )

    def _required(self, field: str) -> str:
        text = self._text(field)
        if text is None:
            raise self._missing(field, self.columns[field])
        return text

    def _text(self, field: str) -> str | None:
        cells = self.cells
        value = next((cells[column] for column in self.columns[field] if column in cells), None)
        if field == "id" and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is not None and not isinstance(value, str):
            raise InputError(
                f'{self.where}: "{field}" is of type {type(value).__name__}, not a string'
            )
        return value

    def _missing(self, field: str, names: tuple[str, ...]) -> InputError:
        return InputError(
            f'{self.where} lacks "{field}" (a column {" or ".join(names)}); '
            f"name its column with --column {field}=COLUMN"
        )


def _signature(prompt: str) -> str:
    """`def name` of the function that a prompt starts: the last one in it."""
    found = _DEF.findall(prompt)
    return str(found[-1]) if found else ""
