"""Which files are code that is wanted: by `exclude`, by language, by kind of data."""

from __future__ import annotations

import os

from attribution.lexing.languages import DATA_LANGUAGES, LOCK_FILES, language_of_path
from audit.inputs.interface import InputOptions
from audit.inputs.patterns import Patterns
from audit.types import LeftOut

__all__ = ["Selection"]


class Selection:
    """What InputOptions let through, for files."""

    def __init__(self, options: InputOptions, root: str | None = None) -> None:
        """
        Args:
            root: the folder that names are relative to, as in `Input`.
        """
        self._languages = options.languages
        self._exclude = Patterns(options.exclude)
        self._policy = Patterns(options.policy_exclude)
        self._above, self._below = _between(root, options.policy_folder)

    def excluded(self, name: str) -> LeftOut | None:
        """The refusal of what the policy excludes.

        Args:
            name: from the root of the audit; a folder ends with "/".
        """
        hit = self._exclude.match(name) if self._exclude else None
        by = "--exclude"
        if hit is None and self._policy:
            place = self._above + name
            if place.startswith(self._below) and place != self._below:
                hit, by = self._policy.match(place[len(self._below) :]), "the policy's pattern"
        if hit is None or not hit.matched:
            return None
        return LeftOut(name, "excluded", f"by {by} {hit.pattern!r}")

    def refused(self, name: str, language: str | None) -> LeftOut | None:
        """The refusal of what is no code, or not of the languages that are wanted."""
        if language is None:
            return LeftOut(name, "not code", "no language by its name or its `#!` line")
        if self._languages:
            if language in self._languages:
                return None
            return LeftOut(name, "other language", language)
        if language in DATA_LANGUAGES:
            return LeftOut(name, "data", f"{language}; --language {language!r} has it checked")
        if name.rpartition("/")[2].lower() in LOCK_FILES:
            return LeftOut(name, "data", "a lock file, which a program wrote")
        return None

    def wanted(self, name: str, head: bytes = b"") -> bool:
        """Whether a file of that name would be checked."""
        if self.excluded(name) is not None:
            return False
        return self.refused(name, language_of_path(name, head)) is None


def _between(root: str | None, folder: str | None) -> tuple[str, str]:
    """What to put before a name, and what to take off it, to have it from the policy's folder.

    Both are "" where neither of root and folder is within the other.
    """
    if root is None or folder is None:
        return "", ""
    root, folder = os.path.realpath(root), os.path.realpath(folder)
    if root == folder:
        return "", ""
    within = os.path.commonpath((root, folder))
    if within == folder:
        return os.path.relpath(root, folder) + "/", ""
    if within == root:
        return "", os.path.relpath(folder, root) + "/"
    return "", ""
