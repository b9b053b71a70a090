"""Runs the queries against an index and compares each answer with the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from attribution.attributor import Attributor
from attribution.index.interface import Index
from attribution.matching.verify import Verified
from attribution.settings import AttributorSettings
from attribution.snippet_matches import SnippetMatches
from attribution.types import Attribution, Document, Snippet
from benchmarks.copies import similarity_of_passages
from benchmarks.lexemes import lexemes
from benchmarks.metrics import rate
from benchmarks.queries import Query
from benchmarks.query_result import AlignedDocument, QueryResult
from benchmarks.truth import squeezed

__all__ = ["RecordingAttributor", "run_queries"]

KEPT = 5  # documents per answer


class RecordingAttributor(Attributor):
    """An Attributor that keeps all documents it verified, including those it does not report."""

    found: SnippetMatches | None = None

    @property
    def verified(self) -> Sequence[Verified]:
        """The documents aligned for the last snippet, best first."""
        return self.found.verified if self.found is not None else ()

    def attribute_and_keep(self, snippet: Snippet) -> Attribution:
        """Attribute a snippet, and keep `verified`."""
        self.found = None
        return self.attribute(snippet)

    def _no_matches(self) -> SnippetMatches:
        self.found = super()._no_matches()
        return self.found


def run_queries(
    index: Index, queries: Sequence[Query], settings: AttributorSettings | None = None
) -> Iterator[QueryResult]:
    """The results, in the order of the queries."""
    attributor = RecordingAttributor(index, settings)
    for query in queries:
        code = query.code.encode()
        started = time.perf_counter()
        answer = attributor.attribute_and_keep(Snippet(code, query.sample.language))
        milliseconds = 1e3 * (time.perf_counter() - started)
        kept = attributor.verified[:KEPT]
        sources = [source.document.rpartition(":")[2] for source in answer.sources[:1]]
        unseen = kept[0] if kept and not query.sample.indexed else None
        yield QueryResult(
            query,
            answer.label,
            answer.status,
            tuple(aligned_document(query, verified) for verified in kept),
            any(document and is_right(query, document) for document in index.fetch(sources)),
            similarity_of_passages(query, unseen) if unseen else 0.0,
            common_lines(query, unseen.document) if unseen else 0.0,
            answer.candidates_verified,
            milliseconds,
        )


def aligned_document(query: Query, verified: Verified) -> AlignedDocument:
    """The figures of a verified document that are kept."""
    return AlignedDocument(
        verified.document.id,
        is_right(query, verified.document),
        verified.kind,
        verified.confidence,
        verified.evidence,
        verified.containment,
        verified.similarity,
        verified.tokens,
        verified.matches[0].tokens if verified.matches else 0,
    )


def is_right(query: Query, document: Document) -> bool:
    """Whether the document contains the query's original, ignoring white space.

    A query without its comments fits two versions that differ only in comments, so comments are
    ignored for such queries.
    """
    if not query.indexed:
        return False
    if document.id in query.holders:
        return True
    if query.kind != "reindented":
        return False
    text = document.content.decode(errors="replace")
    language = query.sample.language
    return without_comments(query.original, language) in without_comments(text, language)


def without_comments(text: str, language: str) -> bytes:
    """The text without comments and white space."""
    return squeezed("".join(p.text for p in lexemes(text, language) if p.kind != "comment"))


def common_lines(query: Query, document: Document) -> float:
    """Share of the original's lines of 12 characters or more that the document has.

    White space is ignored.
    """
    text = document.content.decode(errors="replace")
    theirs = {"".join(line.split()) for line in text.splitlines()}
    ours = ["".join(line.split()) for line in query.original.splitlines()]
    long = [line for line in ours if len(line) >= 12]
    return rate([line in theirs for line in long]) if long else 0.0
