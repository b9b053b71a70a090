"""Paths with `*`, `**`, `?` and `[...]`, as shells have them."""

from __future__ import annotations

import re

from attribution.errors import InputError

__all__ = ["Pattern"]

_WILD = re.compile(r"(\*\*/|\*\*|\*|\?|\[!?[^]/]+\])")
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class Pattern:
    """A path, or a pattern of paths."""

    def __init__(self, path: str) -> None:
        """
        Raises:
            InputError: the pattern is invalid.
        """
        parts = _WILD.split(path)
        self.is_plain = len(parts) == 1
        # The folder in which all that match are.
        self.folder = path.rstrip("/") if self.is_plain else parts[0].rpartition("/")[0]
        translated = (
            (_MEANING.get(part) or part.replace("[!", "[^").replace("\\", r"\\"))
            if number % 2
            else re.escape(part)
            for number, part in enumerate(parts)
        )
        try:
            self._expression = re.compile("" if self.is_plain else "".join(translated), re.DOTALL)
        except re.error as error:
            raise InputError(
                f"{path} is not a valid pattern: {error}; write a range such as [a-z], the lower "
                "character first"
            ) from error

    def matches(self, path: str) -> bool:
        """Whether a path matches; a path without wildcards stands for all that is below it."""
        return self.is_plain or self._expression.fullmatch(path) is not None
