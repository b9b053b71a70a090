"""Which files are checked: by `exclude` patterns, by language, and whether they are data.

This is the only file that uses pathspec. Its GitIgnoreSpec follows what git does rather than what
git's manual says.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

from attribution.lexing.languages import DATA_LANGUAGES, LOCK_FILES, language_of_path
from audit.inputs.interface import InputOptions
from audit.types import LeftOut

__all__ = ["Selection"]


class Selection:
    """The files that InputOptions select."""

    def __init__(self, options: InputOptions, root: str | None = None) -> None:
        """
        Args:
            root: the folder that names are relative to, as in `Input`.
        """
        self._languages = options.languages
        self._exclude = _Patterns(options.exclude)
        self._policy = _Patterns(options.policy_exclude)
        self._above, self._below = _between(root, options.policy_folder)

    def excluded(self, name: str) -> LeftOut | None:
        """The reason why a file or folder is excluded by a pattern, if it is.

        Args:
            name: relative to the root of the audit; a folder ends with "/".
        """
        match = self._exclude.match(name)
        by = "--exclude"
        if match is None:
            path = self._above + name
            if path.startswith(self._below) and path != self._below:
                match, by = self._policy.match(path[len(self._below) :]), "the policy's pattern"
        if match is None:
            return None
        excluded, pattern = match
        return LeftOut(name, "excluded", f"by {by} {pattern!r}") if excluded else None

    def refused(self, name: str, language: str | None) -> LeftOut | None:
        """The reason why a file is not checked because of its language, if there is one."""
        if language is None:
            return LeftOut(name, "not code", "neither its name nor a `#!` line names a language")
        if self._languages:
            if language in self._languages:
                return None
            return LeftOut(name, "other language", language)
        if language in DATA_LANGUAGES:
            return LeftOut(name, "data", f"{language}; use --language {language!r} to check it")
        if name.rpartition("/")[2].lower() in LOCK_FILES:
            return LeftOut(name, "data", "a generated lock file")
        return None

    def wanted(self, name: str) -> bool:
        """Whether a file of that name would be checked."""
        if self.excluded(name) is not None:
            return False
        return self.refused(name, language_of_path(name)) is None


class _Patterns:
    """A list of gitignore patterns, of which the last match decides. Invalid ones are ignored."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = [line for line in lines if line.strip() and _is_valid(line)]
        self._spec = GitIgnoreSpec.from_lines(self._lines, backend="re2")  # linear

    def match(self, path: str) -> tuple[bool, str] | None:
        """Whether a path is excluded, and by which pattern; None if no pattern matches.

        Args:
            path: relative, with "/" between its parts; a folder ends with "/".
        """
        if not self._lines:
            return None
        result = self._spec.check_file(path)
        if result.include is None or result.index is None:
            return None
        return result.include, self._lines[result.index]


def _is_valid(line: str) -> bool:
    try:
        GitIgnoreSpec.from_lines([line])
    except (GitIgnorePatternError, ValueError):
        return False
    return True


def _between(root: str | None, folder: str | None) -> tuple[str, str]:
    """A prefix to add to a name, and one to remove, to make it relative to the policy's folder.

    Both are "" if neither of root and folder contains the other.
    """
    if root is None or folder is None:
        return "", ""
    root, folder = os.path.realpath(root), os.path.realpath(folder)
    if root == folder:
        return "", ""
    common = os.path.commonpath((root, folder))
    if common == folder:
        return os.path.relpath(root, folder) + "/", ""
    if common == root:
        return "", os.path.relpath(folder, root) + "/"
    return "", ""
