"""The repositories of an owner ("am I in the corpus"), and the documents that pass a filter.

A segment numbers its strings, so an owner's repositories are a few numbers and its occurrences the
rows with one of them: one pass over four bytes per occurrence. The names are casefolded and sorted
once per segment, at the first query.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.segment import Segment
from attribution.index.embedded.snapshot import IndexSnapshot, SegmentView
from attribution.index.embedded.storage import damaged
from attribution.index.interface import Membership, WordQuery
from attribution.index.occurrences import belongs, by_count, names, owner_key

__all__ = ["may_pass", "membership"]

I64 = NDArray[np.int64]

_MOST_PASSING = 1 << 18  # documents of a filter, 20 MB; if more pass, hits come soon anyway


def membership(snapshot: IndexSnapshot, owner: str) -> Iterator[Membership]:
    """The live repositories of an owner, by name.

    Raises:
        InputError: the name is empty.
        IndexDamagedError: a number refers to no string.
    """
    wanted = owner_key(owner)
    found: dict[str, list[tuple[SegmentView, I64]]] = {}  # rows per repository and segment
    for view in snapshot.views:
        with _damage_reported(view):
            for number, rows in _rows(view, wanted):
                found.setdefault(view.segment.strings[number], []).append((view, rows))
    return (_counted(repository, found[repository]) for repository in sorted(found))


def may_pass(snapshot: IndexSnapshot, query: WordQuery) -> set[int] | None:
    """First 64 bits of the ids of documents with an occurrence that passes a query's filters.

    None when there is nothing to gain: no filter on occurrences, or one that passes many. Dead
    occurrences count too: the caller checks the live ones anyway.

    Raises:
        InputError: the name of the repository is empty.
        IndexDamagedError: a number refers to no string.
    """
    if query.repository is None and query.license is None:
        return None
    wanted = owner_key(query.repository) if query.repository is not None else None
    passing: set[int] = set()
    for view in snapshot.views:
        with _damage_reported(view):
            heads = view.segment.occurrences.columns["heads"][_passing(view, wanted, query.license)]
        if len(passing) + len(heads) > _MOST_PASSING:
            return None
        passing.update(heads.tolist())
    return passing


def _passing(view: SegmentView, owner: str | None, license_: str | None) -> NDArray[np.bool_]:
    """Whether each row of a segment belongs to an owner and has a licence; None means any."""
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
def _damage_reported(view: SegmentView) -> Iterator[None]:
    """Report a number that refers to nothing as damage."""
    try:
        yield
    except (IndexError, ValueError, TypeError) as exc:
        raise damaged(view.segment.arrays.path, "a number of its occurrences") from exc


def _rows(view: SegmentView, wanted: str) -> Iterator[tuple[int, I64]]:
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
        segment.repository_names = known  # two threads at once just do it twice
    return known


def _under(names: list[tuple[str, int]], wanted: str) -> list[int]:
    """The numbers of the names equal to `wanted`, or beginning with it and a slash."""
    numbers = []
    for first in (wanted, wanted + "/"):
        at = bisect_left(names, (first, -1))
        while at < len(names) and belongs(names[at][0], wanted):
            numbers.append(names[at][1])
            at += 1
    return numbers


def _counted(repository: str, found: list[tuple[SegmentView, I64]]) -> Membership:
    licenses: Counter[str] = Counter()
    heads = []
    for view, rows in found:
        table = view.segment.occurrences
        # A document may be in the tables of several segments: 64 bits of its id identify it.
        heads.append(table.columns["heads"][rows])
        numbers, counts = np.unique(table.columns["licenses"][rows], return_counts=True)
        with _damage_reported(view):
            for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
                licenses[table.license(number).expression] += count
    return Membership(
        repository,
        documents=int(np.unique(np.concatenate(heads)).size),
        occurrences=sum(len(rows) for _, rows in found),
        licenses=by_count(licenses),
    )
