"""Asks the queries of an index and compares each answer with the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from attribution.attributor import Attributor
from attribution.index.interface import Index
from attribution.lexing.encodings import Decoded
from attribution.matching.verify import Verified
from attribution.partial_index import PartialIndex
from attribution.types import Attribution, Document, Snippet, Source
from benchmarks.answer import Answer, Found
from benchmarks.copies import similarity_of_passages
from benchmarks.lexemes import lexemes
from benchmarks.metrics import rate
from benchmarks.queries import Query
from benchmarks.truth import squeezed

__all__ = ["Observer", "ask"]

KEPT = 5  # documents an answer


class Observer(Attributor):
    """An Attributor that keeps what it verified, so that what it does not report is seen too."""

    verified: Sequence[Verified] = ()

    def attribute_and_keep(self, snippet: Snippet) -> Attribution:
        """The answer; `verified` are then the documents that were aligned for it, best first."""
        self.verified = ()
        return self.attribute(snippet)

    def _sources(
        self, verified: Sequence[Verified], decoded: Decoded, index: PartialIndex
    ) -> tuple[Source, ...]:
        self.verified = verified
        return super()._sources(verified, decoded, index)


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
