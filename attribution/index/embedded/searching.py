"""Word search: the words of the segments name the documents that may match, their texts decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from attribution.index.embedded.membership import may_pass
from attribution.index.embedded.snapshot import DocumentRef, IndexSnapshot
from attribution.index.interface import WordHit, WordQuery
from attribution.index.occurrences import is_in_language, passes
from attribution.index.wordsearch import TextQuery

__all__ = ["search"]


def search(
    snapshot: IndexSnapshot, query: WordQuery, limit: int, stop: Callable[[], bool] | None = None
) -> Iterator[WordHit]:
    """Documents with all words, phrases and expressions. See `Index.search`."""
    text = TextQuery(query)
    passing = may_pass(snapshot, query)
    if passing is not None and not passing:
        return iter(())
    return islice(_hits(snapshot, query, text, passing, stop), max(limit, 0))


def _hits(
    snapshot: IndexSnapshot,
    query: WordQuery,
    text: TextQuery,
    passing: set[int] | None,
    stop: Callable[[], bool] | None,
) -> Iterator[WordHit]:
    """The documents that match, best first."""
    seen: set[tuple[int, int]] = set()
    for lookup in text.lookups:
        for v, number, score in snapshot.words.search(lookup):
            if stop is not None and stop():
                return
            view = snapshot.views[v]
            if (v, number) in seen or (
                passing is not None and int(view.segment.heads[number]) not in passing
            ):
                continue
            ref = DocumentRef(view, number)
            hit = _hit(snapshot, query, text, ref, score, parts=lookup.parts)
            if hit is not None:
                seen.add((v, number))
                yield hit


def _hit(
    snapshot: IndexSnapshot,
    query: WordQuery,
    text: TextQuery,
    ref: DocumentRef,
    score: float,
    *,
    parts: bool,
) -> WordHit | None:
    """A document as a hit; None when it does not match."""
    segment, number = ref.view.segment, ref.number
    if not is_in_language(segment.language(number), query):
        return None
    occurrences = snapshot.occurrences(segment.id_of(number))
    occurrences = tuple(o for o in occurrences if passes(o, query))
    if not occurrences:
        return None
    document = segment.document(number)
    lines = text.lines(document.text, parts=parts)
    if lines is None:
        return None
    return WordHit(document, occurrences, lines, 0.0 if parts else score)
