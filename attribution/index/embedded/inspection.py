"""Counts over an embedded index, and the check of its stored bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from attribution.index.checkpoints import source_names
from attribution.index.embedded.manifest import FORMAT, NAME, Manifest, load
from attribution.index.embedded.segment import CONTENTS
from attribution.index.embedded.snapshot import IndexSnapshot
from attribution.index.embedded.storage import StoredFile, check_file, damaged
from attribution.types import IndexDescription, IndexSummary

__all__ = ["describe", "summarize", "verify"]

# The names that users see for the parts of a segment, by the first part of an array's name.
_PARTS = {
    "raw": "raw fingerprints",
    "renamed": "renamed fingerprints",
    "bands": "MinHash",
    "signatures": "MinHash",
    "words": "words",
    "documents": "documents",
    "occurrences": "occurrences",
    "paths": "occurrences",
    "strings": "occurrences",
}


def summarize(manifest: Manifest) -> IndexSummary:
    """The summary in every answer; reads the manifest only."""
    return IndexSummary(
        name=manifest.name,
        date=manifest.date,
        documents=manifest.documents,
        occurrences=manifest.occurrences,
        languages=len(_languages(manifest)),
        opt_outs=len(manifest.opt_outs),
        version=f"{FORMAT}.{manifest.generation}",
    )


def describe(snapshot: IndexSnapshot) -> IndexDescription:
    """The long form of the summary; reads the columns of occurrences."""
    manifest = snapshot.manifest
    licenses: Counter[str] = Counter()
    repositories: set[str] = set()
    for view in snapshot.views:
        table = view.segment.occurrences
        columns = table.columns
        live = slice(None) if view.dead_occurrences.size == 0 else view.dead_occurrences == 0
        numbers, counts = np.unique(columns["licenses"][live], return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            licenses[table.expression(number)] += count
        used = np.unique(columns["repositories"][live])
        repositories.update(view.segment.strings[number] for number in used.tolist())
    return IndexDescription(
        summary=summarize(manifest),
        content_bytes=sum(entry.live_bytes for entry in manifest.segments),
        languages=dict(_languages(manifest)),
        licenses=dict(licenses),
        repositories=len(repositories),
        opt_outs=manifest.opt_outs,
        skipped=dict(manifest.skipped),
        sizes=_sizes(snapshot),
        sources=source_names(c.source for c in manifest.checkpoints),
        params=manifest.params.as_dict(),
        pending_removal_bytes=sum(e.content_bytes - e.live_bytes for e in manifest.segments),
    )


def _languages(manifest: Manifest) -> Counter[str]:
    languages: Counter[str] = Counter()
    for entry in manifest.segments:
        languages.update({name: count for name, count in entry.languages.items() if count})
    return languages


def _sizes(snapshot: IndexSnapshot) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for view in snapshot.views:
        sizes["contents"] += view.entry.files[CONTENTS].size
        for name, size in view.segment.arrays.sizes().items():
            sizes[_PARTS[name.partition(".")[0]]] += size
        if view.entry.dead_file:
            sizes["removals"] += view.entry.dead_file.size
    for stored in snapshot.manifest.skip_files.values():
        sizes["skips"] += stored.size
    return dict(sizes)


def verify(folder: Path) -> Iterator[str]:
    """Check the newest state; yields the name of each intact part.

    Raises:
        IndexDamagedError: names the first damaged part.
    """
    manifest = load(folder)
    yield NAME
    for name, stored in _files(manifest):
        try:
            check_file(folder / name, stored)
        except FileNotFoundError as exc:
            if load(folder).generation == manifest.generation:
                raise damaged(folder / name, "it is missing") from exc
            continue  # a compaction removed it meanwhile
        yield name


def _files(manifest: Manifest) -> Iterator[tuple[str, StoredFile]]:
    for entry in manifest.segments:
        yield from ((f"{entry.name}/{name}", stored) for name, stored in entry.files.items())
        if entry.dead and entry.dead_file:
            yield entry.dead, entry.dead_file
    yield from manifest.skip_files.items()
