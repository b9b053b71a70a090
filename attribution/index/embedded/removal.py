"""Removal of repositories and owners: marked at once; compaction frees the bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.commits import Committer
from attribution.index.embedded.snapshot import SegmentView
from attribution.index.interface import RemovalReport
from attribution.index.occurrences import OptOutSet
from attribution.types import OptOut

__all__ = ["lift_opt_out", "remove"]

U8 = NDArray[np.uint8]


def remove(committer: Committer, opt_outs: Sequence[OptOut]) -> RemovalReport:
    """Record opt-outs and mark what they cover as dead."""
    snapshot = committer.snapshot
    covered = snapshot.opt_outs.with_more(opt_outs)
    views = snapshot.views
    rows = [_newly_dead(view, covered) for view in views]
    occurrences = [_flags(v.dead_occurrences, len(v.segment.occurrences)) for v in views]
    documents = [_flags(v.dead_documents, v.segment.documents) for v in views]
    ids: set[bytes] = set()
    for view, dead, flags in zip(views, rows, occurrences, strict=True):
        flags[dead] = 1
        ids.update(view.segment.occurrences.id_of(int(row)) for row in dead)
    ordered = sorted(ids)
    gone = content_bytes = 0
    for id_, ref in zip(ordered, snapshot.locate(ordered), strict=True):
        if ref is None or not ref.alive or _lives(id_, views, occurrences):
            continue
        documents[views.index(ref.view)][ref.number] = 1
        gone += 1
        content_bytes += int(ref.view.segment.sizes[ref.number])
    changed = [
        committer.with_dead(view.entry, view.segment, dead_documents, dead_occurrences)
        if (dead_documents != _flags(view.dead_documents, view.segment.documents)).any()
        or dead.size
        else view.entry
        for view, dead, dead_documents, dead_occurrences in zip(
            views, rows, documents, occurrences, strict=True
        )
    ]
    committer.commit(segments=tuple(changed), opt_outs=covered.opt_outs)
    committer.sweep()
    return RemovalReport(sum(dead.size for dead in rows), gone, content_bytes)


def lift_opt_out(committer: Committer, opt_outs: Sequence[OptOut]) -> None:
    """Lift opt-outs, and rewind all checkpoints."""
    snapshot = committer.snapshot
    left = snapshot.opt_outs.without(opt_outs).opt_outs
    checkpoints = snapshot.manifest.checkpoints
    if left != snapshot.opt_outs.opt_outs:
        checkpoints = tuple(checkpoint.rewound() for checkpoint in checkpoints)
    committer.commit(opt_outs=left, checkpoints=checkpoints)


def _newly_dead(view: SegmentView, covered: OptOutSet) -> NDArray[np.int64]:
    """Rows of live occurrences that opt-outs cover."""
    column = view.segment.occurrences.columns["repositories"]
    strings = view.segment.strings
    numbers = [n for n in np.unique(column).tolist() if covered.covers(strings[n])]
    dead = np.isin(column, np.array(numbers, np.uint32))
    if view.dead_occurrences.size:
        dead &= view.dead_occurrences == 0
    return np.flatnonzero(dead)


def _flags(flags: U8, count: int) -> U8:
    """A writable copy."""
    return np.array(flags) if flags.size else np.zeros(count, np.uint8)


def _lives(id_: bytes, views: Sequence[SegmentView], dead: Sequence[U8]) -> bool:
    for view, flags in zip(views, dead, strict=True):
        rows = view.segment.occurrences.rows(id_)
        if not flags[rows.start : rows.stop].all():
            return True
    return False
