"""Names, licences and code as strangers wrote them, made safe to show in a line of a report.

Each format escapes what it must beside this; no format may show what moves a cursor, reorders a
line or ends it early.
"""

from __future__ import annotations

import re

from attribution.reports.terminal import printable

__all__ = ["encoded", "one_line", "shortened"]

_NO_CHARACTERS = re.compile("[\ufffe\uffff]")  # Unicode has them, XML and some terminals do not


def one_line(text: str) -> str:
    """The text with every control character, line ends included, replaced by a visible one."""
    # `printable` shows a line end as `<U+000A>`.
    return _NO_CHARACTERS.sub(lambda found: f"<U+{ord(found[0]):04X}>", printable(text))


def shortened(text: str, most: int) -> str:
    """The text, cut in its middle to `most` characters: both ends of a path tell something."""
    if len(text) <= most:
        return text
    head = (most - 5) // 2
    return f"{text[:head]} ... {text[len(text) - (most - 5 - head) :]}"


def encoded(text: str) -> bytes:
    r"""UTF-8; what is no text (a lone surrogate of a file name) becomes `\udcff`."""
    return text.encode("utf-8", "backslashreplace")
