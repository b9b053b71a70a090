"""`Desk`: an open index with an attributor over it, where commands ask for snippets one by one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from attribution.attributor import Attributor, AttributorSettings
from attribution.commands.stdin import standard_input
from attribution.errors import InputError
from attribution.index import open_index
from attribution.index.interface import Index
from attribution.lexing.languages import canonical_language, language_of_path
from attribution.types import Attribution, Snippet, Status

__all__ = ["Desk", "read_snippet"]


@dataclass(frozen=True, slots=True)
class Desk:
    """One per process: opening an index costs more than asking it."""

    index: Index
    attributor: Attributor

    @classmethod
    def open(cls, location: str, max_sources: int) -> Self:
        """Open an index to ask it.

        Raises:
            CorpusIndexError: there is none at the location, or it cannot be used.
        """
        index = open_index(location)
        return cls(index, Attributor(index, AttributorSettings(max_sources=max_sources)))

    def ask(self, snippet: Snippet, language: str | None = None) -> Attribution:
        """The answer for a snippet, read as the language that the user named, if any.

        A snippet that the attributor refuses is answered as not checked, never dropped.
        """
        warnings: tuple[str, ...] = ()
        if language is not None:
            known = canonical_language(language)
            if known is not None:
                snippet = dataclasses.replace(snippet, language=known)
            else:
                read_as = snippet.language or "code of no known language"
                warnings = (f"no language is called {language!r}; read as {read_as}",)
        try:
            answer = self.attributor.attribute(snippet)
        except InputError as error:
            answer = self.refuse(snippet, str(error))
        if not warnings:
            return answer
        return dataclasses.replace(answer, warnings=(*answer.warnings, *warnings))

    def refuse(self, snippet: Snippet, reason: str) -> Attribution:
        """The answer for what cannot be looked up: not checked, and why."""
        return Attribution(
            status=Status.NOT_CHECKED,
            status_reason=reason,
            label=None,
            reason=reason,
            confidence=0.0,
            snippet=snippet,
            lines=0,
            tokens=0,
            sources=(),
            index=self.index.summary(),
            elapsed_ms=0.0,
        )


def read_snippet(name: str) -> Snippet:
    """The contents of a file, or of standard input for `-`; the language by the file's name.

    Raises:
        InputError: the file cannot be read.
    """
    if name == "-":
        return Snippet(standard_input().read())
    path = Path(name)
    if not name or path.is_dir():
        raise InputError(
            "it is a folder; name the files in it" if name else "the name of the file is empty"
        )
    try:
        return Snippet(path.read_bytes(), language_of_path(path.name), name)
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror or error}") from error
