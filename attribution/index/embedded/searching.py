"""Word search: tantivy names the documents with all words, their texts decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, takewhile

from attribution.index.embedded.membership import may_pass
from attribution.index.embedded.snapshot import DocumentRef, IndexSnapshot
from attribution.index.interface import WordHit, WordQuery
from attribution.index.occurrences import passes
from attribution.index.wordsearch import TextQuery, too_much_to_scan

__all__ = ["search"]

SCAN_BYTES = 256 << 20  # of texts that are read for a query without a word to look up


def search(
    snapshot: IndexSnapshot, query: WordQuery, limit: int, stop: Callable[[], bool] | None = None
) -> Iterator[WordHit]:
    """Documents with all words and phrases. See `Index.search`."""
    text = TextQuery(query)
    passing = may_pass(snapshot, query)
    if passing is not None and not passing:
        return iter(())
    refs = _with_words(snapshot, text, passing) if text.terms else _all(snapshot, query, passing)
    if stop is not None:
        refs = takewhile(lambda _: not stop(), refs)
    hits = (_hit(snapshot, query, text, *ref) for ref in refs if ref is not None)
    return islice((hit for hit in hits if hit is not None), max(limit, 0))


def _hit(
    snapshot: IndexSnapshot, query: WordQuery, text: TextQuery, ref: DocumentRef, score: float
) -> WordHit | None:
    """A document as a hit; None when it does not match."""
    segment, number = ref.view.segment, ref.number
    if query.language and segment.language(number).casefold() != query.language.casefold():
        return None
    occurrences = snapshot.occurrences(segment.id_of(number))
    occurrences = tuple(o for o in occurrences if passes(o, query))
    if not occurrences:
        return None
    document = segment.document(number)
    lines = text.lines(document.text)
    return None if lines is None else WordHit(document, occurrences, lines, score)


def _with_words(
    snapshot: IndexSnapshot, text: TextQuery, passing: set[int] | None
) -> Iterator[tuple[DocumentRef, float] | None]:
    """All documents with the words, best first; None for each that cannot pass the filters."""
    if snapshot.lexical is None:
        return
    seen: set[int] = set()
    for head, score in snapshot.lexical.search(text.terms):
        if passing is not None and head not in passing:
            yield None
        elif head not in seen:
            seen.add(head)
            for v, number in snapshot.with_head(head):
                yield DocumentRef(snapshot.views[v], number), score


def _all(
    snapshot: IndexSnapshot, query: WordQuery, passing: set[int] | None
) -> Iterator[tuple[DocumentRef, float] | None]:
    """All documents; None for each that cannot pass the filters."""
    read = 0
    for view in snapshot.views:
        for number in range(view.segment.documents):
            if passing is not None and int(view.segment.heads[number]) not in passing:
                yield None
            elif view.document_lives(number):
                read += int(view.segment.sizes[number])
                if read > SCAN_BYTES:
                    raise too_much_to_scan(query, SCAN_BYTES)
                yield DocumentRef(view, number), 0.0
