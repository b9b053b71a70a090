"""What is known of a generated text at some moment: an answer, and of how much of the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution.types import Attribution, IndexSummary

if TYPE_CHECKING:  # brings the citations, which the start of the service need not wait for
    from attribution.reports.answer_schema import AttributionJson

__all__ = ["UNKNOWN_INDEX", "State", "state_of"]

UNKNOWN_INDEX = IndexSummary("", "", 0, 0, 0, 0, "")  # of an answer that no index gave


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one choice's text."""

    choice: int
    attribution: AttributionJson
    final: bool
    through: int  # bytes of the text, as UTF-8, that were judged


def state_of(choice: int, attribution: Attribution, final: bool, through: int) -> State:
    """The state that an answer is."""
    from attribution.reports.json_report import as_json

    return State(choice, as_json(attribution), final, through)
