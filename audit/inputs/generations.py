"""Turns the rows of a table into Items: prompt and completion, of which the completion is judged.

The prompt comes before the completion as context, so lines and offsets count from the start of the
prompt. Of a chat model's answer only fenced code is judged (fences.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attribution.lexing.languages import canonical_language
from audit.inputs.api_answers import answers_of, failure_of, text_of
from audit.inputs.columns import Columns
from audit.inputs.fences import fenced
from audit.inputs.files import too_large, with_cells
from audit.inputs.interface import InputOptions
from audit.types import Item, LeftOut

__all__ = ["Generations"]

_MAX_NAME = 500  # characters of an id


class Generations:
    """Reads rows by resolved Columns."""

    def __init__(self, columns: Columns, options: InputOptions, where: str) -> None:
        self._columns = columns
        self._languages = options.languages
        self._limit = options.max_file_size
        self._where = where

    def items(self, row: Mapping[str, Any], number: int) -> Iterator[Item | LeftOut]:
        """The items of a row: one, or one for each completion in a list.

        Args:
            number: of the row or line, starting at 1.
        """
        columns = self._columns
        assert columns.completion is not None
        id_ = _at(row, columns.id)
        name = _name(id_) or f"{self._where}:{number}"
        value = _at(row, columns.completion)
        language = text_of(_at(row, columns.language))
        known = canonical_language(language) if language else None
        failure = failure_of(row)
        if failure is not None:
            yield LeftOut(name, "failed", f"{self._where}:{number}: {failure}", wanted=True)
            return
        samples = _samples(value)
        if not samples:
            problem = (
                "is empty"
                if value == [] or answers_of(value) == []
                else f"holds a {type(value).__name__}"
            )
            problem = "is missing" if value is None else problem
            detail = f"{self._where}:{number}: the column {columns.completion!r} {problem}"
            yield LeftOut(name, "malformed", detail, wanted=True)
            return
        prompt = text_of(_at(row, columns.prompt)) or ""
        for sample, text in enumerate(samples):
            own = f"{name}#{sample}" if len(samples) > 1 or _is_list(value) else name
            if text is None:
                detail = f"{self._where}:{number}: completion {sample} is not text"
                yield LeftOut(own, "malformed", detail, wanted=True)
            else:
                yield self._item(own, prompt, text, known)

    def _item(self, name: str, prompt: str, text: str, language: str | None) -> Item | LeftOut:
        completion = _encode(text)
        if len(completion) > self._limit:
            return too_large(name, len(completion), self._limit)
        before, first_line = self._context(_encode(prompt), len(completion))
        code = before + completion
        judged: tuple[tuple[int, int], ...] = ((len(before), len(code)),)
        answer = fenced(code, len(before))
        if answer is not None:
            judged, language = answer.ranges, answer.language or language
        if self._languages and language is not None and language not in self._languages:
            return LeftOut(name, "other language", language)
        return with_cells(Item(name, code, language, judged, first_line))

    def _context(self, prompt: bytes, size: int) -> tuple[bytes, int]:
        """The end of a prompt, as much as fits, and the number of its first line."""
        over = len(prompt) + size - self._limit
        if over <= 0:
            return prompt, 1
        cut = prompt.find(b"\n", over) + 1 or len(prompt)
        return prompt[cut:], prompt.count(b"\n", 0, cut) + 1


def _at(row: Mapping[str, Any], name: str | None) -> Any:
    """The value of a column, or of a nested object for a dotted name."""
    if name is None:
        return None
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _samples(value: Any) -> list[str | None]:
    """The completions in a cell; an empty list if it is neither text nor a list."""
    if _is_list(value):
        return [text_of(sample) for sample in value]
    answers = answers_of(value)
    if answers is not None:
        return answers
    text = text_of(value)
    return [] if text is None else [text]


def _is_list(value: Any) -> bool:
    """Whether it is a list of completions, not of the messages of one chat."""
    return isinstance(value, list) and not (
        value and all(isinstance(message, Mapping) and "role" in message for message in value)
    )


def _name(value: Any) -> str:
    if value is None or isinstance(value, bool | list | Mapping):
        return ""
    name = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return _encode(name[:_MAX_NAME]).decode()


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # JSON can hold halves of surrogate pairs
