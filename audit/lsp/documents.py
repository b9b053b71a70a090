"""The nouns of the language server: a document as it was, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from attribution.types import IndexSummary
from audit.lsp.positions import Places
from audit.types import FileReport

__all__ = ["Snapshot", "Verdicts"]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One version of an open document."""

    uri: str
    version: int
    text: str
    language: str  # the editor's name for it


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was found in a version."""

    snapshot: Snapshot
    places: Places  # of its text
    report: FileReport
    index: IndexSummary | None = None  # what it was checked against
    trouble: str | None = None  # what keeps every document from being checked, for people
