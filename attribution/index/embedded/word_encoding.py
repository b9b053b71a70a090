"""Words of documents as UTF-8, whatever their files are in."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import boolean, int64, kernel, readonly, uint8, uint64

__all__ = ["MORE", "as_utf8"]

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]

MORE = 8  # bytes behind the last word, since kernels read eight at a time


@kernel(int64(readonly(uint8), readonly(int64), boolean[::1]))
def _find_invalid(words, ends, invalid):  # type: ignore[no-untyped-def]
    """Find documents with words that are not UTF-8. Decoding them takes ten times as long.

    Args:
        words: (bytes,) uint8, the words, a space after each.
        ends: (documents + 1,) int64, where the words of each document begin.
        invalid: (documents,) bool, written: whether a document has such a word.

    Returns:
        int64, how many documents have.
    """
    count = 0
    for document in range(invalid.shape[0]):
        i, stop = uint64(ends[document]), uint64(ends[document + 1])
        invalid[document] = False
        while i < stop:
            lead = words[i]
            i += uint64(1)
            if lead < 0x80:
                continue
            more = uint64(1 if lead < 0xE0 else 2 if lead < 0xF0 else 3)
            # Neither longer than needed, nor surrogates, nor beyond U+10FFFF.
            low = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
            high = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
            valid = 0xC2 <= lead <= 0xF4 and i + more <= stop and low <= words[i] <= high
            for at in range(i + uint64(1), i + more):
                valid = valid and words[at] & 0xC0 == 0x80
            if not valid:
                invalid[document] = True
                count += 1
                break
            i += more
    return count


def as_utf8(words: bytes, offsets: I64) -> tuple[U8, I64]:
    """Words of documents and MORE bytes, with U+FFFD for bytes that are not UTF-8."""
    invalid = np.empty(len(offsets) - 1, np.bool_)
    if _find_invalid(np.frombuffer(words, np.uint8), offsets, invalid):
        documents = [
            _distinct(words[start:stop]) if replace else words[start:stop]
            for (start, stop), replace in zip(pairwise(offsets), invalid, strict=True)
        ]
        words = b"".join(documents)
        offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    return np.frombuffer(words + bytes(MORE), np.uint8), offsets


def _distinct(words: bytes) -> bytes:
    replaced = words.decode("utf-8", "replace").encode()
    return b"".join(word + b" " for word in dict.fromkeys(replaced.split(b" ")[:-1]))
