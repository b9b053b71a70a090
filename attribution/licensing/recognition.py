"""Licence texts and standard notices in a text, word by word.

The matcher is `licenseclassifier`, a port of Google's licensecheck: patterns of whole licences and
notices, with gaps where the wording may vary. It takes about 1 ms for a notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from attribution.licensing.expressions import NOASSERTION
from attribution.licensing.names import normalize_license

__all__ = ["BEFORE", "BEHIND", "SPACE", "LicenseText", "find_licenses", "undecorated"]

SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))  # there are none beyond
BEFORE = SPACE + "*#/;%!|+~=\"'<>{}\\.:,_-"
BEHIND = SPACE + "*#/|~={}\\_-"
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


def undecorated(line: str) -> str:
    """A line without comment markers and the like around its words."""
    return line.lstrip(BEFORE).rstrip(BEHIND)
