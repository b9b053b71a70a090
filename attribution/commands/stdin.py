"""Standard input, which a command may have been started without."""

from __future__ import annotations

import sys
from typing import BinaryIO

from attribution.errors import InputError

__all__ = ["standard_input"]


def standard_input() -> BinaryIO:
    """Standard input as bytes.

    Raises:
        InputError: it is closed.
    """
    # Python has None for a stream that was closed when it started (`whence ... - <&-`).
    if sys.stdin is None:
        raise InputError("standard input is closed; pipe something into it, or name a file")
    return sys.stdin.buffer
