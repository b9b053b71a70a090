"""Names that are unique, for inputs of any length in 16 MiB."""

from __future__ import annotations

import hashlib

__all__ = ["UniqueNames"]

_BITS = 1 << 27  # 16 MiB
_HASHES = 4  # a million names: one in a million is taken for known; ten million: one in 180


class UniqueNames:
    """A Bloom filter over the names so far.

    A name that is wrongly taken for known is still unique with its suffix, and the suffix is the
    same in every run over the same input: so the filter may err, and needs no more than its bits.
    """

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)

    def claim(self, name: str, number: int) -> str:
        """The name, or one that nobody has.

        Args:
            number: of the item within its input, from 1; a suffix that is unique for its own part.
        """
        claimed, tries = name, 0
        while not self._add(claimed):
            tries += 1
            claimed = f"{name}@{number}" + (f".{tries}" if tries > 1 else "")
        return claimed

    def _add(self, name: str) -> bool:
        """Whether the name was new."""
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        new = False
        for start in range(0, 4 * _HASHES, 4):
            place = int.from_bytes(digest[start : start + 4], "little") % _BITS
            byte, bit = place >> 3, 1 << (place & 7)
            if not self._bits[byte] & bit:
                self._bits[byte] |= bit
                new = True
        return new
