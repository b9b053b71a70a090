"""Records: a prompt, the true body, a model's answer, and the licences. From JSON lines or parquet.

The names of LiCoEval's own benchmark are understood beside ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from attribution.errors import InputError
from audit.inputs.streams import DAMAGE, bounded_lines, open_stream
from evaluation.extraction import body_of

__all__ = ["COLUMNS", "Record", "parse_columns", "read_records"]

_LONGEST_LINE = 64 << 20  # bytes
_DEF = re.compile(r"^\s*((?:async\s+)?def\s+\w+)", re.MULTILINE)

# Field -> names of its column; the first that a row has.
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
    """One function that a model was asked for."""

    id: str
    prompt: str  # header of the function with its docstring, and what stood before it
    body: str  # the true one
    answer: str | None  # body of the model's answer; None: there is none
    license: str  # the true one, as the table has it
    license_type: str | None  # LiCoEval's word for its class; None: to be worked out
    license_answer: str | None  # what the model said when it was asked for the licence


def parse_columns(given: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Names of columns from "body=true_body" and the like.

    Raises:
        InputError: it is not of that form.
    """
    columns = dict(COLUMNS)
    for text in given:
        field, equals, name = text.partition("=")
        if not equals or not name or field not in columns:
            raise InputError(
                f"{text!r} names no column; write FIELD=COLUMN, FIELD one of {', '.join(columns)}"
            )
        columns[field] = (name,)
    return columns


def read_records(name: str, columns: Mapping[str, tuple[str, ...]] = COLUMNS) -> Iterator[Record]:
    """The records of a JSON Lines file (also .gz, .zst; "-" is standard input) or a .parquet.

    Raises:
        InputError: it cannot be read, or a row lacks a field; names the row and the field.
    """
    for number, row in _rows(name):
        yield _record(row, number, name, columns)


def _rows(name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if name.lower().endswith((".parquet", ".pq")):
        from audit.inputs.parquet import parquet_rows

        yield from enumerate(parquet_rows(name), 1)
        return
    with open_stream(name) as stream:
        try:
            for number, (line, size) in enumerate(bounded_lines(stream, _LONGEST_LINE), 1):
                if line.isspace():
                    continue
                if size > _LONGEST_LINE:
                    raise InputError(f"{name}:{number} has {size:,} bytes: the limit is 64 MiB")
                yield number, _row(line, number, name)
        except DAMAGE as error:
            raise InputError(f"{name} cannot be read to its end: {error}") from error


def _row(line: bytes, number: int, name: str) -> Mapping[str, Any]:
    try:
        row = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"{name}:{number} is no JSON: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f"{name}:{number} is no object: a record is one object a line")
    return row


def _record(
    row: Mapping[str, Any], number: int, name: str, columns: Mapping[str, tuple[str, ...]]
) -> Record:
    where = f"{name}:{number}"
    prompt = _needed(row, "prompt", where, columns)
    answer = _text(row, "answer", where, columns)
    response = _text(row, "response", where, columns)
    if answer is None and response is not None:
        signature = _text(row, "signature", where, columns) or _signature(prompt)
        answer = body_of(response, signature.partition("(")[0])
    if answer is None and not any(
        column in row for field in ("answer", "response") for column in columns[field]
    ):
        raise _lacks("answer", where, columns)
    return Record(
        id=_text(row, "id", where, columns) or where,
        prompt=prompt,
        body=_needed(row, "body", where, columns),
        answer=answer,
        license=_needed(row, "license", where, columns),
        license_type=_text(row, "license_type", where, columns),
        license_answer=_text(row, "license_answer", where, columns),
    )


def _signature(prompt: str) -> str:
    """`def name` of the function that a prompt begins: the last one in it."""
    found = _DEF.findall(prompt)
    return str(found[-1]) if found else ""


def _needed(
    row: Mapping[str, Any], field: str, where: str, columns: Mapping[str, tuple[str, ...]]
) -> str:
    text = _text(row, field, where, columns)
    if text is None:
        raise _lacks(field, where, columns)
    return text


def _text(
    row: Mapping[str, Any], field: str, where: str, columns: Mapping[str, tuple[str, ...]]
) -> str | None:
    value = next((row[column] for column in columns[field] if column in row), None)
    if field == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise InputError(f'{where}: "{field}" is a {type(value).__name__}, not a string')
    return value


def _lacks(field: str, where: str, columns: Mapping[str, tuple[str, ...]]) -> InputError:
    names = list(columns[field]) + (list(columns["response"]) if field == "answer" else [])
    return InputError(
        f'{where} lacks "{field}" (a column {" or ".join(names)}); name it: --column {field}=COLUMN'
    )
