"""`AttributionUpdate`: the attribution of a generated text at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution.types import Attribution, IndexSummary

if TYPE_CHECKING:  # imports the citations, which the start of the service need not wait for
    from attribution.reports.answer_schema import AttributionJson

__all__ = ["UNKNOWN_INDEX", "AttributionUpdate", "update_of"]

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
