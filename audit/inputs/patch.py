"""Parser for unified diffs as git, GNU diff and Subversion write them: a stream of FilePatches.

The counts in a hunk's header say which lines belong to it, so a line of code that looks like a
header is not taken for one. Other lines outside of hunks (mails, commit messages) are skipped.
The package unidiff was tried. It does not decode quoted names, holds the whole diff in memory and
reads a combined diff as one without changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from attribution.errors import InputError
from attribution.reports.numbers import count_of
from audit.inputs.patch_names import NOWHERE, header_name, names_of_git_line
from audit.inputs.streams import bounded_lines

__all__ = ["FilePatch", "Hunk", "read_patches"]

_HUNK = re.compile(rb"@@ -\d{1,12}(?:,(\d{1,12}))? \+(\d{1,12})(?:,(\d{1,12}))? @@")
_MODE = re.compile(rb"(?:new file mode|new mode|index [0-9a-f]+\.\.[0-9a-f]+) (\d{6})")
_COMBINED = (b"diff --cc ", b"diff --combined ")


class Hunk(NamedTuple):
    """The new side of a hunk."""

    start: int  # number of its first line in the new file, 1-based
    lines: list[bytes]  # with their ends
    added: list[bool]  # of each line; else it is context


@dataclass(slots=True)
class FilePatch:
    """The part of a diff about one file. It is complete when `read_patches` returns it."""

    line: int  # of the diff, where it starts
    old: bytes = b""  # names as written in the diff; empty if unknown
    new: bytes = b""
    exact: bool = False  # the new name has no prefix
    mode: str = ""  # git's mode of the new file; "160000" is a submodule
    binary: bool = False
    size: int = 0  # bytes of the hunks' new sides
    problem: tuple[str, str] | None = None  # reason and detail why it cannot be judged
    hunks: list[Hunk] | None = None

    @property
    def deleted(self) -> bool:
        """Whether the file was deleted."""
        return self.new == NOWHERE


def read_patches(stream: BinaryIO, limit: int) -> Iterator[FilePatch]:
    """The files of a diff, in its order.

    Args:
        limit: most bytes of a file's new side; a larger file gets a `problem`.

    Raises:
        InputError: it is a combined diff, or not a diff.
    """
    return _Reader(stream, limit).patches()


class _Reader:
    def __init__(self, stream: BinaryIO, limit: int) -> None:
        # Two more bytes: a line that is cut off exceeds the limit even without its sign.
        self._lines = bounded_lines(stream, limit + 2)
        self._limit = limit
        self._back: list[bytes] = []
        self._crlf = False  # the diff itself has CRLF line ends, not just the code in it
        self.number = 0  # of the last line that was read

    def patches(self) -> Iterator[FilePatch]:
        patch: FilePatch | None = None
        any_text = any_patch = False
        while line := self._next():
            any_text = any_text or not line.isspace()
            started = self._header(line, patch)
            if started is not None:
                if patch is not None and started is not patch:
                    yield patch
                patch, any_patch = started, True
            elif patch is not None:
                self._inside(line, patch)
        if patch is not None:
            yield patch
        if any_text and not any_patch:
            raise InputError("it does not contain a unified diff, as git diff and diff -u write it")

    def _header(self, line: bytes, patch: FilePatch | None) -> FilePatch | None:
        """The patch that a line starts or names; None if it is another line."""
        if line.startswith(_COMBINED) or (patch is not None and line.startswith(b"@@@ ")):
            raise InputError(
                f"line {self.number}: the combined diff of a merge cannot be judged line by line; "
                "compare with one parent: git diff PARENT, or git show --first-parent -m"
            )
        if line.startswith(b"diff --git "):
            old, new = names_of_git_line(line[11:])
            return FilePatch(self.number, old, new)
        if line.startswith(b"--- "):
            second = self._next()
            if not second.startswith(b"+++ "):
                self._push(second)
                return None
            self._crlf = second.endswith(b"\r\n")
            if patch is None or patch.hunks is not None or patch.binary:
                patch = FilePatch(self.number - 1)
            elif patch.exact:
                return patch  # "rename to" named it
            patch.old, patch.new = header_name(line[4:]), header_name(second[4:])
            return patch
        if line.startswith(b"Binary files ") and (
            patch is None or patch.hunks is not None or patch.binary
        ):
            # From `diff -r`; git writes such a line below its own header.
            old, _, new = line[13:].rstrip(b"\r\n").removesuffix(b" differ").partition(b" and ")
            return FilePatch(self.number, header_name(old), header_name(new), binary=True)
        return None

    def _inside(self, line: bytes, patch: FilePatch) -> None:
        """A line about a file that belongs to no hunk."""
        hunk = _HUNK.match(line)
        if hunk is not None:
            self._hunk(hunk, patch)
        elif line.startswith(b"@@"):
            patch.problem = ("malformed", f"line {self.number} of the diff: invalid hunk header")
        elif patch.hunks is None:
            if line.startswith((b"rename to ", b"copy to ")):
                patch.new, patch.exact = header_name(line.partition(b" to ")[2]), True
            elif line.startswith(b"deleted file mode "):
                patch.new = NOWHERE
            elif line.startswith((b"Binary files ", b"GIT binary patch")):
                patch.binary = True
            else:
                mode = _MODE.match(line)
                if mode is not None:
                    patch.mode = mode[1].decode()

    def _hunk(self, header: re.Match[bytes], patch: FilePatch) -> None:
        old, new = (1 if count is None else int(count) for count in (header[1], header[3]))
        hunk = Hunk(int(header[2]), [], [])
        patch.hunks = patch.hunks or []
        patch.hunks.append(hunk)
        kept = True  # the previous line belongs to the new side
        while old > 0 or new > 0:
            line = self._next()
            sign = line[:1]
            if sign in (b"\n", b"\r"):  # an empty line of context whose space was stripped
                sign, line = b" ", b" " + line
            if sign == b"\\":
                _end_without_newline(hunk, kept)
                continue
            if sign not in (b" ", b"+", b"-") or not line:
                self._push(line)
                missing = count_of(new, "line") if new else count_of(old, "removed line")
                patch.problem = (
                    "malformed",
                    f"line {self.number} of the diff: the hunk lacks {missing}; was the "
                    "diff cut off?",
                )
                return
            old -= sign != b"+"
            new -= sign != b"-"
            kept = sign != b"-"
            if kept:
                self._keep(line[1:], sign == b"+", hunk, patch)
        self._after(hunk, kept, patch)

    def _after(self, hunk: Hunk, kept: bool, patch: FilePatch) -> None:
        """Check that the hunk ends after its last line."""
        line = self._next()
        if line.startswith(b"\\"):
            _end_without_newline(hunk, kept)
            line = self._next()
        if line.startswith(b"+"):
            detail = f"line {self.number} of the diff: the hunk has more lines than its header says"
            patch.problem = ("malformed", detail)
        self._push(line)

    def _keep(self, line: bytes, added: bool, hunk: Hunk, patch: FilePatch) -> None:
        if self._crlf and line.endswith(b"\r\n"):
            line = line[:-2] + b"\n"
        patch.size += len(line)
        if patch.size > self._limit:
            detail = f"more than {self._limit:,} bytes in the diff; raise --max-file-size"
            patch.problem = ("too large", detail)
            hunk.lines.clear()
            hunk.added.clear()
            return
        hunk.lines.append(line)
        hunk.added.append(added)

    def _next(self) -> bytes:
        """The next line, empty at the end."""
        self.number += 1
        if self._back:
            return self._back.pop()
        return next(self._lines, (b"", 0))[0]

    def _push(self, line: bytes) -> None:
        self.number -= 1
        if line:
            self._back.append(line)


def _end_without_newline(hunk: Hunk, kept: bool) -> None:
    """`\\ No newline at end of file` refers to the previous line, kept or removed."""
    if kept and hunk.lines and hunk.lines[-1].endswith(b"\n"):
        hunk.lines[-1] = hunk.lines[-1][:-1]
