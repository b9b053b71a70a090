"""Standard input of the language server, with limits that pygls does not have."""

from __future__ import annotations

from typing import BinaryIO

__all__ = ["MAX_MESSAGE", "LimitedInput"]

MAX_MESSAGE = 64 << 20  # bytes; editors do not send files of more than some 50 MB
_HEADER = 4096  # bytes of a line of the header; Python reads no number of more than 4,300 digits
_PIECE = 1 << 20  # bytes that are read at once of what is skipped


class LimitedInput:
    """Reads lines of headers, and bodies; what is too long is read in pieces, and dropped."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.refused: str | None = None  # why the last body was dropped

    def readline(self) -> bytes:
        """The next line of a header; of a very long one, a part."""
        return self._stream.readline(_HEADER)

    def read(self, size: int) -> bytes:
        """The body of a message; a blank for one over the limit, which is no JSON."""
        self.refused = None
        if size <= MAX_MESSAGE:
            return self._stream.read(size)
        self.refused = f"the message has {size} bytes, the limit is {MAX_MESSAGE}"
        while size and (skipped := len(self._stream.read(min(size, _PIECE)))):
            size -= skipped
        return b"" if size else b" "  # none: the input has ended
