"""`LookupSession`: the one way in for every front end (commands, service, evaluation)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from attribution.errors import InputError
from attribution.index import open_index
from attribution.index.interface import Index
from attribution.lexing.languages import canonical_language
from attribution.lexing.notebooks import notebook_code
from attribution.locations import Locations
from attribution.settings import AttributorSettings
from attribution.types import Attribution, Snippet

if TYPE_CHECKING:
    from attribution.attributor import Attributor

__all__ = ["LookupSession"]


@dataclass(frozen=True, slots=True)
class LookupSession:
    """An open index with an attributor. Opening one costs more than a look-up: share it."""

    index: Index
    attributor: Attributor

    @classmethod
    def open(cls, location: Locations, settings: AttributorSettings | None = None) -> Self:
        """Open an index for look-ups.

        Raises:
            CorpusIndexError: there is none at the location, or it cannot be used.
        """
        index = open_index(location)
        # after a service was asked for its index: the kernels take half a second to import
        from attribution.attributor import Attributor

        return cls(index, Attributor(index, settings))

    def lookup(self, snippet: Snippet, language: str | None = None) -> Attribution:
        """The answer for a snippet; one that cannot be judged is answered as not checked.

        Of a notebook, the code in its cells is looked up.

        Args:
            language: a name that the user gave, which overrules the snippet's. An unknown name
                is ignored, with a warning.

        Raises:
            CorpusIndexError: the index is damaged or does not answer.
        """
        warnings: tuple[str, ...] = ()
        try:
            snippet = notebook_code(snippet)
        except InputError as error:
            return self.not_checked(snippet, str(error))
        if language is not None:
            known = canonical_language(language)
            if known is not None:
                snippet = replace(snippet, language=known)
            else:
                read_as = snippet.language or "code of an unknown language"
                warnings = (f"unknown language {language!r}; read as {read_as}",)
        try:
            answer = self.attributor.attribute(snippet)
        except InputError as error:
            answer = self.not_checked(snippet, str(error))
        return replace(answer, warnings=(*answer.warnings, *warnings)) if warnings else answer

    def not_checked(self, snippet: Snippet, why: str) -> Attribution:
        """The answer for a snippet that is not looked up."""
        return Attribution.not_checked(snippet, why, self.index.summary())
