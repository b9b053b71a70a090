"""Strangers' text, made fit to be told on one line and to be sent as JSON."""

from __future__ import annotations

import re

from audit.reports.safe_text import one_line, shortened

__all__ = ["brief", "sendable"]

_SURROGATE = re.compile("[\ud800-\udfff]")


def brief(text: str, most: int = 300) -> str:
    """A name or sentence of a stranger's on one line: a model has to read all of an answer."""
    return shortened(one_line(text), most)


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
