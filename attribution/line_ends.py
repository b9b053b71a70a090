"""Where lines end: at a line feed, and in a text that has none, at a carriage return.

Lines are counted as git counts them, so CRLF is one end, and a carriage return inside a text with
line feeds ends no line. Old Macs wrote carriage returns alone; such a text is one line for git, and
has its carriage returns as ends here, so that its lines can be named. Form feeds, NEL, U+2028 and
U+2029 end no line.

Python, JavaScript and others end a line at any lone carriage return. So the lexer ends comments and
strings there: a comment at the start of a text must not hide all that follows. No line is counted.

Both functions keep the size of a text, and so all offsets.
"""

from __future__ import annotations

import re

__all__ = ["count_lines", "with_line_feeds", "with_lone_returns_ended"]

_LONE_RETURN = re.compile(rb"\r(?!\n)")


def with_line_feeds(text: bytes) -> bytes:
    """The text with a line feed at the end of each line that is counted."""
    if b"\r" not in text or b"\n" in text:
        return text
    return text.replace(b"\r", b"\n")


def with_lone_returns_ended(text: bytes) -> bytes:
    """The text with a line feed for each lone carriage return, as the lexer reads it."""
    if b"\r" not in text or text.count(b"\r") == text.count(b"\r\n"):
        return text
    return _LONE_RETURN.sub(b"\n", text)


def count_lines(text: bytes) -> int:
    """The number of lines; a last line without an end counts too."""
    text = with_line_feeds(text)
    return text.count(b"\n") + (text[-1:] not in (b"", b"\n"))
