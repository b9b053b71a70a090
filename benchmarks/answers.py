"""Runs queries against an index and compares each answer with the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from attribution.attributor import Attributor
from attribution.index.interface import Index
from attribution.lexing.encodings import Decoded
from attribution.matching.verify import Verified
from attribution.partial_index import Asking
from attribution.types import Attribution, Document, Snippet, Source
from benchmarks.answer import Aligned, Answer
from benchmarks.copies import similarity_of_passages
from benchmarks.lexemes import lexemes
from benchmarks.metrics import rate
from benchmarks.queries import Query
from benchmarks.truth import squeezed

__all__ = ["Observer", "run_queries"]

KEPT = 5  # documents per answer


class Observer(Attributor):
    """An Attributor that keeps all verified documents, also those that it does not report."""

    verified: Sequence[Verified] = ()

    def attribute_and_keep(self, snippet: Snippet) -> Attribution:
        """The answer; `verified` then has the documents that were aligned, best first."""
        self.verified = ()
        return self.attribute(snippet)

    def _sources(
        self, verified: Sequence[Verified], decoded: Decoded, asking: Asking
    ) -> tuple[Source, ...]:
        self.verified = verified
        return super()._sources(verified, decoded, asking)


def run_queries(index: Index, queries: Sequence[Query]) -> Iterator[Answer]:
    """The answers, in the order of the queries."""
    observer = Observer(index)
    for query in queries:
        code = query.code.encode()
        began = time.perf_counter()
        answer = observer.attribute_and_keep(Snippet(code, query.sample.language))
        spent = 1e3 * (time.perf_counter() - began)
        kept = observer.verified[:KEPT]
        sources = [source.document.rpartition(":")[2] for source in answer.sources[:1]]
        unseen = kept[0] if kept and not query.sample.indexed else None
        yield Answer(
            query,
            answer.label,
            answer.status,
            tuple(figures(query, verified) for verified in kept),
            any(document and contains(query, document) for document in index.fetch(sources)),
            similarity_of_passages(query, unseen) if unseen else 0.0,
            common_lines(query, unseen.document) if unseen else 0.0,
            answer.candidates_verified,
            spent,
        )


def figures(query: Query, verified: Verified) -> Aligned:
    """The figures of an aligned document."""
    return Aligned(
        verified.document.id,
        contains(query, verified.document),
        verified.kind,
        verified.confidence,
        verified.evidence,
        verified.containment,
        verified.similarity,
        verified.tokens,
        verified.matches[0].tokens if verified.matches else 0,
    )


def contains(query: Query, document: Document) -> bool:
    """Whether a document contains the query's original, apart from white space.

    A query without comments cannot distinguish two versions that differ in comments only, so there
    comments are ignored too.
    """
    if not query.indexed:
        return False
    if document.id in query.holders:
        return True
    if query.kind != "reindented":
        return False
    text = document.content.decode(errors="replace")
    return bare(query.original, query.sample.language) in bare(text, query.sample.language)


def bare(text: str, language: str) -> bytes:
    """The text without comments and white space."""
    return squeezed("".join(p.text for p in lexemes(text, language) if p.kind != "comment"))


def common_lines(query: Query, document: Document) -> float:
    """Share of the original's longer lines that the document has, apart from white space."""
    text = document.content.decode(errors="replace")
    theirs = {"".join(line.split()) for line in text.splitlines()}
    ours = ["".join(line.split()) for line in query.original.splitlines()]
    longer = [line for line in ours if len(line) >= 12]
    return rate([line in theirs for line in longer]) if longer else 0.0
