"""Asks the queries of an index and compares each answer with the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attribution.attributor import Attributor
from attribution.encodings import Decoded
from attribution.index.interface import Index
from attribution.matching import Verified
from attribution.types import Attribution, Document, Label, MatchKind, Snippet, Source, Status
from attribution.verdict import Evidence
from benchmarks.copies import similarity_of_passages
from benchmarks.lexemes import lexemes
from benchmarks.metrics import rate
from benchmarks.queries import Query
from benchmarks.truth import squeezed

__all__ = ["REPORTED", "Answer", "Found", "Observer", "ask"]

KEPT = 5  # documents an answer
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


def ask(index: Index, queries: Sequence[Query]) -> Iterator[Answer]:
    """Answers in the order of the queries."""
    observer = Observer(index)
    for query in queries:
        code = query.code.encode()
        began = time.perf_counter()
        told = observer.attribute_and_keep(Snippet(code, query.sample.language))
        spent = 1e3 * (time.perf_counter() - began)
        kept = observer.verified[:KEPT]
        sources = [source.document.rpartition(":")[2] for source in told.sources[:1]]
        unseen = kept[0] if kept and not query.sample.indexed else None
        yield Answer(
            query,
            told.label,
            told.status,
            tuple(figures(query, one) for one in kept),
            any(document and holds(query, document) for document in index.fetch(sources)),
            similarity_of_passages(query, unseen) if unseen else 0.0,
            common_lines(query, unseen.document) if unseen else 0.0,
            told.candidates_verified,
            spent,
        )


def figures(query: Query, one: Verified) -> Found:
    """What is kept of an aligned document."""
    return Found(
        one.document.id,
        holds(query, one.document),
        one.kind,
        one.confidence,
        one.evidence,
        one.containment,
        one.similarity,
        one.tokens,
        one.matches[0].tokens if one.matches else 0,
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


def common_lines(query: Query, document: Document) -> float:
    """Share of the original's telling lines that the document has, white space aside."""
    text = document.content.decode(errors="replace")
    theirs = {"".join(line.split()) for line in text.splitlines()}
    ours = ["".join(line.split()) for line in query.original.splitlines()]
    telling = [line for line in ours if len(line) >= 12]
    return rate([line in theirs for line in telling]) if telling else 0.0
