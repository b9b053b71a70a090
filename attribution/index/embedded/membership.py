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
from attribution.index.occurrences import by_count, names, owner_key
from attribution.repository_names import nearest_names, repository_key

__all__ = ["damage_reported", "may_pass", "of_owner", "repositories_of", "similar_names"]

_MOST_PASSING = 1 << 18  # documents of a filter, 20 MB; if more pass, hits come soon anyway


def of_owner(snapshot: IndexSnapshot, owner: str) -> Iterator[Membership]:
    """The live repositories of an owner, by name.

    Raises:
        InputError: the name is empty.
        IndexDamagedError: a number refers to no string.
    """
    wanted = owner_key(owner)
    documents: dict[str, set[int]] = {}  # first 64 bits of their ids, per repository
    licenses: dict[str, Counter[str]] = {}
    for view in snapshot.views:
        with damage_reported(view):
            table = view.segment.occurrences
            rows = np.flatnonzero(_passing(view, wanted, None))
            if view.dead_occurrences.size:
                rows = rows[view.dead_occurrences[rows] == 0]
            columns = ("repositories", "heads", "licenses")
            values = [table.columns[column][rows].tolist() for column in columns]
            repositories = {number: table.strings[number] for number in set(values[0])}
            expressions = {number: table.expression(number) for number in set(values[2])}
            for number, head, license_ in zip(*values, strict=True):
                name = repositories[number]
                documents.setdefault(name, set()).add(head)
                licenses.setdefault(name, Counter())[expressions[license_]] += 1
    return (
        Membership(name, len(documents[name]), counts.total(), by_count(counts))
        for name, counts in sorted(licenses.items())
    )


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
        with damage_reported(view):
            heads = view.segment.occurrences.columns["heads"][_passing(view, wanted, query.license)]
        if len(passing) + len(heads) > _MOST_PASSING:
            return None
        passing.update(heads.tolist())
    return passing


def _passing(view: SegmentView, owner: str | None, license_: str | None) -> NDArray[np.bool_]:
    """Whether each row of a segment belongs to an owner and has a licence; None means any."""
    segment, table = view.segment, view.segment.occurrences
    rows = np.ones(len(table), np.bool_)
    if owner is not None:
        rows &= _marked(segment, repositories_of(segment, owner))[table.columns["repositories"]]
    if license_ is not None:
        numbers = np.unique(table.columns["licenses"]).tolist()
        under = [number for number in numbers if names(table.expression(number), license_)]
        rows &= _marked(segment, under)[table.columns["licenses"]]
    return rows


def _marked(segment: Segment, numbers: list[int] | NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Whether each string of a segment is one of `numbers`."""
    marked = np.zeros(len(segment.strings), np.bool_)
    marked[numbers] = True
    return marked


@contextmanager
def damage_reported(view: SegmentView) -> Iterator[None]:
    """Report a number that refers to nothing as damage."""
    try:
        yield
    except (IndexError, ValueError, TypeError) as exc:
        raise damaged(view.segment.arrays.path, "a number of its occurrences") from exc


def repositories_of(segment: Segment, owner: str) -> list[int]:
    """The numbers of the repositories of an owner, and of the one with that name; an owner_key."""
    known = _names(segment)
    numbers = []
    exact, below = repository_key(owner), owner + "/"
    for first in (exact, below):
        at = bisect_left(known, (first, -1))
        while at < len(known) and (known[at][0] == exact or known[at][0].startswith(below)):
            numbers.append(known[at][1])
            at += 1
    return numbers


def _names(segment: Segment) -> list[tuple[str, int]]:
    """Keys and numbers of all repositories of a segment, sorted."""
    known = segment.repository_names
    if known is None:
        used = np.flatnonzero(_marked(segment, segment.occurrences.columns["repositories"]))
        known = sorted((repository_key(segment.strings[n]), n) for n in used.tolist())
        segment.repository_names = known  # two threads at once just do it twice
    return known


def similar_names(snapshot: IndexSnapshot, name: str) -> list[str]:
    """As `Index.similar_names`."""
    named: set[str] = set()
    for view in snapshot.views:
        with damage_reported(view):
            named.update(view.segment.strings[number] for _, number in _names(view.segment))
    return nearest_names(name, (n for n in sorted(named) if not snapshot.opt_outs.covers(n)))
