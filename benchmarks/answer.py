"""What came back for a query of the benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.types import Label, MatchKind, Status
from attribution.verdict import Evidence
from benchmarks.queries import Query

__all__ = ["REPORTED", "Answer", "Found"]

REPORTED = (Label.SIMILAR, Label.STRIKING, Label.VERBATIM)


@dataclass(frozen=True, slots=True)
class Found:
    """The figures of a document that was aligned; its text is let go."""

    document: str  # git blob sha1
    right: bool  # it holds the original
    kind: MatchKind
    confidence: float
    evidence: Evidence
    containment: float
    similarity: float
    tokens: int  # of the snippet, matched
    match_tokens: int  # of the best match


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a query."""

    query: Query
    label: Label | None  # None: not checked
    status: Status
    first: tuple[Found, ...]  # the best `KEPT`, reported or not
    told_right: bool  # whether the first source that the user is told of holds the original
    copied: float  # similarity of the best match's passages when never indexed; see copies.py
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
        return max((one.confidence for one in self.first), default=0.0)

    def right_above(self, threshold: float) -> bool:
        """Whether the first document whose confidence is above the threshold is a right one."""
        return next((one.right for one in self.first if one.confidence > threshold), False)

    @property
    def reported(self) -> bool:
        """Whether the user is told of a source."""
        return self.label in REPORTED
