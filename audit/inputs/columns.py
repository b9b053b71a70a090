"""Which columns of a table hold the generations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from attribution.errors import InputError

__all__ = ["Columns", "parse_assignments", "parse_columns", "resolve"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; None: the first of the common names that the table has.

    Dots in a name lead into nested objects: "response.text".
    """

    id: str | None = None
    prompt: str | None = None
    completion: str | None = None
    language: str | None = None


# Common names, the most likely first. Case is ignored.
_COMMON = {
    # the user's own id of a request comes before that of the server
    "id": ("custom_id", "id", "task_id", "sample_id", "instance_id", "request_id", "uid", "key"),
    "prompt": ("prompt", "instruction", "question", "input"),
    "completion": (
        "completion", "completions", "generation", "generations", "output", "outputs",
        "response", "responses", "generated_text", "generated_code", "model_output", "samples",
        "text", "code", "content", "solution", "answer",
    ),
    "language": ("language", "lang", "programming_language"),
}  # fmt: skip


def parse_columns(given: Iterable[str]) -> Columns:
    """Columns from arguments such as "id=task_id".

    Raises:
        InputError: an argument has another form, or names no field of Columns.
    """
    return Columns(**parse_assignments(given, [field.name for field in fields(Columns)]))


def parse_assignments(given: Iterable[str], known: Sequence[str]) -> dict[str, str]:
    """Field -> column from arguments of the form FIELD=COLUMN.

    Raises:
        InputError: an argument has another form, or its field is not in `known` or comes twice.
    """
    columns: dict[str, str] = {}
    for text in given:
        field, _, column = text.partition("=")
        if not column or field not in known:
            raise InputError(
                f"{text!r} does not name a column; write FIELD=COLUMN, where FIELD is one of "
                f"{', '.join(known)}"
            )
        if field in columns:
            raise InputError(f"two columns are named for {field}: {columns[field]} and {column}")
        columns[field] = column
    return columns


def resolve(wanted: Columns, there: Sequence[str], where: str) -> Columns:
    """The actual columns of a table that has the columns `there`; `completion` is never None.

    Raises:
        InputError: a column that was named does not exist, or no column holds completions.
    """
    by_key = {name.lower(): name for name in reversed(there)}
    resolved: dict[str, str | None] = {}
    taken = {getattr(wanted, field) for field in _COMMON} | {None}
    for field, common in _COMMON.items():
        name = getattr(wanted, field)
        if name is not None and name not in there and name.split(".")[0] not in there:
            raise InputError(f"{where} has no column {name!r} for {field}; {_list(there)}")
        if name is None:
            name = next((by_key[n] for n in common if by_key.get(n) not in taken), None)
            taken.add(name)
        resolved[field] = name
    if resolved["completion"] is None:
        raise InputError(
            f"{where} has no column of completions; {_list(there)}; name one with "
            "--column completion=NAME"
        )
    return Columns(**resolved)


def _list(there: Sequence[str]) -> str:
    names = ", ".join(repr(name) for name in there[:20])
    more = f" and {len(there) - 20} more" if len(there) > 20 else ""
    return f"its columns are {names}{more}" if there else "it has no columns"
