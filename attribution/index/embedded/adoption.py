"""`whence merge`: an index takes over the segments of others, which were built apart.

The files of segments are linked, not written again, and the parts stay as they are. One
manifest makes all parts visible, with everything that holds for them together:

* an opt-out of any of them covers the occurrences of all;
* of an occurrence that several have, the first lives, and so it is with the copies of a document.
  The others are dead: `compact` frees their bytes.

Before that manifest nothing has happened, so a merge may be killed and started again. To merge a
part again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from attribution.errors import IndexFormatError, InputError, ParamsMismatchError
from attribution.index.checkpoints import join_checkpoints, missing_parts
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.commits import Committer, locked
from attribution.index.embedded.liveness import dead_rows
from attribution.index.embedded.manifest import Manifest, SegmentEntry
from attribution.index.embedded.removal import flags_of, rewrite_segment
from attribution.index.embedded.skiplog import MAX_FILES, join_skips, read_skips, write_skips
from attribution.index.embedded.snapshot import IndexSnapshot
from attribution.index.embedded.storage import (
    StoredFile,
    guarded,
    link_file,
    stored_bytes,
    sync_folder,
)
from attribution.index.interface import MergeReport
from attribution.types import Skip

__all__ = ["adopt"]


_MOSTLY_DEAD = 0.5  # share of its contents from which an adopted segment is rewritten
_MORE_SEGMENTS = 2  # times as many as a writer leaves, of many parts: only one process merges here


def adopt(committer: Committer, folders: Sequence[Path], tuning: Tuning) -> MergeReport:
    """Take over everything in the indexes in some folders.

    Raises:
        InputError: a folder is given twice, or is that of the index itself.
        IndexLockedError: a process is writing to one of them.
        ParamsMismatchError, IndexFormatError: they were built differently.
        StorageError: the disk is full; the index is as it was.
    """
    names = [committer.folder.resolve(), *(folder.resolve() for folder in folders)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{twice} is given twice; name each part once, and the index with --to")
    with ExitStack() as stack:
        parts = []
        for folder in folders:
            stack.enter_context(locked(folder))
            parts.append((folder, IndexSnapshot.open(folder)))
            _check(committer, folder, parts[-1][1].manifest)
        report, adopted = _commit(committer, parts)
    committer.sweep()
    for view in committer.snapshot.views:
        entry = view.entry
        if entry.name in adopted and entry.live_bytes < _MOSTLY_DEAD * entry.content_bytes:
            rewrite_segment(committer, view, tuning)
            committer.sweep()
    most = tuning.max_segments
    committer.merge_small(max(most, min(len(folders), most * _MORE_SEGMENTS)))
    return report


def _check(committer: Committer, folder: Path, part: Manifest) -> None:
    ours = committer.snapshot.manifest
    theirs = part.params.as_dict()
    differing = [
        f"{name} {theirs.get(name)} instead of {value}"
        for name, value in ours.params.as_dict().items()
        if theirs.get(name) != value
    ]
    if differing:
        raise ParamsMismatchError(
            f"{folder} cannot be merged into {committer.folder}: it was built with "
            f"{', '.join(differing)}; build it again with the Whence that built the index"
        )
    if part.cap != ours.cap:
        raise IndexFormatError(
            f"{folder} cannot be merged into {committer.folder}: it counts fingerprints in more "
            f"than {part.cap} documents, the index those in more than {ours.cap}; build it again"
        )


def _commit(
    committer: Committer, parts: Sequence[tuple[Path, IndexSnapshot]]
) -> tuple[MergeReport, set[str]]:
    """Make the parts visible; also returns the names of the segments that came with them."""
    ours = committer.snapshot
    manifests = [ours.manifest, *(snapshot.manifest for _, snapshot in parts)]
    opt_outs = ours.opt_outs
    for manifest in manifests[1:]:
        opt_outs = opt_outs.with_more(manifest.opt_outs)
    views = [*ours.views, *(view for _, snapshot in parts for view in snapshot.views)]
    segments: list[SegmentEntry] = []
    adopted: set[str] = set()
    for number, (view, dead) in enumerate(zip(views, dead_rows(views, opt_outs), strict=True)):
        entry = view.entry
        if number >= len(ours.views):
            if all(flags.all() for flags in dead):
                continue  # all of it is in the index already
            entry = _linked(committer, entry, view.segment.folder)
            adopted.add(entry.name)
        if not all(map(np.array_equal, dead, flags_of(view))) or entry.dead != view.entry.dead:
            entry = committer.with_dead(entry, view.segment, *dead)
        segments.append(entry)
    skip_files, skipped = _skips(committer, parts)
    checkpoints = join_checkpoints(*(manifest.checkpoints for manifest in manifests))
    before, total = ours.manifest, sum(v.entry.live_documents for v in views)
    committer.commit(
        segments=tuple(segments),
        opt_outs=opt_outs.opt_outs,
        checkpoints=tuple(checkpoints.values()),
        skip_files=skip_files,
        skipped=skipped,
    )
    after = committer.snapshot.manifest
    report = MergeReport(
        documents=after.documents - before.documents,
        occurrences=after.occurrences - before.occurrences,
        duplicates=total - after.documents,
        missing_parts=tuple(missing_parts(after.checkpoints)),
    )
    return report, adopted


def _linked(committer: Committer, theirs: SegmentEntry, source: Path) -> SegmentEntry:
    """The entry of a segment whose files, in the folder `source`, are now in the index too."""
    entry = replace(theirs, name=committer.name("segment"), dead=None, dead_file=None)
    folder = committer.folder / entry.name
    with guarded(folder):
        folder.mkdir()
    for name, stored in entry.files.items():
        link_file(source / name, folder / name, stored)
    sync_folder(folder)
    return entry


def _skips(
    committer: Committer, parts: Sequence[tuple[Path, IndexSnapshot]]
) -> tuple[dict[str, StoredFile], dict[str, int]]:
    """The files of skips, and the counts per reason; skips that are known come once."""
    ours = committer.snapshot.manifest
    folder = committer.folder
    files, counts = dict(ours.skip_files), Counter(ours.skipped)
    sources = {checkpoint.source for checkpoint in ours.checkpoints}
    for part, snapshot in parts:
        manifest = snapshot.manifest
        if sources.isdisjoint(checkpoint.source for checkpoint in manifest.checkpoints):
            counts.update(manifest.skipped)
            for name, stored in manifest.skip_files.items():
                linked = committer.name("skips", ".jsonl.zst")
                link_file(part / name, folder / linked, stored)
                files[linked] = stored
            continue
        # the part, or an earlier state of it, may have been merged before
        known = set(_read(folder, files))
        new = [skip for skip in _read(part, manifest.skip_files) if skip not in known]
        if new:
            name = committer.name("skips", ".jsonl.zst")
            files[name] = write_skips(folder / name, new)
            counts.update(skip.reason for skip in new)
    if len(files) > MAX_FILES:
        name = committer.name("skips", ".jsonl.zst")
        files = {name: join_skips(folder / name, [folder / n for n in files])}
    return files, dict(counts)


def _read(folder: Path, names: Iterable[str]) -> Iterator[Skip]:
    for name in names:
        yield from read_skips(folder / name, stored_bytes(folder / name))
