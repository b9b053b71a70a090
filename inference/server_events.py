"""Server-sent events out of bytes, however the network cut them.

Format: the WHATWG standard, section "Server-sent events": lines end with LF, CRLF or CR; `data:`
lines of one event are joined by LF; a line that begins with a colon is a comment.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from inference.errors import RemoteError

__all__ = ["EventReader"]

_LONGEST = 1 << 22  # characters of one event: a server that never ends a line must not fill memory


class EventReader:
    """Bytes go in, the data of each complete event comes out."""

    def __init__(self) -> None:
        # A character may be cut in two; a damaged one must not end a whole answer.
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""  # of a line that is not complete
        self._after_cr = False  # the last line ended with CR: an LF that follows belongs to it
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of the events that are complete with these bytes.

        Raises:
            RemoteError: an event is longer than anything that a model says.
        """
        text = self._decode(chunk)
        if self._after_cr and text:
            text = text.removeprefix("\n")
            self._after_cr = False
        self._after_cr = self._after_cr or text.endswith("\r")
        *lines, self._rest = (
            (self._rest + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        )
        for line in lines:
            yield from self._line(line.removeprefix("\ufeff"))
        if self._size + len(self._rest) > _LONGEST:
            raise RemoteError(f"the server sent an event of more than {_LONGEST:,} characters")

    def end(self) -> Iterator[str]:
        """An event that the end of the stream completes: some servers leave out the last line."""
        yield from self._line(self._rest + self._decode(b"", True))
        yield from self._line("")
        self._rest = ""

    def _line(self, line: str) -> Iterator[str]:
        if not line:
            if self._data:
                yield "\n".join(self._data)
            self._data, self._size = [], 0
            return
        field, _, value = line.partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))
            self._size += len(value)
