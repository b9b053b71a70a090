"""Unified diffs, as git, GNU diff and Subversion write them: one FilePatch a file, from a stream.

The counts in a hunk's header say which lines are its own, so a line of code that looks like a
header is none. Lines outside of hunks that are no header (mails, commit messages) do not count.
Package unidiff was tried: it leaves quoted names as they are, holds all of the diff, and reads
a combined diff as one without a change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from attribution.errors import InputError
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
    """What a diff says of one file; filled in line by line, and whole when it is given out."""

    line: int  # of the diff where it begins
    old: bytes = b""  # names as the diff has them; empty: not known
    new: bytes = b""
    exact: bool = False  # the new name has no prefix
    mode: str = ""  # of the new file, as git has it: "160000" is a submodule
    binary: bool = False
    size: int = 0  # bytes of the hunks' new sides
    problem: tuple[str, str] | None = None  # reason and detail: it cannot be judged as it is
    hunks: list[Hunk] | None = None

    @property
    def deleted(self) -> bool:
        """Whether there is no new file."""
        return self.new == NOWHERE


def read_patches(stream: BinaryIO, limit: int) -> Iterator[FilePatch]:
    """The files of a diff, in its order.

    Args:
        limit: bytes of a file's new side that are held; one with more has a problem.

    Raises:
        InputError: it is a combined diff, or no diff at all.
    """
    return _Reader(stream, limit).patches()


class _Reader:
    def __init__(self, stream: BinaryIO, limit: int) -> None:
        # A line that is cut off is over the limit without its sign too.
        self._lines = bounded_lines(stream, limit + 2)
        self._limit = limit
        self._back: list[bytes] = []
        self._crlf = False  # the diff itself has CRLF ends, not only the code in it
        self.number = 0  # of the line that was read last

    def patches(self) -> Iterator[FilePatch]:
        patch: FilePatch | None = None
        any_text = any_patch = False
        while line := self._next():
            any_text = any_text or not line.isspace()
            begun = self._header(line, patch)
            if begun is not None:
                if patch is not None and begun is not patch:
                    yield patch
                patch, any_patch = begun, True
            elif patch is not None:
                self._inside(line, patch)
        if patch is not None:
            yield patch
        if any_text and not any_patch:
            raise InputError("there is no unified diff in it; git diff and diff -u write such")

    def _header(self, line: bytes, patch: FilePatch | None) -> FilePatch | None:
        """The patch that a line begins, or whose names it tells."""
        if line.startswith(_COMBINED) or (patch is not None and line.startswith(b"@@@ ")):
            raise InputError(
                f"line {self.number}: a combined diff, of a merge, cannot be judged line by line; "
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
                return patch  # "rename to" has said it
            patch.old, patch.new = header_name(line[4:]), header_name(second[4:])
            return patch
        if line.startswith(b"Binary files ") and (
            patch is None or patch.hunks is not None or patch.binary
        ):
            # Of `diff -r`; git writes it below a header of its own.
            old, _, new = line[13:].rstrip(b"\r\n").removesuffix(b" differ").partition(b" and ")
            return FilePatch(self.number, header_name(old), header_name(new), binary=True)
        return None

    def _inside(self, line: bytes, patch: FilePatch) -> None:
        """A line of a file's section that is no line of a hunk."""
        hunk = _HUNK.match(line)
        if hunk is not None:
            self._hunk(hunk, patch)
        elif line.startswith(b"@@"):
            patch.problem = ("malformed", f"line {self.number} of the diff is no header of a hunk")
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
        kept = True  # the line before is of the new side
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
                lacking = f"{new} lines" if new else f"{old} removed lines"
                patch.problem = (
                    "malformed",
                    f"line {self.number} of the diff: its hunk lacks {lacking}; was it cut off?",
                )
                return
            old -= sign != b"+"
            new -= sign != b"-"
            kept = sign != b"-"
            if kept:
                self._keep(line[1:], sign == b"+", hunk, patch)
        self._after(hunk, kept, patch)

    def _after(self, hunk: Hunk, kept: bool, patch: FilePatch) -> None:
        """What follows the last line of a hunk: no further line of it."""
        line = self._next()
        if line.startswith(b"\\"):
            _end_without_newline(hunk, kept)
            line = self._next()
        if line.startswith(b"+"):
            detail = f"line {self.number} of the diff: the hunk has more lines than it says"
            patch.problem = ("malformed", detail)
        self._push(line)

    def _keep(self, line: bytes, added: bool, hunk: Hunk, patch: FilePatch) -> None:
        if self._crlf and line.endswith(b"\r\n"):
            line = line[:-2] + b"\n"
        patch.size += len(line)
        if patch.size > self._limit:
            detail = f"over {self._limit:,} bytes in the diff; raise --max-file-size"
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
    """`\\ No newline at end of file`, said of the line before: kept, or a removed one."""
    if kept and hunk.lines and hunk.lines[-1].endswith(b"\n"):
        hunk.lines[-1] = hunk.lines[-1][:-1]
