"""What is held of an owner ("am I in the corpus"), and what a filter of a search lets through.

A segment numbers its strings, so an owner's repositories are a few numbers and its occurrences the
rows with one of them: one pass over four bytes an occurrence. The names are casefolded and sorted
once a segment, at the first question.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.segment import Segment
from attribution.index.embedded.state import State, View
from attribution.index.embedded.storage import damaged
from attribution.index.interface import Holding, WordQuery
from attribution.index.occurrences import belongs, by_count, names, owner_key

__all__ = ["holdings", "may_pass"]

I64 = NDArray[np.int64]

_MOST_PASSING = 1 << 18  # documents of a filter, 20 MB: where more pass, hits come soon anyway


def holdings(state: State, owner: str) -> Iterator[Holding]:
    """The live repositories of an owner, by name.

    Raises:
        InputError: the owner names nothing.
        IndexDamagedError: a number refers to no string.
    """
    wanted = owner_key(owner)
    places: dict[str, list[tuple[View, I64]]] = {}  # rows per repository and segment
    for view in state.views:
        with _whole(view):
            for number, rows in _rows(view, wanted):
                places.setdefault(view.segment.strings[number], []).append((view, rows))
    return (_holding(repository, places[repository]) for repository in sorted(places))


def may_pass(state: State, query: WordQuery) -> set[int] | None:
    """First 64 bits of the ids of documents with an occurrence that passes a query's filters.

    None when there is nothing to gain: no filter on occurrences, or one that passes many. Dead
    occurrences count too: who asks looks at the others anyway.

    Raises:
        InputError: the repository names nothing.
        IndexDamagedError: a number refers to no string.
    """
    if query.repository is None and query.license is None:
        return None
    wanted = owner_key(query.repository) if query.repository is not None else None
    passing: set[int] = set()
    for view in state.views:
        with _whole(view):
            heads = view.segment.occurrences.columns["heads"][_passing(view, wanted, query.license)]
        if len(passing) + len(heads) > _MOST_PASSING:
            return None
        passing.update(heads.tolist())
    return passing


def _passing(view: View, owner: str | None, license_: str | None) -> NDArray[np.bool_]:
    """Whether each row of a segment is an owner's, and under a licence; None: any."""
    segment = view.segment
    columns = segment.occurrences.columns
    rows = np.ones(len(segment.occurrences), np.bool_)
    if owner is not None:
        rows &= _marked(segment, _under(_names(segment), owner))[columns["repositories"]]
    if license_ is not None:
        numbers = np.unique(columns["licenses"]).tolist()
        table = segment.occurrences
        under = [number for number in numbers if names(table.license(number), license_)]
        rows &= _marked(segment, under)[columns["licenses"]]
    return rows


def _marked(segment: Segment, numbers: list[int]) -> NDArray[np.bool_]:
    """Whether each string of a segment is one of those, by its number."""
    marked = np.zeros(len(segment.strings), np.bool_)
    marked[numbers] = True
    return marked


@contextmanager
def _whole(view: View) -> Iterator[None]:
    """Numbers that refer to nothing are the file's fault."""
    try:
        yield
    except (IndexError, ValueError, TypeError) as exc:
        raise damaged(view.segment.arrays.path, "a number of its occurrences") from exc


def _rows(view: View, wanted: str) -> Iterator[tuple[int, I64]]:
    """The live rows of each repository of an owner, by the number of its name."""
    segment = view.segment
    numbers = _under(_names(segment), wanted)
    if not numbers:
        return
    column = segment.occurrences.columns["repositories"]
    rows = np.flatnonzero(_marked(segment, numbers)[column])
    if view.dead_occurrences.size:
        rows = rows[view.dead_occurrences[rows] == 0]
    rows = rows[np.argsort(column[rows], kind="stable")]
    found, starts = np.unique(column[rows], return_index=True)
    yield from zip(found.tolist(), np.split(rows, starts[1:]), strict=False)


def _names(segment: Segment) -> list[tuple[str, int]]:
    """The casefolded names of a segment's repositories with their numbers, ascending."""
    known: list[tuple[str, int]] | None = segment.repository_names
    if known is None:
        used = np.zeros(len(segment.strings), np.bool_)
        used[segment.occurrences.columns["repositories"]] = True
        strings = segment.strings
        known = sorted((strings[n].casefold(), n) for n in np.flatnonzero(used).tolist())
        segment.repository_names = known  # two threads at once only do it twice
    return known


def _under(names: list[tuple[str, int]], wanted: str) -> list[int]:
    """The numbers of the names that are the wanted one, or begin with it and a slash."""
    numbers = []
    for first in (wanted, wanted + "/"):
        at = bisect_left(names, (first, -1))
        while at < len(names) and belongs(names[at][0], wanted):
            numbers.append(names[at][1])
            at += 1
    return numbers


def _holding(repository: str, places: list[tuple[View, I64]]) -> Holding:
    licenses: Counter[str] = Counter()
    heads = []
    for view, rows in places:
        table = view.segment.occurrences
        # A document may be in several segments' tables: 64 bits of its id tell it apart.
        heads.append(table.columns["heads"][rows])
        numbers, counts = np.unique(table.columns["licenses"][rows], return_counts=True)
        with _whole(view):
            for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
                licenses[table.license(number).expression] += count
    return Holding(
        repository,
        documents=int(np.unique(np.concatenate(heads)).size),
        occurrences=sum(len(rows) for _, rows in places),
        licenses=by_count(licenses),
    )
