"""`--files-from`: a list of files, one a line, or ended by NUL bytes as of `git ls-files -z`."""

from __future__ import annotations

import os

from attribution.errors import InputError
from audit.inputs.streams import DAMAGE, open_stream

__all__ = ["read_list"]

_MAX_LIST = 64 << 20  # bytes: a million names


def read_list(name: str) -> list[str]:
    """The paths of a list, as they are written; "-" is standard input.

    Raises:
        InputError: the list cannot be read, or is too long.
    """
    try:
        with open_stream(name) as stream:
            text = stream.read(_MAX_LIST + 1)
    except DAMAGE as error:
        raise InputError(f"{name} cannot be read: {error}") from error
    if len(text) > _MAX_LIST:
        raise InputError(f"{name} has over {_MAX_LIST:,} bytes; give the folder instead")
    if b"\0" in text:
        names = text.split(b"\0")
    else:
        names = [line.rstrip(b"\r") for line in text.split(b"\n")]
    return [os.fsdecode(one) for one in names if one]
