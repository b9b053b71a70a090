"""The licence that Whence names for an answer: that of the best source's probable origin."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.licensing.expressions import NOASSERTION
from attribution.locations import Locations
from attribution.session import LookupSession
from attribution.settings import AttributorSettings
from attribution.types import IndexSummary, Label, Snippet, Status
from attribution.verdict import too_short

__all__ = ["LicenseLookup", "LookupResult"]

_MATCHES = (Label.SIMILAR, Label.STRIKING, Label.VERBATIM)


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The result of looking up an answer."""

    license: str | None  # SPDX expression; None: no source, or its licence is unknown
    source: str = ""  # repository and path
    checked: bool = True  # False: it was not looked up, or only in part, see `reason`
    reason: str = ""
    too_short: bool = False  # too few tokens to tell a copy from chance: there is nothing to find


class LicenseLookup:
    """Looks up answers in an index."""

    def __init__(self, location: Locations, *, private: bool = False) -> None:
        """Open the index.

        Args:
            private: see AttributorSettings.

        Raises:
            CorpusIndexError: there is no index at the location, or it cannot be used.
        """
        self._session = LookupSession.open(location, AttributorSettings(private=private))

    @property
    def index(self) -> IndexSummary:
        """The index that is used."""
        return self._session.index.summary()

    def close(self) -> None:
        """Close the index."""
        self._session.index.close()

    def find(self, answer: str, name: str) -> LookupResult:
        """The licence of an answer's code, looked up without its prompt."""
        code = answer.encode("utf-8", "replace")
        result = self._session.lookup(Snippet(code, "python", name))
        if result.status is Status.NOT_CHECKED:
            why = result.status_reason or ""
            short = why == too_short(result.tokens, self._session.index.params)
            return LookupResult(None, checked=short, too_short=short, reason=why)
        checked = result.status is Status.CHECKED
        reason = result.reason if checked else f"partially checked: {result.status_reason}"
        cited = result.sources[0].cited if result.sources else None
        if result.label not in _MATCHES or cited is None:
            return LookupResult(None, checked=checked, reason=reason)
        place = cited.occurrence
        expression = place.license.expression
        known = None if expression == NOASSERTION else expression
        return LookupResult(known, f"{place.repository}/{place.path}", checked, reason)
