"""A single piece of code on standard input."""

from __future__ import annotations

from collections.abc import Iterator

from attribution.errors import InputError
from audit.inputs.files import too_large, with_cells
from audit.inputs.interface import Input, InputOptions
from audit.inputs.streams import DAMAGE, open_stream
from audit.types import Item, LeftOut

__all__ = ["CodeInput"]


class CodeInput(Input):
    """Standard input as one text, in the requested language if there is exactly one."""

    title = "-"

    def __init__(self, options: InputOptions) -> None:
        self._limit = options.max_file_size
        self._language = min(options.languages) if len(options.languages) == 1 else None

    def items(self) -> Iterator[Item | LeftOut]:
        try:
            with open_stream("-") as stream:
                code = stream.read(self._limit + 1)
        except DAMAGE as error:
            raise InputError(f"standard input cannot be read: {error}") from error
        if len(code) > self._limit:
            yield too_large("-", len(code), self._limit)
        else:
            yield with_cells(Item("-", code, self._language))

    def count(self) -> int | None:
        return 1
