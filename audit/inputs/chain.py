"""Several inputs as one, with names that are unique over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from audit.inputs.interface import Input
from audit.inputs.names import UniqueNames
from audit.types import Item, LeftOut

__all__ = ["ChainInput"]


class ChainInput(Input):
    """One input after the other. Of equal names the later get "@" and their place in the chain."""

    def __init__(self, inputs: Sequence[Input], root: str | None, title: str) -> None:
        self.root = root
        self.title = title
        self.empty_is_fine = all(one.empty_is_fine for one in inputs)
        self._inputs = inputs

    def items(self) -> Iterator[Item | LeftOut]:
        names = UniqueNames()
        number = 0
        for one in self._inputs:
            for item in one.items():
                number += 1
                name = names.claim(item.name, number) if isinstance(item, Item) else item.name
                yield item if name == item.name else replace(item, name=name)

    def count(self) -> int | None:
        counts = [one.count() for one in self._inputs]
        return None if None in counts else sum(filter(None, counts))
