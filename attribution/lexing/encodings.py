"""Snippets in any encoding, to bytes that the lexer can read.

Whence works on bytes, so UTF-8, Latin-1 and other supersets of ASCII are read as they are, and
offsets are those of the input. UTF-16 and UTF-32, which contain NUL bytes, are recoded if the input
starts with a byte order mark, and spans are mapped back to the offsets of the input.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace

from attribution.line_ends import count_lines, with_line_feeds
from attribution.types import Span

__all__ = ["Decoded", "decode", "is_utf8"]

# UTF-32-LE comes first: its mark begins with that of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY_BYTES = 8192  # a NUL among the first bytes makes an input binary, as in git


@dataclass(frozen=True, slots=True)
class Decoded:
    """A snippet that can be lexed, or the problem with it."""

    code: bytes  # with a line feed at the end of each line
    lines: int
    problem: str | None = None
    warnings: tuple[str, ...] = ()
    encoding: str | None = None  # of the input, if `code` was recoded
    mark: int = 0  # bytes of the input's byte order mark

    def span_of_input(self, span: Span) -> Span:
        """A span of `code` as a span of the input."""
        if self.encoding is None:
            return span
        before = self.code[: span.start].decode("utf-8", "replace").encode(self.encoding)
        inside = self.code[span.start : span.end].decode("utf-8", "replace").encode(self.encoding)
        start = self.mark + len(before)
        return replace(span, start=start, end=start + len(inside))


def decode(raw: bytes, max_bytes: int) -> Decoded:
    """Decode a snippet of at most `max_bytes`."""
    if not raw.strip():
        return Decoded(raw, count_lines(raw), "the snippet is empty")
    if len(raw) > max_bytes:
        return Decoded(
            raw, count_lines(raw), f"too large: {len(raw):,} bytes, the limit is {max_bytes:,}"
        )
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            code = with_line_feeds(raw[len(mark) :].decode(encoding, "replace").encode())
            warning = f"read as {encoding.upper()}"
            return Decoded(code, count_lines(code), None, (warning,), encoding, len(mark))
    if b"\0" in raw[:_BINARY_BYTES]:
        return Decoded(raw, count_lines(raw), "binary: it contains NUL bytes")
    code = with_line_feeds(raw)
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        warning = f"not UTF-8 at byte {error.start}: compared byte by byte"
        return Decoded(code, count_lines(code), None, (warning,))
    return Decoded(code, count_lines(code))


def is_utf8(text: bytes) -> bool:
    """Whether a text can be shown as it is."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
