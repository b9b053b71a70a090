"""Snippets that are a licence text or notice, and little else. They are named, not traced."""

from __future__ import annotations

import re

import numpy as np

from attribution.kernels import int64, kernel, readonly, types, uint8
from attribution.licensing.recognition import BEFORE, BEHIND, SPACE, find_licenses, undecorated

__all__ = ["license_of_text"]

_WIDE_SPACE = re.compile("[" + "".join(c for c in SPACE if not c.isascii()) + "]")
_WORDS = (b"licen", b"permission", b"redistribut", b"warrant")
_MAX_BYTES = 100_000  # the longest licence of the SPDX list has 50 kB
_COVERED = 0.8  # of a text that is a licence and nothing else
# At most an eighth of the words of any licence that the library knows have such a mark, so at most
# .3 of those of a text of which _COVERED is one. Most functions have more.
_CODE_MARKS = frozenset("(){}[]=<>_")
_CODE_SHARE = 0.35
# What `_words` has to know of a byte, as bits.
_IS_SPACE, _IS_BEFORE, _IS_BEHIND, _IS_CODE_MARK, _IS_END = 1, 2, 4, 8, 16
_BYTES = np.array(
    [
        _IS_SPACE * (c in SPACE)
        | _IS_BEFORE * (c in BEFORE)
        | _IS_BEHIND * (c in BEHIND)
        | _IS_CODE_MARK * (c in _CODE_MARKS)
        | _IS_END * (c == "\n")
        for c in map(chr, range(128))
    ]
    + [0] * 128,
    np.uint8,
)


def license_of_text(code: bytes) -> str | None:
    """The licence whose text or notice `code` is, and little else; None for anything else."""
    if len(code) > _MAX_BYTES:
        return None
    lower = code.lower()
    if not any(word in lower for word in _WORDS):
        return None
    text = code.decode("utf-8", "replace")
    plain = code if code.isascii() else _WIDE_SPACE.sub(" ", text).encode()
    words, marked = _words(np.frombuffer(plain, np.uint8), _BYTES)
    if marked > _CODE_SHARE * words:
        return None
    text = "\n".join(map(undecorated, text.split("\n")))
    found = [license_ for license_ in find_licenses(text) if not license_.is_address]
    covered = sum(len(text[f.start : f.end].split()) for f in found)
    if not found or covered < _COVERED * words:
        return None
    names = dict.fromkeys(license_.expression for license_ in found)
    return " and ".join(names)


@kernel(types.UniTuple(int64, 2)(readonly(uint8), uint8[::1]))
def _words(data, classes):  # type: ignore[no-untyped-def]
    """Count the words of a text, each of its lines as `undecorated` returns it.

    Args:
        data: (bytes,) uint8, the text, without white space beyond ASCII.
        classes: (256,) uint8, _BYTES.

    Returns:
        How many words there are, and how many of them have a mark of code.
    """
    words, marked = 0, 0
    at, size = 0, data.shape[0]
    while at < size:
        stop = at
        while stop < size and not classes[data[stop]] & _IS_END:
            stop += 1
        behind = stop + 1
        while at < stop and classes[data[at]] & _IS_BEFORE:
            at += 1
        while stop > at and classes[data[stop - 1]] & _IS_BEHIND:
            stop -= 1
        while at < stop:
            seen = uint8(0)
            start = at
            while at < stop and not classes[data[at]] & _IS_SPACE:
                seen |= classes[data[at]]
                at += 1
            if at > start:
                words += 1
                marked += seen & _IS_CODE_MARK != 0
            at += 1
        at = behind
    return words, marked
