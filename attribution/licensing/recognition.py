"""Licence texts and standard notices in a text, word by word.

The matcher is `licenseclassifier`, a port of Google's licensecheck: patterns of whole licences and
notices, with gaps where the wording may vary. It takes about 1 ms for a notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from attribution.kernels import int64, kernel, readonly, types, uint8
from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import normalize_license

__all__ = ["LicenseText", "find_licenses", "license_of_text", "undecorated"]

_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))  # there are none beyond
_BEFORE = _SPACE + "*#/;%!|+~=\"'<>{}\\.:,_-"
_BEHIND = _SPACE + "*#/|~={}\\_-"
_WIDE_SPACE = re.compile("[" + "".join(c for c in _SPACE if not c.isascii()) + "]")
_LINK = re.compile(r"\s*https?://\S+\s*")
_OR_LATER = re.compile(
    r"[\s,;]*(?:or\b)?[\s,;]*\(?at\s+your\s+option\)?,?\s+any\s+later", re.IGNORECASE
)
# What the library names otherwise than SPDX does.
_RENAMED = {
    "GPL-2.0-or-3.0": "GPL-2.0-only OR GPL-3.0-only",
    "CC-PDDC": "LicenseRef-scancode-public-domain",
    "CommonsClause": "LicenseRef-Commons-Clause",
    "MIT-NoAd": "X11",
}
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
        _IS_SPACE * (c in _SPACE)
        | _IS_BEFORE * (c in _BEFORE)
        | _IS_BEHIND * (c in _BEHIND)
        | _IS_CODE_MARK * (c in _CODE_MARKS)
        | _IS_END * (c == "\n")
        for c in map(chr, range(128))
    ]
    + [0] * 128,
    np.uint8,
)


@dataclass(frozen=True, slots=True)
class LicenseText:
    """A licence, or the address of one, in a text."""

    expression: str  # SPDX
    start: int  # offset in the text
    end: int
    is_address: bool


@lru_cache(maxsize=1 << 10)
def find_licenses(text: str) -> tuple[LicenseText, ...]:
    """The licence texts, standard notices and addresses of licences in a text, in order.

    Args:
        text: without comment markers, which the matcher does not skip; see `undecorated`.
    """
    from attribution.licensing.scanner import scanner  # loads the library, which takes 40 ms

    found = []
    for match in scanner().scan(text).match:
        name = _RENAMED.get(match.id, match.id)
        expression = normalize_license(name)
        if expression == NOASSERTION:
            expression = f"LicenseRef-{re.sub('[^A-Za-z0-9.-]', '-', name)}"
        if _OR_LATER.match(text, match.end):  # "version 2 of the License, or ...", less "either"
            expression = expression.replace("-only", "-or-later")
        is_address = _LINK.fullmatch(text, match.start, match.end) is not None
        found.append(LicenseText(expression, match.start, match.end, is_address))
    return tuple(found)


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


def undecorated(line: str) -> str:
    """A line without comment markers and the like around its words."""
    return line.lstrip(_BEFORE).rstrip(_BEHIND)
