"""An index as one answer asks it: what a part of the engine cannot give is noted, the rest goes on.

So a lost shard costs an answer its completeness, which the answer says, and not its existence. An
engine that does not answer at all is an error as before.
"""

from __future__ import annotations

from collections.abc import Sequence

from attribution.errors import IndexIncompleteError
from attribution.index.interface import Index
from attribution.types import Document, Occurrence

__all__ = ["UNKNOWN", "Asking"]

UNKNOWN = "Not all of the index answered: what matches may be in the part that did not."


class Asking:
    """The texts and places that one answer asks for. Not safe to share between threads."""

    def __init__(self, index: Index, lacking: str | None = None) -> None:
        """Begin an answer.

        Args:
            lacking: what did not answer before.
        """
        self.lacking = lacking  # what did not answer, in words; None when all did
        self.placeless = 0  # documents of which no place came for that reason
        self._index = index

    def lacks(self, what: str | None) -> None:
        """Note what did not answer; the first is told, and None is nothing."""
        self.lacking = self.lacking or what

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        """As `Index.fetch`; None also for a document that did not come."""
        try:
            return self._index.fetch(documents)
        except IndexIncompleteError as exc:
            self.lacks(exc.lacking)
            return list(exc.documents)

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        """As `Index.occurrences`; those that came, when some did not."""
        try:
            return self._index.occurrences(document)
        except IndexIncompleteError as exc:
            self.lacks(exc.lacking)
            self.placeless += not exc.occurrences
            return exc.occurrences

    def told(self) -> str | None:
        """The reason for a partial answer; None when nothing is lacking."""
        if self.lacking is None:
            return None
        told = f"the index did not answer in full: {self.lacking}"
        if self.placeless:
            one = "a document" if self.placeless == 1 else f"{self.placeless} documents"
            told += f"; no place is known of {one} that would match, so it is left out"
        return told
