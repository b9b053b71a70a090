"""The licence that Whence names for an answer: that of its first source's probable origin."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.licenses import NOASSERTION
from attribution.session import LookupSession
from attribution.types import IndexSummary, Label, Snippet, Status

__all__ = ["Found", "Lookup"]

_FOUND = (Label.SIMILAR, Label.STRIKING, Label.VERBATIM)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up says of an answer."""

    license: str | None  # SPDX expression; None: no source, or no licence is known of it
    source: str = ""  # repository and path
    checked: bool = True  # False: it could not be looked up, see `reason`
    reason: str = ""


class Lookup:
    """Asks an index about answers."""

    def __init__(self, location: str) -> None:
        """Open the index.

        Raises:
            CorpusIndexError: there is none at the location, or it cannot be used.
        """
        self._session = LookupSession.open(location)

    @property
    def index(self) -> IndexSummary:
        """What is asked."""
        return self._session.index.summary()

    def find(self, answer: str, name: str) -> Found:
        """The licence of an answer's code, by itself: without its prompt."""
        code = answer.encode("utf-8", "replace")
        result = self._session.lookup(Snippet(code, "python", name))
        if result.status is Status.NOT_CHECKED:
            return Found(None, checked=False, reason=result.status_reason or "")
        cited = result.sources[0].cited if result.sources else None
        if result.label not in _FOUND or cited is None:
            return Found(None, reason=result.reason)
        place = cited.occurrence
        expression = place.license.expression
        known = None if expression == NOASSERTION else expression
        return Found(known, f"{place.repository}/{place.path}", reason=result.reason)
