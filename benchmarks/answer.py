"""The answer to a query of the benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.types import Label, MatchKind, Status
from attribution.verdict import Evidence
from benchmarks.queries import Query

__all__ = ["REPORTED", "Aligned", "Answer"]

REPORTED = (Label.SIMILAR, Label.STRIKING, Label.VERBATIM)


@dataclass(frozen=True, slots=True)
class Aligned:
    """The figures of a document that was aligned, without its text."""

    document: str  # git blob sha1
    right: bool  # it contains the original
    kind: MatchKind
    confidence: float
    evidence: Evidence
    containment: float
    similarity: float
    tokens: int  # of the snippet, matched
    match_tokens: int  # of the best match


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query."""

    query: Query
    label: Label | None  # None if not checked
    status: Status
    first: tuple[Aligned, ...]  # the best `KEPT`, reported or not
    reported_right: bool  # whether the first reported source contains the original
    copied: float  # if never indexed: similarity of the best match's passages; see copies.py
    common_lines: float  # share of a never-indexed original's lines that the first document has
    aligned: int  # documents
    milliseconds: float

    @property
    def right(self) -> bool:
        """Whether the first document is a right one, reported or not."""
        return bool(self.first) and self.first[0].right

    @property
    def confidence(self) -> float:
        """The highest of the documents kept; 0 without one."""
        return max((document.confidence for document in self.first), default=0.0)

    def right_above(self, threshold: float) -> bool:
        """Whether the first document whose confidence is above the threshold is a right one."""
        return next((d.right for d in self.first if d.confidence > threshold), False)

    @property
    def reported(self) -> bool:
        """Whether a source is reported to the user."""
        return self.label in REPORTED
