"""Strangers' names, made fit to be shown on a line and to be sent as JSON."""

from __future__ import annotations

import re

__all__ = ["one_line", "sendable"]

_SURROGATE = re.compile("[\ud800-\udfff]")


def one_line(text: str, most: int = 300) -> str:
    """The text with every character that is not plainly visible spelled out.

    So no line ends, no escape sequences of terminals, nothing that reorders a line.

    Args:
        text: a name, a path, a licence: whatever a corpus says.
        most: characters that are kept of a longer one.
    """
    if len(text) > most:
        text = text[: most - 4] + " ..."
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def sendable(value: object) -> object:
    """The value with lone surrogates replaced by U+FFFD, in all strings of lists and dicts.

    A file name that is no UTF-8 is read with surrogates, which UTF-8 cannot write: one of them in
    an answer would end the connection.
    """
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: sendable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [sendable(one) for one in value]
    return value
