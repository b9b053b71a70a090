"""Which columns of a table hold the generations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from attribution.errors import InputError

__all__ = ["Columns", "parse_columns", "resolve"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; None: the first of the common names that the table has.

    A name may lead into objects: "response.text".
    """

    id: str | None = None
    prompt: str | None = None
    completion: str | None = None
    language: str | None = None


# Names under which models' answers are commonly kept, the likeliest first. Case does not count.
_COMMON = {
    "id": ("id", "task_id", "sample_id", "instance_id", "custom_id", "request_id", "uid", "key"),
    "prompt": ("prompt", "instruction", "question", "input"),
    "completion": (
        "completion", "completions", "generation", "generations", "output", "outputs",
        "response", "responses", "generated_text", "generated_code", "model_output", "samples",
        "text", "code", "content", "solution", "answer",
    ),
    "language": ("language", "lang", "programming_language"),
}  # fmt: skip


def parse_columns(given: Iterable[str]) -> Columns:
    """Columns from "id=task_id" and the like, as the command takes them.

    Raises:
        InputError: it is not of that form, or names no field of Columns.
    """
    known = [field.name for field in fields(Columns)]
    names: dict[str, str] = {}
    for text in given:
        field, equals, name = text.partition("=")
        if not equals or not name or field not in known:
            raise InputError(
                f"{text!r} names no column; write FIELD=COLUMN, FIELD one of {', '.join(known)}"
            )
        names[field] = name
    return Columns(**names)


def resolve(wanted: Columns, there: Sequence[str], where: str) -> Columns:
    """The columns of a table by the names that there are; `completion` is never None.

    Raises:
        InputError: a column that was named, or any that holds completions, is not there.
    """
    by_key = {name.lower(): name for name in reversed(there)}
    found: dict[str, str | None] = {}
    taken = {getattr(wanted, field) for field in _COMMON} | {None}
    for field, common in _COMMON.items():
        name = getattr(wanted, field)
        if name is not None and name not in there and name.split(".")[0] not in there:
            raise InputError(f"{where} has no column {name!r} for {field}; {_list(there)}")
        if name is None:
            name = next((by_key[n] for n in common if by_key.get(n) not in taken), None)
            taken.add(name)
        found[field] = name
    if found["completion"] is None:
        raise InputError(
            f"{where} has no column of completions; {_list(there)}; name one: "
            "--column completion=NAME"
        )
    return Columns(**found)


def _list(there: Sequence[str]) -> str:
    names = ", ".join(repr(name) for name in there[:20])
    more = f" and {len(there) - 20} more" if len(there) > 20 else ""
    return f"there are {names}{more}" if there else "it has none"
