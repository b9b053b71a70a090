"""Compaction: removed bytes leave the disk.

Each segment with something dead is rewritten from its live contents, which are sketched again:
this makes the counts of common fingerprints exact, which a merge cannot do. The lexical index is
rewritten when it holds a removed document, since tantivy drops deleted words only when it happens
to merge. There is a commit per segment: a killed compaction resumes with the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from attribution.index.embedded.assembly import Assembly, Tuning, words_of
from attribution.index.embedded.commits import Committer
from attribution.index.embedded.lexical import LexicalWriter
from attribution.index.embedded.skiplog import read_skips, write_skips
from attribution.index.embedded.snapshot import SegmentView
from attribution.index.embedded.storage import StoredFile, stored_bytes
from attribution.sketching.sketch import sketch_batch
from attribution.types import Skip

__all__ = ["compact"]


def compact(committer: Committer, tuning: Tuning) -> None:
    """Rewrite the segments and words that hold something dead.

    Raises:
        StorageError: the disk is full; the segments done so far are committed.
    """
    try:
        for entry in committer.snapshot.manifest.segments:
            if entry.dead is not None:
                view = next(v for v in committer.snapshot.views if v.entry.name == entry.name)
                _rewrite_segment(committer, view, tuning)
                committer.sweep()
        lexical = committer.snapshot.lexical
        if lexical and lexical.documents != committer.snapshot.manifest.documents:
            _rewrite_lexical(committer, tuning)
        _rewrite_skips(committer)
        committer.merge_small(tuning.max_segments)
    finally:
        committer.sweep()


def _rewrite_segment(committer: Committer, view: SegmentView, tuning: Tuning) -> None:
    manifest = committer.snapshot.manifest
    assembly = Assembly(
        committer.folder, manifest.params, manifest.cap, tuning,
        lambda: committer.name("segment"),
    )  # fmt: skip
    segment = view.segment
    try:
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
    finally:
        assembly.close()


def _rewrite_lexical(committer: Committer, tuning: Tuning) -> None:
    name = committer.name("lexical")
    writer = LexicalWriter(committer.folder / name, 0)
    try:
        for view in committer.snapshot.views:
            for numbers in _batches(view, tuning.batch_bytes):
                contents = [view.segment.content(number) for number in numbers]
                languages = [view.segment.language(number) for number in numbers]
                sketches = sketch_batch(contents, languages, committer.snapshot.manifest.params)
                heads = (int(view.segment.heads[number]) for number in numbers)
                writer.add(zip(heads, words_of(sketches), strict=True))
        committer.commit(lexical=name, lexical_documents=writer.commit())
    finally:
        writer.close()


def _live_numbers(view: SegmentView) -> Iterator[int]:
    """Live documents in the order of their contents on disk."""
    order = np.argsort(view.segment.arrays["documents.frames"], kind="stable")
    return (number for number in order.tolist() if view.document_lives(number))


def _batches(view: SegmentView, size: int) -> Iterator[list[int]]:
    """Live documents in batches of about `size` content bytes."""
    batch: list[int] = []
    batch_size = 0
    for number in _live_numbers(view):
        batch.append(number)
        batch_size += int(view.segment.sizes[number])
        if batch_size >= size:
            yield batch
            batch, batch_size = [], 0
    if batch:
        yield batch


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
