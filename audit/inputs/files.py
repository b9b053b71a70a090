"""Reads a file as an Item, or says why it is not checked.

Only regular files are read, and at most as many bytes as the limit. All checks are made on the
opened file, since a path may refer to another file a moment later.
"""

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE
from dataclasses import replace
from pathlib import Path

from attribution.errors import InputError
from attribution.lexing.languages import language_of_path
from attribution.lexing.notebooks import notebook_code
from attribution.types import Snippet
from audit.inputs.interface import InputOptions
from audit.inputs.selection import Selection
from audit.types import Item, LeftOut

__all__ = ["Files", "too_large", "unicode_name", "unreadable", "with_cells"]

_HEAD = 256  # bytes, enough for a `#!` line
_NUL_LOOK = 8192  # bytes; a NUL in them makes a file binary, as in git
_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE, BOM_UTF32_BE)  # the mark of UTF-32-LE starts with UTF-16-LE's
# Do not wait for a pipe without a writer.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_KINDS = (
    (stat.S_ISLNK, "link"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISDIR, "folder"),
)


class Files:
    """Reads files as Items, following InputOptions."""

    def __init__(self, options: InputOptions, selection: Selection) -> None:
        self._limit = options.max_file_size
        self._selection = selection

    def take(self, path: str, name: str, *, named: bool = False) -> Item | LeftOut:
        """The Item of a file; arguments as for `read`."""
        read = self.read(path, name, named=named)
        return with_cells(read) if isinstance(read, Item) else read

    def read(self, path: str, name: str, *, named: bool = False) -> Item | LeftOut:
        """The Item of a file as it is, also of a notebook.

        Args:
            name: relative to the root of the audit.
            named: the user named this very file: it is read whatever its language, even through
                a link.
        """
        left_out = self._selection.excluded(name)
        if left_out is not None:
            return left_out
        language = language_of_path(name)
        if language is not None and not named:
            left_out = self._selection.refused(name, language)
            if left_out is not None:
                return left_out
        try:
            handle = os.open(path, _FLAGS if named else _FLAGS | _NO_LINK)
        except OSError as error:
            return self._not_opened(path, name, error, named)
        try:
            return self._read(handle, name, language, named)
        except OSError as error:
            return unreadable(name, error)
        finally:
            os.close(handle)

    def _read(self, handle: int, name: str, language: str | None, named: bool) -> Item | LeftOut:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return _special(name, state.st_mode, named)
        head = b""
        if language is None:
            head = os.read(handle, _HEAD)
            language = language_of_path(name, head)
            left_out = None if named else self._selection.refused(name, language)
            if left_out is not None:
                return left_out
        if state.st_size > self._limit:
            return too_large(name, state.st_size, self._limit)
        parts = [head]
        # Reads one byte more than expected, to notice a file that grows meanwhile.
        left = self._limit + 1 - len(head)
        while left > 0 and (part := os.read(handle, min(left, state.st_size + 1))):
            parts.append(part)
            left -= len(part)
        code = b"".join(parts)
        if len(code) > self._limit:
            return too_large(name, len(code), self._limit)
        if code.find(b"\0", 0, _NUL_LOOK) >= 0 and not code.startswith(_MARKS):
            # Its language says that it is code: a NUL must not be a way around the check.
            detail = f"NUL at byte {code.find(0)}; save it as UTF-8, or exclude it"
            return LeftOut(name, "binary", detail, wanted=language is not None)
        return Item(name, code, language)

    def _not_opened(self, path: str, name: str, error: OSError, named: bool) -> LeftOut:
        """Why a file cannot be opened: it may be a link, a socket, or not code at all."""
        try:
            mode = Path(path).stat(follow_symlinks=named).st_mode
        except OSError:
            return unreadable(name, error)
        if not stat.S_ISREG(mode):
            return _special(name, mode, named)
        if language_of_path(name) is None and not named and "." in name.rpartition("/")[2]:
            return LeftOut(
                name, "not code", "its name does not name a language, and it cannot be read"
            )
        return unreadable(name, error)


def with_cells(item: Item) -> Item | LeftOut:
    """The item; of a notebook, the code of its cells, in which the judged ranges are the same."""
    try:
        read = notebook_code(Snippet(item.code, item.language))
    except InputError as error:
        return LeftOut(item.name, "notebook", str(error), wanted=True)
    return replace(item, code=read.code, language=read.language)


def unreadable(name: str, error: OSError) -> LeftOut:
    """A file that should be checked but cannot be read."""
    return LeftOut(name, "unreadable", error.strerror or str(error), wanted=True)


def too_large(name: str, size: int, limit: int) -> LeftOut:
    """Code above the size limit, which should be checked."""
    detail = f"{size:,} bytes, the limit is {limit:,}; use --max-file-size or exclude it"
    return LeftOut(name, "too large", detail, wanted=True)


def unicode_name(path: str) -> str:
    """A path as valid Unicode; bytes that are not UTF-8 become backslash and hex digits."""
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _special(name: str, mode: int, named: bool) -> LeftOut:
    kind = next((kind for test, kind in _KINDS if test(mode)), "device")
    detail = "links are not followed; files in the tree are checked under their own names"
    if kind != "link":
        detail = f"a {kind}"
    return LeftOut(name, "link" if kind == "link" else "no file", detail, wanted=named)
