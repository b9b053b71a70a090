"""Removal marks repositories and owners as dead at once; compaction frees their bytes.

A compaction rewrites each segment with something dead from its live contents, which are sketched
again: this makes the counts of common fingerprints exact, which a merge cannot do. There is a
commit per segment: a killed compaction resumes with the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from attribution.index.embedded.assembly import Assembly, Tuning
from attribution.index.embedded.commits import Committer
from attribution.index.embedded.membership import damage_reported, repositories_of
from attribution.index.embedded.skiplog import read_skips, write_skips
from attribution.index.embedded.snapshot import IndexSnapshot, SegmentView
from attribution.index.embedded.storage import StoredFile, stored_bytes
from attribution.index.interface import RemovalPreview, RemovalReport
from attribution.index.occurrences import OptOutSet
from attribution.types import OptOut, Skip

__all__ = [
    "compact",
    "flags_of",
    "lift_opt_out",
    "newly_dead",
    "preview",
    "remove",
    "rewrite_segment",
]

U8 = NDArray[np.uint8]

_NO_HEADS = np.zeros(0, np.uint64)


def remove(committer: Committer, opt_outs: Sequence[OptOut]) -> RemovalReport:
    """Record opt-outs and mark what they cover as dead."""
    snapshot = committer.snapshot
    covered = snapshot.opt_outs.with_more(opt_outs)
    views = snapshot.views
    rows = [newly_dead(view, covered) for view in views]
    flags_of_views = [flags_of(view) for view in views]
    documents = [flags for flags, _ in flags_of_views]
    occurrences = [flags for _, flags in flags_of_views]
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
        if (dead_documents != flags_of(view)[0]).any() or dead.size
        else view.entry
        for view, dead, dead_documents, dead_occurrences in zip(
            views, rows, documents, occurrences, strict=True
        )
    ]
    committer.commit(segments=tuple(changed), opt_outs=covered.opt_outs)
    committer.sweep()
    return RemovalReport(sum(dead.size for dead in rows), gone, content_bytes)


def preview(snapshot: IndexSnapshot, opt_outs: Sequence[OptOut], limit: int) -> RemovalPreview:
    """As `Index.preview_removal`. Documents are counted by the first 64 bits of their ids.

    Raises:
        InputError: an opt-out is invalid.
        IndexDamagedError: a number refers to nothing.
    """
    covered = OptOutSet(opt_outs)
    rows = [newly_dead(view, covered) for view in snapshot.views]
    heads = [view.segment.occurrences.columns["heads"] for view in snapshot.views]
    taken = [column[at] for column, at in zip(heads, rows, strict=True)]
    documents, counts = np.unique(np.concatenate([*taken, _NO_HEADS]), return_counts=True)
    live = np.zeros(len(documents), np.int64)  # occurrences of each, also those that would go
    for view, column in zip(snapshot.views, heads, strict=True):
        first, last = column.searchsorted(documents), column.searchsorted(documents, "right")
        live += last - first
        if view.dead_occurrences.size:
            dead = np.concatenate([[0], np.cumsum(view.dead_occurrences, dtype=np.int64)])
            live -= dead[last] - dead[first]
    staying = documents[live > counts]
    examples = [
        snapshot.views[v].segment.id_of(number).hex()
        for head in staying[:limit].tolist()
        for v, number in snapshot.with_head(head)[:1]
    ]
    return RemovalPreview(int(counts.sum()), len(documents), len(staying), tuple(examples))


def newly_dead(view: SegmentView, covered: OptOutSet) -> NDArray[np.int64]:
    """Rows of live occurrences that opt-outs cover, by the sorted names of the segment.

    Raises:
        IndexDamagedError: a number refers to nothing.
    """
    segment = view.segment
    with damage_reported(view):
        numbers = {n for o in covered.opt_outs for n in repositories_of(segment, o.value)}
        marked = np.zeros(len(segment.strings), np.bool_)
        marked[[n for n in numbers if covered.covers(segment.strings[n])]] = True
        rows = np.flatnonzero(marked[segment.occurrences.columns["repositories"]])
    return rows if not view.dead_occurrences.size else rows[view.dead_occurrences[rows] == 0]


def lift_opt_out(committer: Committer, opt_outs: Sequence[OptOut]) -> None:
    """Lift opt-outs, and rewind all checkpoints."""
    snapshot = committer.snapshot
    left = snapshot.opt_outs.without(opt_outs).opt_outs
    checkpoints = snapshot.manifest.checkpoints
    if left != snapshot.opt_outs.opt_outs:
        checkpoints = tuple(checkpoint.rewound() for checkpoint in checkpoints)
    committer.commit(opt_outs=left, checkpoints=checkpoints)


def flags_of(view: SegmentView) -> tuple[U8, U8]:
    """Writable flags of the dead documents, shape (documents,), and occurrences, (occurrences,)."""
    counts = (
        (view.dead_documents, view.entry.documents),
        (view.dead_occurrences, view.entry.occurrences),
    )
    documents, occurrences = (np.array(f) if f.size else np.zeros(n, np.uint8) for f, n in counts)
    return documents, occurrences


def _lives(id_: bytes, views: Sequence[SegmentView], dead: Sequence[U8]) -> bool:
    for view, flags in zip(views, dead, strict=True):
        rows = view.segment.occurrences.rows(id_)
        if not flags[rows.start : rows.stop].all():
            return True
    return False


def compact(committer: Committer, tuning: Tuning) -> None:
    """Rewrite the segments that hold something dead.

    Raises:
        StorageError: the disk is full; the segments done so far are committed.
    """
    try:
        for entry in committer.snapshot.manifest.segments:
            if entry.dead is not None:
                view = next(v for v in committer.snapshot.views if v.entry.name == entry.name)
                rewrite_segment(committer, view, tuning)
                committer.sweep()
        _rewrite_skips(committer)
        committer.merge_small(tuning.max_segments)
    finally:
        committer.sweep()


def rewrite_segment(committer: Committer, view: SegmentView, tuning: Tuning) -> None:
    """Write a segment again, without what is dead in it, and commit."""
    manifest = committer.snapshot.manifest
    assembly = Assembly(
        committer.folder, manifest.params, manifest.cap, tuning,
        lambda: committer.name("segment"),
    )  # fmt: skip
    segment = view.segment
    with closing(assembly):
        for number in _live_numbers(view):
            assembly.add_document(
                segment.id_of(number), segment.language(number), segment.content(number)
            )
        keys = segment.occurrences.columns["keys"]
        for row in range(len(segment.occurrences)):
            if view.dead_occurrences.size == 0 or not view.dead_occurrences[row]:
                occurrence = segment.occurrences[row]
                assembly.add_occurrence(segment.occurrences.id_of(row), int(keys[row]), occurrence)
        entries = assembly.finish()
        committer.commit(segments=committer.replaced({view.entry.name}, entries))


def _live_numbers(view: SegmentView) -> Iterator[int]:
    """Live documents in the order of their contents on disk."""
    order = np.argsort(view.segment.arrays["documents.frames"], kind="stable")
    return (number for number in order.tolist() if view.document_lives(number))


def _rewrite_skips(committer: Committer) -> None:
    """Drop the names of files of opted-out repositories, except from skips for that reason."""
    manifest, folder = committer.snapshot.manifest, committer.folder
    files: dict[str, StoredFile] = {}
    skipped: Counter[str] = Counter()
    changed = False
    for name, stored in manifest.skip_files.items():
        skips = list(read_skips(folder / name, stored_bytes(folder / name)))
        kept = [skip for skip in skips if not _is_covered(committer, skip)]
        skipped.update(skip.reason for skip in kept)
        if len(kept) == len(skips):
            files[name] = stored
            continue
        changed = True
        if kept:
            new = committer.name("skips", ".jsonl.zst")
            files[new] = write_skips(folder / new, kept)
    if changed:
        committer.commit(skip_files=files, skipped=dict(skipped))


def _is_covered(committer: Committer, skip: Skip) -> bool:
    parts = skip.name.split("/")
    covers = committer.snapshot.opt_outs.covers
    return skip.reason != "opted out" and any(covers("/".join(parts[:n])) for n in (1, 2))
