"""`AttributionUpdate`: the attribution of a generated text at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution.types import Attribution, IndexSummary, Snippet, Status

if TYPE_CHECKING:  # imports the citations, which the start of the service need not wait for
    from attribution.reports.json_report import AttributionJson

__all__ = ["UNKNOWN_INDEX", "AttributionUpdate", "unchecked", "update_of"]

UNKNOWN_INDEX = IndexSummary("", "", 0, 0, 0, 0, "")  # used when no index could be opened


@dataclass(frozen=True, slots=True)
class AttributionUpdate:
    """The attribution of one choice's text so far."""

    choice: int
    attribution: AttributionJson
    final: bool  # no further update follows for this choice
    through: int  # bytes of the text, as UTF-8, that the attribution covers


def update_of(
    choice: int, attribution: Attribution, final: bool, through: int
) -> AttributionUpdate:
    """The update for an attribution."""
    from attribution.reports.json_report import as_json

    return AttributionUpdate(choice, as_json(attribution), final, through)


def unchecked(snippet: Snippet, why: str, index: IndexSummary = UNKNOWN_INDEX) -> Attribution:
    """The attribution of a snippet that could not be checked."""
    code = snippet.code
    return Attribution(
        status=Status.NOT_CHECKED,
        status_reason=why,
        label=None,
        reason=f"Not checked: {why.rstrip('.')}.",
        confidence=0.0,
        snippet=snippet,
        lines=code.count(b"\n") + (1 if code and not code.endswith(b"\n") else 0),
        tokens=0,
        sources=(),
        index=index,
        elapsed_ms=0.0,
    )
