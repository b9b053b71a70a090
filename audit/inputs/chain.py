"""Several inputs as one, with unique names.

Names are remembered in a Bloom filter of 16 MiB, so that an input may be of any length. A name
that the filter wrongly takes for known only gets a suffix, and the same one in every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from audit.inputs.interface import Input
from audit.inputs.revision import Revision
from audit.types import Item, LeftOut

__all__ = ["ChainInput", "UniqueNames"]

_BITS = 1 << 27  # 16 MiB
# False positives: one name in a million after a million names, one in 180 after ten million.
_HASHES = 4


class ChainInput(Input):
    """One input after the other. Repeated names get "@" and their position in the chain."""

    def __init__(self, inputs: Sequence[Input], root: str | None, title: str) -> None:
        self.root = root
        self.title = title
        self.empty_is_fine = all(part.empty_is_fine for part in inputs)
        self.is_change = any(part.is_change for part in inputs)
        self._inputs = inputs

    def before(self) -> Revision | None:
        return next(filter(None, (part.before() for part in self._inputs)), None)

    def items(self) -> Iterator[Item | LeftOut]:
        names = UniqueNames()
        entries = (entry for part in self._inputs for entry in part.items())
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, Item):
                yield replace(entry, name=names.claim(entry.name, number))
            else:
                yield entry

    def count(self) -> int | None:
        counts = [part.count() for part in self._inputs]
        return None if None in counts else sum(filter(None, counts))


class UniqueNames:
    """Makes names unique."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)

    def claim(self, name: str, number: int) -> str:
        """The name, with a suffix if it was already claimed.

        Args:
            number: of the item in its input, from 1; it becomes the suffix.
        """
        claimed, tries = name, 0
        while not self._add(claimed):
            tries += 1
            claimed = f"{name}@{number}" + (f".{tries}" if tries > 1 else "")
        return claimed

    def _add(self, name: str) -> bool:
        """Add a name; returns whether it was new."""
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        new = False
        for start in range(0, 4 * _HASHES, 4):
            position = int.from_bytes(digest[start : start + 4], "little") % _BITS
            byte, bit = position >> 3, 1 << (position & 7)
            if not self._bits[byte] & bit:
                self._bits[byte] |= bit
                new = True
        return new
