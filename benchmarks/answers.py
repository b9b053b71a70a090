"""Asks the queries of an index and compares each answer with the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attribution.attributor import Attributor
from attribution.encodings import Decoded
from attribution.index.interface import Index
from attribution.matching import Verified
from attribution.types import Attribution, Document, Label, Snippet, Source, Status
from benchmarks.lexemes import lexemes
from benchmarks.queries import Query
from benchmarks.truth import squeezed

__all__ = ["REPORTED", "Answer", "ask"]

KEPT = 5  # documents an answer
REPORTED = (Label.SIMILAR, Label.STRIKING, Label.VERBATIM)


class Observer(Attributor):
    """An Attributor that keeps what it verified, so that what it does not report is seen too."""

    verified: Sequence[Verified] = ()

    def attribute_and_keep(self, snippet: Snippet) -> Attribution:
        """The answer; `verified` are then the documents that were aligned for it, best first."""
        self.verified = ()
        return self.attribute(snippet)

    def _sources(self, verified: Sequence[Verified], decoded: Decoded) -> tuple[Source, ...]:
        self.verified = verified
        return super()._sources(verified, decoded)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a query."""

    query: Query
    label: Label | None  # None: not checked
    status: Status
    first: tuple[Verified, ...]  # the best `KEPT`, reported or not
    rights: tuple[bool, ...]  # whether each of these holds the original
    told_right: bool  # whether the first source that the user is told of holds it
    aligned: int  # documents
    milliseconds: float

    @property
    def right(self) -> bool:
        """Whether the first document is a right one, reported or not."""
        return bool(self.rights) and self.rights[0]

    @property
    def confidence(self) -> float:
        """The highest of the documents kept; 0 without one."""
        return max((one.confidence for one in self.first), default=0.0)

    def right_above(self, threshold: float) -> bool:
        """Whether the first document whose confidence is above the threshold is a right one."""
        ranked = zip(self.first, self.rights, strict=True)
        return next((right for one, right in ranked if one.confidence > threshold), False)

    @property
    def reported(self) -> bool:
        """Whether the user is told of a source."""
        return self.label in REPORTED


def ask(index: Index, queries: Sequence[Query]) -> Iterator[Answer]:
    """Answers in the order of the queries."""
    observer = Observer(index)
    for query in queries:
        code = query.code.encode()
        began = time.perf_counter()
        told = observer.attribute_and_keep(Snippet(code, query.sample.language))
        spent = 1e3 * (time.perf_counter() - began)
        first = tuple(observer.verified[:KEPT])
        rights = tuple(holds(query, one.document) for one in first)
        sources = [source.document.rpartition(":")[2] for source in told.sources[:1]]
        told_right = any(
            document is not None and holds(query, document) for document in index.fetch(sources)
        )
        yield Answer(
            query,
            told.label,
            told.status,
            first,
            rights,
            told_right,
            told.candidates_verified,
            spent,
        )


def holds(query: Query, found: Document) -> bool:
    """Whether the document holds the query's original, white space aside.

    Code that was asked without its comments cannot tell two versions that differ in comments
    alone: there the comparison leaves comments aside too.
    """
    if not query.indexed:
        return False
    if found.id in query.holders:
        return True
    if query.kind != "reindented":
        return False
    text = found.content.decode(errors="replace")
    return bare(query.original, query.sample.language) in bare(text, query.sample.language)


def bare(text: str, language: str) -> bytes:
    """The text without comments and white space."""
    return squeezed("".join(p.text for p in lexemes(text, language) if p.kind != "comment"))
