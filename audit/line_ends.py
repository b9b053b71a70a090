"""Line ends that are no line feed: those of old Macs, by which Python and others end a line too.

The lexer, spans and git know line feeds alone. To it a file with carriage returns is one line, and
one comment at its start hides all of it.
"""

from __future__ import annotations

import re

__all__ = ["with_line_feeds"]

_ALONE = re.compile(rb"\r(?!\n)")


def with_line_feeds(code: bytes) -> bytes:
    """The same text, of the same size, with a line feed for each carriage return that is alone."""
    return _ALONE.sub(b"\n", code) if b"\r" in code else code
