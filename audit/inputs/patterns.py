"""Patterns of gitignore: of .gitignore files, and of a policy's `exclude`.

The only file that knows pathspec. Its GitIgnoreSpec follows what git does, not what git's manual
says; a test compares both on random patterns and trees.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

__all__ = ["Hit", "Patterns"]


class Hit(NamedTuple):
    """What the last pattern that matched says."""

    matched: bool  # False: by "!pattern", it is taken all the same
    pattern: str  # as it is written
    line: int  # 1-based, of the file or the list that the patterns are from


class Patterns:
    """Patterns of one list, the last that matches decides."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Compile the patterns; those that git could not read either are in `bad`."""
        self._lines: list[str] = []
        self._numbers: list[int] = []
        self.bad: list[tuple[int, str]] = []  # 1-based number and the line
        for number, line in enumerate(lines, 1):
            text = line.rstrip("\r\n")
            if not text.strip() or text.startswith("#"):
                continue
            try:
                GitIgnoreSpec.from_lines([text])
            except (GitIgnorePatternError, ValueError):
                self.bad.append((number, text))
                continue
            self._lines.append(text)
            self._numbers.append(number)
        self._spec = GitIgnoreSpec.from_lines(self._lines, backend="simple")

    def __bool__(self) -> bool:
        return bool(self._lines)

    def match(self, path: str) -> Hit | None:
        """What the patterns say of a path; None: nothing.

        Args:
            path: relative to where the patterns hold, "/" between parts; a folder ends with "/".
        """
        found = self._spec.check_file(path)
        if found.include is None or found.index is None:
            return None
        return Hit(found.include, self._lines[found.index], self._numbers[found.index])
