"""Words and phrases: tantivy names the documents with all words, their texts decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile

from attribution.errors import InputError
from attribution.index.embedded.holdings import may_pass
from attribution.index.embedded.state import Place, State
from attribution.index.interface import WordHit, WordQuery
from attribution.index.occurrences import passes
from attribution.index.wordsearch import TextQuery

__all__ = ["search"]

# A query without a word that could be looked up, such as "((", reads texts: so many bytes at most.
SCAN_BYTES = 256 << 20


def search(
    state: State, query: WordQuery, limit: int, stop: Callable[[], bool] | None = None
) -> Iterator[WordHit]:
    """Documents with all words and phrases, best first, until `stop` says so.

    Raises:
        InputError: there is nothing to search for; or, after the hits found, the texts of a large
            index were not all read for a query without words.
    """
    text = TextQuery(query)
    passing = may_pass(state, query)
    if passing is not None and not passing:
        return iter(())
    places = _by_words(state, text, passing) if text.terms else _all(state, query, passing)
    if stop is not None:
        places = takewhile(lambda _: not stop(), places)
    wanted = (place for place in places if place is not None)
    return _verified(state, query, text, wanted, limit)


def _verified(
    state: State,
    query: WordQuery,
    text: TextQuery,
    places: Iterator[tuple[Place, float]],
    limit: int,
) -> Iterator[WordHit]:
    left = limit
    for place, score in places:
        if left <= 0:
            return
        segment = place.view.segment
        if (
            query.language
            and segment.language(place.number).casefold() != query.language.casefold()
        ):
            continue
        occurrences = state.occurrences(segment.id_of(place.number))
        occurrences = tuple(o for o in occurrences if passes(o, query))
        if not occurrences:
            continue
        document = segment.document(place.number)
        lines = text.lines(document.content)
        if lines is not None:
            left -= 1
            yield WordHit(document, occurrences, lines, score)


def _by_words(
    state: State, text: TextQuery, passing: set[int] | None
) -> Iterator[tuple[Place, float] | None]:
    """Places of all that have the words, best first; None for each that cannot pass."""
    if state.lexical is None:
        return
    seen: set[int] = set()
    for head, score in state.lexical.search(text.terms):
        if passing is not None and head not in passing:
            yield None
        elif head not in seen:
            seen.add(head)
            yield from ((Place(state.views[v], n), score) for v, n in state.with_head(head))


def _all(
    state: State, query: WordQuery, passing: set[int] | None
) -> Iterator[tuple[Place, float] | None]:
    """Every place; None for each that cannot pass."""
    read = 0
    for view in state.views:
        for number in range(view.segment.documents):
            if passing is not None and int(view.segment.heads[number]) not in passing:
                yield None
            elif view.document_lives(number):
                read += int(view.segment.sizes[number])
                if read > SCAN_BYTES:
                    raise InputError(
                        f"{' '.join((*query.words, *query.phrases))!r} has no word to look up, "
                        f"and only {SCAN_BYTES >> 20} MiB of texts were read for it; add a word"
                    )
                yield Place(view, number), 0.0
