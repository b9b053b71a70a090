"""What lives when the segments of several indexes become those of one.

An occurrence dies when an opt-out covers it, or when an earlier segment has it too. A document dies
when no occurrence of it lives, or when it lives in another segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.removal import flags_of, newly_dead
from attribution.index.embedded.snapshot import SegmentView
from attribution.index.occurrences import OptOutSet

__all__ = ["dead_rows"]

U8 = NDArray[np.uint8]
Names = NDArray[np.bytes_]  # of fixed length, so they compare byte by byte

_ROWS = 1 << 20  # compared at a time, about
_ID_BYTES = 20


def dead_rows(views: Sequence[SegmentView], opt_outs: OptOutSet) -> list[tuple[U8, U8]]:
    """Flags of the dead documents and occurrences of each view, as `flags_of` gives them.

    Of equal rows that live, the one in the first view stays alive.
    """
    if not views:
        return []
    flags_of_views = [flags_of(view) for view in views]
    documents = [flags for flags, _ in flags_of_views]
    occurrences = [flags for _, flags in flags_of_views]
    for view, flags in zip(views, occurrences, strict=True):
        flags[newly_dead(view, opt_outs)] = 1
    columns = [view.segment.occurrences.columns for view in views]
    seen = [(c["heads"], c["tails"], c["keys"]) for c in columns]
    held = [(view.segment.heads, view.segment.tails) for view in views]
    count = sum(map(len, (*documents, *occurrences))) // _ROWS + 1
    bounds = [np.uint64((1 << 64) * n // count) for n in range(1, count)]
    for n in range(count):
        ids = _mark_occurrences(seen, occurrences, _spans(seen, bounds, n))
        _mark_documents(held, documents, _spans(held, bounds, n), ids)
    return flags_of_views


def _spans(tables: Sequence[Any], bounds: Sequence[np.uint64], n: int) -> list[slice]:
    """The rows of each table in the range of heads that ends with bound n."""
    spans = []
    for heads, *_ in tables:
        first = int(heads.searchsorted(bounds[n - 1])) if n else 0
        last = int(heads.searchsorted(bounds[n])) if n < len(bounds) else len(heads)
        spans.append(slice(first, last))
    return spans


def _mark_occurrences(tables: Sequence[Any], flags: list[U8], spans: list[slice]) -> Names:
    """Leave the first of equal occurrences alive; returns the ids that have a live one, sorted."""
    names, dead = _names(tables, spans), _joined(flags, spans)
    live = np.flatnonzero(dead == 0)
    live = live[np.argsort(names[live], kind="stable")]
    ordered = names[live]
    dead[live[1:][ordered[1:] == ordered[:-1]]] = 1
    _write_back(dead, flags, spans)
    ids = ordered.view(np.uint8).reshape(-1, ordered.dtype.itemsize)[:, :_ID_BYTES]
    return np.ascontiguousarray(ids).view(f"S{_ID_BYTES}").reshape(-1)


def _mark_documents(tables: Sequence[Any], flags: list[U8], spans: list[slice], ids: Names) -> None:
    """Leave one of the copies of each document alive that has one of the ids."""
    names, dead = _names(tables, spans), _joined(flags, spans)
    known = np.flatnonzero(ids.searchsorted(names, "left") < ids.searchsorted(names, "right"))
    known = known[np.lexsort((known, dead[known], names[known]))]  # those that live come first
    ordered = names[known]
    dead[:] = 1
    dead[known[:1]] = 0
    dead[known[1:][ordered[1:] != ordered[:-1]]] = 0
    _write_back(dead, flags, spans)


def _names(tables: Sequence[Any], spans: list[slice]) -> Names:
    """Rows of all tables as strings of bytes that compare as ids (and keys) do."""
    rows = []
    for table, span in zip(tables, spans, strict=True):
        columns = (c[span] if c.ndim == 2 else _bytes(c[span]) for c in table)
        rows.append(np.concatenate(list(columns), axis=1))
    joined = np.ascontiguousarray(np.concatenate(rows))
    return joined.view(f"S{joined.shape[1]}").reshape(-1)


def _bytes(column: NDArray[np.uint64]) -> U8:
    return column.astype(">u8").view(np.uint8).reshape(-1, 8)


def _joined(flags: list[U8], spans: list[slice]) -> U8:
    return np.concatenate(
        [np.empty(0, np.uint8), *(f[s] for f, s in zip(flags, spans, strict=True))]
    )


def _write_back(joined: U8, flags: list[U8], spans: list[slice]) -> None:
    at = 0
    for array, span in zip(flags, spans, strict=True):
        size = span.stop - span.start
        array[span] = joined[at : at + size]
        at += size
