"""Compaction: what is removed leaves the disk.

Every segment with something dead is written anew from its live contents, sketched again: so the
counts of common fingerprints are exact afterwards, which no merge could make them. The lexical
index is written anew when it holds a document that is gone, since tantivy lets go of deleted words
only when it happens to merge. A state per segment: killed half-way, it goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from attribution.index.embedded.assembly import Assembly, Sketcher, words_of
from attribution.index.embedded.commits import Committer
from attribution.index.embedded.lexical import LexicalWriter
from attribution.index.embedded.skiplog import read_skips, write_skips
from attribution.index.embedded.state import View
from attribution.index.embedded.storage import StoredFile, stored_bytes
from attribution.index.embedded.tuning import Tuning
from attribution.types import Skip

__all__ = ["compact"]


def compact(committer: Committer, tuning: Tuning, sketcher: Sketcher) -> None:
    """Rewrite what holds something dead.

    Raises:
        StorageError: the disk is full; the index is as it was after the last segment done.
    """
    try:
        for entry in committer.state.manifest.segments:
            if entry.dead is not None:
                view = next(v for v in committer.state.views if v.entry.name == entry.name)
                _rewrite_segment(committer, view, tuning, sketcher)
                committer.sweep()
        lexical = committer.state.lexical
        if lexical and lexical.documents != committer.state.manifest.documents:
            _rewrite_lexical(committer, tuning, sketcher)
        _rewrite_skips(committer)
        committer.merge_small(tuning.max_segments)
    finally:
        committer.sweep()


def _rewrite_segment(committer: Committer, view: View, tuning: Tuning, sketcher: Sketcher) -> None:
    manifest = committer.state.manifest
    assembly = Assembly(
        committer.folder, manifest.params, manifest.cap, tuning, sketcher,
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
        committer.swap(segments=committer.replaced({view.entry.name}, entries))
    finally:
        assembly.close()


def _rewrite_lexical(committer: Committer, tuning: Tuning, sketcher: Sketcher) -> None:
    name = committer.name("lexical")
    writer = LexicalWriter(committer.folder / name, 0)
    try:
        for view in committer.state.views:
            for numbers in _batches(view, tuning.batch_bytes):
                contents = [view.segment.content(number) for number in numbers]
                languages = [view.segment.language(number) for number in numbers]
                sketches = sketcher(contents, languages, committer.state.manifest.params)
                heads = (int(view.segment.heads[number]) for number in numbers)
                writer.add(zip(heads, words_of(sketches), strict=True))
        committer.swap(lexical=name, lexical_documents=writer.commit())
    finally:
        writer.close()


def _live_numbers(view: View) -> Iterator[int]:
    """Live documents in the order in which their contents lie on disk."""
    order = np.argsort(view.segment.arrays["documents.frames"], kind="stable")
    return (number for number in order.tolist() if view.document_lives(number))


def _batches(view: View, size: int) -> Iterator[list[int]]:
    """Live documents in batches of about so many content bytes."""
    batch: list[int] = []
    held = 0
    for number in _live_numbers(view):
        batch.append(number)
        held += int(view.segment.sizes[number])
        if held >= size:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _rewrite_skips(committer: Committer) -> None:
    """Drop the names of files of opted-out repositories; that they were opted out stays."""
    manifest, folder = committer.state.manifest, committer.folder
    files: dict[str, StoredFile] = {}
    skipped: Counter[str] = Counter()
    changed = False
    for name, stored in manifest.skip_files.items():
        skips = list(read_skips(folder / name, stored_bytes(folder / name)))
        kept = [skip for skip in skips if not _covered(committer, skip)]
        skipped.update(skip.reason for skip in kept)
        if len(kept) == len(skips):
            files[name] = stored
            continue
        changed = True
        if kept:
            new = committer.name("skips", ".jsonl.zst")
            files[new] = write_skips(folder / new, kept)
    if changed:
        committer.swap(skip_files=files, skipped=dict(skipped))


def _covered(committer: Committer, skip: Skip) -> bool:
    parts = skip.name.split("/")
    covers = committer.state.opt_outs.covers
    return skip.reason != "opted out" and any(covers("/".join(parts[:n])) for n in (1, 2))
