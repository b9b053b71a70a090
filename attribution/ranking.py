"""Verified documents to sources: near-equal contents together, best first, with their origin.

Two contents are near-equal when MinHash estimates that they share NEAR_EQUAL of their 5-token
shingles (Broder 1997), or when they are equal to the byte. A source lists every occurrence of its
contents; the probable origin is the earliest that is not a vendored copy, else the most starred
one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attribution.lexing.lexer import lex
from attribution.matching.verify import Verified
from attribution.sketching.minhash import EMPTY, shingle_hashes, sign
from attribution.sketching.sketch import SketchParams
from attribution.types import Document, Occurrence, Origin, Source, Span

__all__ = ["Place", "cluster", "origin_of", "source_of"]

NEAR_EQUAL = 0.7  # Jaccard similarity of 5-token shingles


@dataclass(frozen=True, slots=True)
class Place:
    """An occurrence, the content that stands there, and the best match's span in it."""

    occurrence: Occurrence
    document: str  # SWHID
    span: Span


def _signature(document: Document) -> NDArray[np.uint32]:
    """The document's MinHash: the index's, else made of its text."""
    if document.signature is not None:
        return document.signature
    tokens = lex(document.content, document.language)
    shingles = np.empty(len(tokens), np.uint32)
    count = shingle_hashes(tokens.hashes, len(tokens), SketchParams().shingle, shingles)
    return sign(shingles[:count])


def cluster(verified: Sequence[Verified]) -> list[list[Verified]]:
    """Group near-equal documents; groups and members keep the order given (best first)."""
    if len(verified) < 2:
        return [list(verified)] if verified else []
    groups: list[list[Verified]] = []
    signatures = np.stack([_signature(one.document) for one in verified])
    leaders: list[int] = []
    for i, one in enumerate(verified):
        equal = (signatures[leaders] == signatures[i]).mean(axis=1)
        near = np.flatnonzero(equal >= NEAR_EQUAL)
        # texts too short for a shingle have the empty signature: equal to each other, not in fact
        if near.size and not (signatures[i] == EMPTY).all():
            groups[int(near[0])].append(one)
        else:
            groups.append([one])
            leaders.append(i)
    return groups


def _order(place: Place) -> tuple[bool, bool, str, int, str, str]:
    seen = place.occurrence
    return (
        seen.vendored,
        seen.date is None,
        seen.date or "",
        -(seen.stars or 0),
        seen.repository,
        seen.path,
    )


def origin_of(places: Sequence[Place], total: int) -> Origin | None:
    """The probable origin among places in the order of `_order`, with its reason."""
    if not places:
        return None
    own = [i for i, place in enumerate(places) if not place.occurrence.vendored]
    among = own or list(range(len(places)))
    mixed = bool(own) and len(own) < len(places)
    rest = " that are not vendored copies" if mixed else "" if own else ", all vendored copies"
    if total == 1:
        return Origin(0, "the only occurrence" + (", a vendored copy" if not own else ""))
    if len({places[i].occurrence.repository for i in among}) == 1:
        one = " where it is not a vendored copy" if mixed else rest
        return Origin(among[0], "the only repository" + one)
    dated = [i for i in among if places[i].occurrence.date]
    if len(dated) == len(among):
        return Origin(
            among[0], f"earliest of {len(among)}{rest}: {places[among[0]].occurrence.date}"
        )
    starred = [i for i in among if places[i].occurrence.stars]
    if starred:
        best = max(starred, key=lambda i: places[i].occurrence.stars or 0)
        stars = places[best].occurrence.stars
        return Origin(best, f"most starred of {len(among)}{rest}: {stars}")
    if dated:
        return Origin(dated[0], f"earliest of the {len(dated)} with a date{rest}")
    return Origin(among[0], f"first of {len(among)}{rest}; none has a date or stars")


def source_of(
    group: Sequence[Verified],
    occurrences: Callable[[str], tuple[Occurrence, ...]],
    max_occurrences: int,
    place: Callable[[Span], Span],
) -> Source | None:
    """The source that a group of near-equal documents is; None when nothing of it is left.

    Args:
        group: the verified documents, best first.
        occurrences: all occurrences of a document by id.
        max_occurrences: how many to list; all are counted.
        place: a span of the text that was lexed as a span of the snippet as it came.
    """
    best = group[0]
    places = [
        Place(occurrence, one.document.swhid, one.matches[0].source)
        for one in group
        for occurrence in occurrences(one.document.id)
    ]
    if not places:
        return None
    places.sort(key=_order)
    origin = origin_of(places, len(places))
    shown = places[:max_occurrences]
    if origin is not None and origin.occurrence >= len(shown):
        shown = [places[origin.occurrence], *shown[:-1]]
        origin = Origin(0, origin.reason)
    return Source(
        document=best.document.swhid,
        kind=best.kind,
        containment=best.containment,
        similarity=best.similarity,
        longest_run_tokens=int(best.evidence.longest),
        evidence=best.evidence.total,
        confidence=best.confidence,
        matches=tuple(replace(match, snippet=place(match.snippet)) for match in best.matches),
        occurrences=tuple(place.occurrence for place in shown),
        occurrences_total=len(places),
        origin=origin,
        documents=tuple(one.document.swhid for one in group),
        occurrence_documents=tuple(place.document for place in shown),
        occurrence_spans=tuple(place.span for place in shown),
    )
