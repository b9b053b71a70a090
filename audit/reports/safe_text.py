"""Names, licences and code from other people, made safe to show on one line of a report.

Each format escapes what it must in addition. Nothing in a report may move a cursor, reorder a line
or end it early.
"""

from __future__ import annotations

import re

from attribution.reports.terminal import printable

__all__ = ["brief", "encoded", "one_line", "shortened", "without_surrogates"]

_NO_CHARACTERS = re.compile("[\ufffe\uffff]")  # in Unicode, but not in XML and some terminals
_SURROGATE = re.compile("[\ud800-\udfff]")


def one_line(text: str) -> str:
    """The text with every control character, line ends included, replaced by a visible one."""
    # `printable` shows a line end as `<U+000A>`.
    return _NO_CHARACTERS.sub(lambda found: f"<U+{ord(found[0]):04X}>", printable(text))


def shortened(text: str, limit: int) -> str:
    """The text, cut in the middle to `limit` characters: both ends of a path are informative."""
    if len(text) <= limit:
        return text
    head = (limit - 5) // 2
    return f"{text[:head]} ... {text[len(text) - (limit - 5 - head) :]}"


def brief(text: str, limit: int = 300) -> str:
    """A name or sentence on one line, cut to `limit` characters."""
    return shortened(one_line(text), limit)


def encoded(text: str) -> bytes:
    r"""UTF-8; a lone surrogate (of a file name that is not UTF-8) becomes `\udcff`."""
    return text.encode("utf-8", "backslashreplace")


def without_surrogates(value: object) -> object:
    """The value with lone surrogates replaced by U+FFFD in all strings of its lists and dicts.

    A file name that is not UTF-8 is read with surrogates, which UTF-8 cannot encode: one of them in
    a message would end the connection.
    """
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    return value
