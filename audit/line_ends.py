"""Lone carriage returns, which old Macs wrote and which Python and others accept as line ends.

The lexer, spans and git only know line feeds. To them a file with carriage returns is one line,
and a single comment at its start would hide the whole file.
"""

from __future__ import annotations

import re

__all__ = ["with_line_feeds"]

_LONE_RETURN = re.compile(rb"\r(?!\n)")


def with_line_feeds(code: bytes) -> bytes:
    """Replace each lone carriage return by a line feed. The size stays the same."""
    return _LONE_RETURN.sub(b"\n", code) if b"\r" in code else code
