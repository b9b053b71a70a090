"""Whether a text has a legal word: most files of a corpus have none, and are done with.

A kernel, because looking for sixteen words one after another takes five times as long.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import boolean, kernel, readonly, uint8, uint64

__all__ = ["LEGAL_WORDS", "has_legal_word"]

# In lower case; a text without any of them does not speak of licences or copyright.
LEGAL_WORDS = (
    b"licen", b"copying", b"warrant", b"redistrib", b"public domain", b"public-domain",
    b"spdx", b"permission", b"copyleft", b"gpl", b"free software", b"unlimited",
    b"unrestricted", b"copyright", b"(c)",
)  # fmt: skip
_SIGN = b"\xa9"  # (c) in Latin-1, and the second byte of it in UTF-8


def has_legal_word(text: bytes) -> bool:
    """Whether a text in UTF-8 or Latin-1 has one of LEGAL_WORDS, or a copyright sign."""
    return _SIGN in text or bool(_has_word(np.frombuffer(text, np.uint8), *_TABLES))


def _tables() -> tuple[NDArray[Any], ...]:
    """`first`, `second` and `words` of `_has_word`."""
    pairs = np.zeros((2, 256), np.uint64)
    words = np.zeros((len(LEGAL_WORDS), max(map(len, LEGAL_WORDS)) + 1), np.uint8)
    for number, word in enumerate(LEGAL_WORDS):
        words[number, : len(word)] = list(word)
        for offset in (0, 1):
            bit = np.uint64(1 << (2 * number + offset))
            for column, byte in enumerate(word[offset : offset + 2]):
                pairs[column, [byte, ord(chr(byte).upper())]] |= bit
    return pairs[0], pairs[1], words


_TABLES = _tables()


@kernel(boolean(readonly(uint8), uint64[::1], uint64[::1], uint8[:, ::1]))
def _has_word(text, first, second, words):  # type: ignore[no-untyped-def]
    """Whether a text has a word, in upper or lower case; every second pair of bytes is looked at.

    Args:
        text: (bytes,) uint8.
        first, second: (256,) uint64, of a pair's first and second byte: bit 2w + k says that it
            may be byte k and k + 1 of word w.
        words: (words, longest + 1) uint8, ASCII in lower case, zeros behind each.

    Returns:
        bool.
    """
    for i in range(0, len(text) - 1, 2):
        may_be = first[text[i]] & second[text[i + 1]]
        bit = 0
        while may_be:
            if may_be & np.uint64(1):
                at, word, k = i - (bit & 1), bit >> 1, 0
                while at >= 0 and words[word, k] and at + k < len(text):
                    byte = text[at + k]
                    if 65 <= byte <= 90:
                        byte += 32
                    if byte != words[word, k]:
                        break
                    k += 1
                if not words[word, k]:
                    return True
            may_be >>= np.uint64(1)
            bit += 1
    return False
