"""Reading files of a tree that may be hostile: never a pipe or a device, never without a bound.

`Path.exists` and its siblings raise an error for a path that is too long or not readable (until
Python 3.12); the functions here answer no.
"""

from __future__ import annotations

import errno
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import re2

__all__ = [
    "MAX_SETTINGS",
    "exists",
    "is_file",
    "is_folder",
    "is_link",
    "parse_toml",
    "read_regular_file",
]

MAX_SETTINGS = 8 << 20  # bytes of a settings file or a baseline; a real one has some kilobytes

_Path = str | os.PathLike[str]
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
# tomllib takes memory with the square of the parts of a dotted key
_MAX_PARTS = 32
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_LONG_KEY = re2.compile(f"(?:{_PART}){{{_MAX_PARTS}}}")


def exists(path: _Path) -> bool:
    """Whether there is a readable entry at a path."""
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: _Path) -> bool:
    """Whether a path is a regular file, or a link to one."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: _Path) -> bool:
    """Whether a path is a folder, or a link to one."""
    return os.path.isdir(path)  # noqa: PTH112


def is_link(path: _Path) -> bool:
    """Whether a path is a link."""
    return os.path.islink(path)  # noqa: PTH114


def read_regular_file(path: _Path, limit: int, inside: Path | None = None) -> bytes:
    """The content of a regular file.

    Args:
        limit: the most bytes that it may have.
        inside: a folder that must contain the file after links are followed; None: any.

    Raises:
        OSError: it cannot be read, is not a regular file, is outside of `inside`, or is larger
            than the limit.
    """
    if inside is not None and not Path(path).resolve().is_relative_to(inside.resolve()):
        raise OSError(errno.EPERM, f"it is a link to a file outside of {inside}", str(path))
    handle = os.open(path, _FLAGS)
    with open(handle, "rb") as stream:  # noqa: PTH123
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it has more than {limit:,} bytes, the limit", str(path))
    return content


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML document.

    Raises:
        tomllib.TOMLDecodeError: it is invalid, nested too deeply, or has keys of too many parts.
    """
    if long_key := _LONG_KEY.search(text):
        line = text.count("\n", 0, long_key.start()) + 1
        raise tomllib.TOMLDecodeError(
            f"a key has more than {_MAX_PARTS} dotted parts (at line {line}, column 1)"
        )
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise tomllib.TOMLDecodeError("nested too deeply") from error
