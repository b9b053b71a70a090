"""`PartialIndex`: an index during one answer, some parts of which may fail to respond.

A lost shard makes an answer partial, and the answer says so; it does not make it an error. An
engine that does not respond at all still raises.
"""

from __future__ import annotations

from collections.abc import Sequence

from attribution.errors import IndexIncompleteError
from attribution.index.interface import Index, Proposal
from attribution.sketching.sketch import Sketch
from attribution.types import Document, Occurrence

__all__ = ["UNKNOWN", "PartialIndex"]

UNKNOWN = "Not all of the index answered; a match may be in the part that did not."


class PartialIndex:
    """The index as one answer reads it. Not safe to share between threads."""

    def __init__(self, index: Index) -> None:
        self.failure: str | None = None  # what did not answer first; None when everything did
        self._unlocated = 0  # documents none of whose occurrences could be read
        self._index = index

    def propose(self, sketch: Sketch, limit: int, *, lexical: bool = False) -> Proposal:
        """As `Index.propose`."""
        proposal = self._index.propose(sketch, limit=limit, lexical=lexical)
        self.failure = self.failure or proposal.incomplete
        return proposal

    def fetch(self, documents: Sequence[str]) -> list[Document | None]:
        """As `Index.fetch`; None also for a document that could not be read."""
        try:
            return self._index.fetch(documents)
        except IndexIncompleteError as exc:
            self.failure = self.failure or exc.lacking
            return list(exc.documents)

    def occurrences(self, document: str) -> tuple[Occurrence, ...]:
        """As `Index.occurrences`, without those that could not be read."""
        try:
            return self._index.occurrences(document)
        except IndexIncompleteError as exc:
            self.failure = self.failure or exc.lacking
            self._unlocated += not exc.occurrences
            return exc.occurrences

    def occurrences_of(self, documents: Sequence[str]) -> list[tuple[Occurrence, ...]]:
        """As `Index.occurrences_of`, without those that could not be read."""
        try:
            return self._index.occurrences_of(documents)
        except IndexIncompleteError:  # one by one, it is known what each lacks
            return [self.occurrences(document) for document in documents]

    def reason(self) -> str | None:
        """Why the answer is partial; None when everything was read."""
        if self.failure is None:
            return None
        reason = f"the index did not answer in full: {self.failure}"
        if self._unlocated:
            reason += (
                f"; {self._unlocated} matching documents are left out because none of their "
                "occurrences could be read"
                if self._unlocated > 1
                else "; 1 matching document is left out because none of its occurrences could be "
                "read"
            )
        return reason
