"""What commands read: files and standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from attribution.errors import InputError
from attribution.lexing.languages import language_of_path
from attribution.types import Snippet

__all__ = ["read_snippet", "standard_input"]


def standard_input() -> BinaryIO:
    """Standard input as bytes.

    Raises:
        InputError: it is closed.
    """
    # Python has None for a stream that was closed when it started (`whence ... - <&-`).
    if sys.stdin is None:
        raise InputError("standard input is closed; pipe something into it, or name a file")
    return sys.stdin.buffer


def read_snippet(name: str) -> Snippet:
    """The contents of a file, or of standard input for `-`; the language by the file's name.

    Raises:
        InputError: the file cannot be read.
    """
    if name == "-":
        return Snippet(standard_input().read())
    path = Path(name)
    if not name:
        raise InputError("the name of the file is empty")
    if path.is_dir():
        raise InputError("this is a folder; name the files in it")
    try:
        return Snippet(path.read_bytes(), language_of_path(path.name), name)
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror or error}") from error
