"""Verified documents to sources: near-equal contents together, best first, with their origin.

Two contents are near-equal when MinHash estimates that they share NEAR_EQUAL of their 5-token
shingles (Broder 1997), or when they are equal to the byte. A source lists every occurrence of its
contents. The probable origin is the earliest that is not a vendored copy; without dates, it is
the most starred one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attribution.kernels import float64, int64, kernel, uint32, void
from attribution.lexing.lexer import lex
from attribution.matching.verify import Verified
from attribution.sketching.minhash import EMPTY, shingle_hashes, sign
from attribution.sketching.sketch import SketchParams
from attribution.types import (
    Document,
    Lead,
    Occurrence,
    Origin,
    Source,
    SourceOccurrence,
    Span,
)
from attribution.verdict import REPORT_AT

__all__ = ["leads_of", "licenses_of", "origin_of", "sources_of"]

NEAR_EQUAL = 0.7  # Jaccard similarity of 5-token shingles
_LEADS = 3  # in an answer
_WORD = re.compile(rb"[^\W_]|[\x80-\xff]")


def _signature(document: Document) -> NDArray[np.uint32]:
    """The document's MinHash, from the index or else computed from its text."""
    if document.signature is not None:
        return document.signature
    tokens = lex(document.content, document.language)
    shingles = np.empty(len(tokens), np.uint32)
    count = shingle_hashes(tokens.hashes, len(tokens), SketchParams().shingle, shingles)
    return sign(shingles[:count])


@kernel(void(uint32[:, ::1], float64, int64[::1]))
def _group_into(signatures, near, groups):  # type: ignore[no-untyped-def]
    """Put each document into the first group whose first document it is near-equal to.

    Args:
        signatures: (n, permutations) uint32. An empty one, of a text too short for a shingle,
            equals others but is in a group of its own.
        near: float64, the share of equal values from which two documents are near-equal.
        groups: (n,) int64, written: the number of each document's group.
    """
    leaders = np.empty(signatures.shape[0], np.int64)
    count = 0
    for i in range(signatures.shape[0]):
        groups[i] = count
        empty = True
        for value in signatures[i]:
            empty = empty and value == EMPTY
        for group in range(0 if empty else count):
            equal = 0
            for p in range(signatures.shape[1]):
                equal += signatures[leaders[group], p] == signatures[i, p]
            if equal / signatures.shape[1] >= near:
                groups[i] = group
                break
        if groups[i] == count:
            leaders[count] = i
            count += 1


def _cluster(verified: Sequence[Verified]) -> list[list[Verified]]:
    """Group near-equal documents; groups and members keep the order given (best first)."""
    if len(verified) < 2:
        return [list(verified)] if verified else []
    signatures = np.stack([_signature(match.document) for match in verified])
    numbers = np.empty(len(verified), np.int64)
    _group_into(signatures, NEAR_EQUAL, numbers)
    groups: dict[int, list[Verified]] = {}
    for number, match in zip(numbers.tolist(), verified, strict=True):
        groups.setdefault(number, []).append(match)
    return list(groups.values())


def _order(seen: SourceOccurrence) -> tuple[bool, bool, str, int, str, str]:
    occurrence = seen.occurrence
    return (
        occurrence.vendored,
        occurrence.date is None,
        occurrence.date or "",
        -(occurrence.stars or 0),
        occurrence.repository,
        occurrence.path,
    )


def origin_of(occurrences: Sequence[Occurrence]) -> Origin | None:
    """The probable origin, with its reason.

    Args:
        occurrences: all of a source, genuine ones before vendored ones, earliest first.
    """
    if not occurrences:
        return None
    genuine = [i for i, occurrence in enumerate(occurrences) if not occurrence.vendored]
    among = genuine or list(range(len(occurrences)))
    mixed = bool(genuine) and len(genuine) < len(occurrences)
    rest = " that are not vendored copies" if mixed else "" if genuine else ", all vendored copies"
    if len(occurrences) == 1:
        return Origin(0, "the only occurrence" + ("" if genuine else ", a vendored copy"))
    if len({occurrences[i].repository for i in among}) == 1:
        suffix = " where it is not a vendored copy" if mixed else rest
        return Origin(among[0], "the only repository" + suffix)
    dated = [i for i in among if occurrences[i].date]
    if len(dated) == len(among):
        return Origin(among[0], f"earliest of {len(among)}{rest}: {occurrences[among[0]].date}")
    starred = [i for i in among if occurrences[i].stars]
    if starred:
        best = max(starred, key=lambda i: occurrences[i].stars or 0)
        return Origin(best, f"most starred of {len(among)}{rest}: {occurrences[best].stars}")
    if dated:
        return Origin(dated[0], f"earliest of the {len(dated)} with a date{rest}")
    return Origin(among[0], f"first of {len(among)}{rest}; none has a date or stars")


def sources_of(
    reported: Sequence[Verified],
    occurrences: Callable[[Sequence[str]], list[tuple[Occurrence, ...]]],
    as_given: Callable[[Span], Span],
    max_occurrences: int,
) -> tuple[Source, ...]:
    """All sources that verified documents make, best first.

    A source is left out when no occurrence of its documents is left.

    Args:
        reported: the documents, best first.
        occurrences: all occurrences of each of some documents by id.
        as_given: from a span of the text that was lexed to a span of the snippet as given.
        max_occurrences: listed per source.
    """
    ids = [match.document.id for match in reported]
    known = dict(zip(ids, occurrences(ids), strict=True))
    sources = (_source(group, known, as_given, max_occurrences) for group in _cluster(reported))
    return tuple(source for source in sources if source is not None)


def licenses_of(sources: Sequence[Source]) -> tuple[tuple[str, int], ...]:
    """The licence expressions of the sources' cited occurrences, each with its sources."""
    cited = (source.cited for source in sources)
    expressions = [one.occurrence.license.expression for one in cited if one]
    if len(expressions) == 1:  # mostly; a Counter takes some time
        return ((expressions[0], 1),)
    return tuple(Counter(expressions).most_common())


def leads_of(
    verified: Sequence[Verified],
    occurrences: Callable[[str], tuple[Occurrence, ...]],
    text: bytes,
    as_given: Callable[[Span], Span],
    explained: Sequence[Span],
    tokens: int,
) -> tuple[Lead, ...]:
    """The longest runs of equal tokens in documents that are not reported.

    A run without a letter or digit, such as a ruler of dashes, is no lead.

    Args:
        verified: the documents, best first.
        occurrences: all occurrences of a document by id.
        text: the snippet as it was lexed.
        as_given: from a span of the text that was lexed to a span of the snippet as given.
        explained: spans of the snippet as given that need no lead: matches and common code.
        tokens: the least length of a run.
    """
    runs = {
        match.document.id: replace(match.run, snippet=as_given(match.run.snippet))
        for match in verified
        if match.run is not None
        and match.run.tokens >= tokens
        and match.confidence < REPORT_AT
        and _WORD.search(text, match.run.snippet.start, match.run.snippet.end)
    }
    weak = [
        match
        for match in verified
        if (run := runs.get(match.document.id)) is not None
        and not any(span.contains(run.snippet) for span in explained)
    ]
    weak.sort(key=lambda match: -runs[match.document.id].tokens)
    leads: list[Lead] = []
    for group in _cluster(weak):
        run = runs[group[0].document.id]
        seen = [
            SourceOccurrence(one, match.document.swhid, runs[match.document.id].source)
            for match in group
            for one in occurrences(match.document.id)
        ]
        if seen:
            leads.append(Lead(run, min(seen, key=_order), len(seen)))
        if len(leads) == _LEADS:
            break
    return tuple(leads)


def _source(
    group: Sequence[Verified],
    occurrences: Mapping[str, tuple[Occurrence, ...]],
    as_given: Callable[[Span], Span],
    max_occurrences: int,
) -> Source | None:
    best = group[0]
    seen = [
        SourceOccurrence(occurrence, match.document.swhid, match.matches[0].source)
        for match in group
        for occurrence in occurrences[match.document.id]
    ]
    if not seen:
        return None
    seen.sort(key=_order)
    origin = origin_of([one.occurrence for one in seen])
    listed = seen[:max_occurrences]
    if origin is not None and origin.occurrence >= len(listed):
        listed = [seen[origin.occurrence], *listed[:-1]]
        origin = Origin(0, origin.reason)
    return Source(
        document=best.document.swhid,
        kind=best.kind,
        tokens=best.tokens,
        containment=best.containment,
        similarity=best.similarity,
        longest_run_tokens=best.longest,
        evidence=best.evidence.total,
        confidence=best.confidence,
        matches=tuple(replace(match, snippet=as_given(match.snippet)) for match in best.matches),
        occurrences=tuple(one.occurrence for one in listed),
        occurrences_total=len(seen),
        origin=origin,
        documents=tuple(match.document.swhid for match in group),
        occurrence_documents=tuple(one.document for one in listed),
        occurrence_spans=tuple(one.span for one in listed if one.span is not None),
    )
