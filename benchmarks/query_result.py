"""The result of one query of the benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.types import Label, MatchKind, Status
from attribution.verdict import Evidence
from benchmarks.queries import Query

__all__ = ["REPORTED", "AlignedDocument", "QueryResult"]

REPORTED = (Label.SIMILAR, Label.STRIKING, Label.VERBATIM)


@dataclass(frozen=True, slots=True)
class AlignedDocument:
    """The figures of a document that was aligned, without its text."""

    document: str  # git blob sha1
    right: bool  # whether it contains the original
    kind: MatchKind
    confidence: float
    evidence: Evidence
    containment: float
    similarity: float
    tokens: int  # matched tokens of the snippet
    match_tokens: int  # of the best match


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The result of one query."""

    query: Query
    label: Label | None  # None: not checked
    status: Status
    first: tuple[AlignedDocument, ...]  # the best `KEPT`, reported or not
    reported_right: bool  # whether the first reported source contains the original
    copied: float  # of never-indexed code: similarity of the best match's passages; see copies.py
    common_lines: float  # of never-indexed code: share of its lines that the first document has
    aligned: int  # documents
    milliseconds: float

    @property
    def right(self) -> bool:
        """Whether the first document is a right one, reported or not."""
        return bool(self.first) and self.first[0].right

    @property
    def confidence(self) -> float:
        """The highest confidence of the documents kept; 0 without one."""
        return max((document.confidence for document in self.first), default=0.0)

    def right_above(self, threshold: float) -> bool:
        """Whether the first document above the threshold of confidence is a right one."""
        return next((d.right for d in self.first if d.confidence > threshold), False)

    @property
    def reported(self) -> bool:
        """Whether a source is reported to the user."""
        return self.label in REPORTED
