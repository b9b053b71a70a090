"""What an embedded index holds, counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from attribution.index.embedded.manifest import FORMAT, Manifest
from attribution.index.embedded.segment import CONTENTS
from attribution.index.embedded.state import State
from attribution.types import IndexDescription, IndexSummary

__all__ = ["describe", "summarize"]

# What a user calls the parts of a segment, by the first part of an array's name.
_PARTS = {
    "raw": "raw fingerprints",
    "renamed": "renamed fingerprints",
    "bands": "MinHash",
    "signatures": "MinHash",
    "documents": "documents",
    "occurrences": "occurrences",
    "paths": "occurrences",
    "strings": "occurrences",
}


def summarize(manifest: Manifest) -> IndexSummary:
    """What every answer says; needs no look at a segment."""
    return IndexSummary(
        name=manifest.name,
        date=manifest.date,
        documents=manifest.documents,
        occurrences=sum(entry.live_occurrences for entry in manifest.segments),
        languages=len(_languages(manifest)),
        opt_outs=len(manifest.opt_outs),
        version=f"{FORMAT}.{manifest.generation}",
    )


def describe(folder: Path, state: State) -> IndexDescription:
    """All that an index holds; reads the columns of occurrences."""
    manifest = state.manifest
    licenses: Counter[str] = Counter()
    repositories: set[str] = set()
    for view in state.views:
        table = view.segment.occurrences
        columns = table.columns
        live = slice(None) if view.dead_occurrences.size == 0 else view.dead_occurrences == 0
        numbers = Counter(columns["licenses"][live].tolist())
        for number, count in numbers.items():
            licenses[table.license(number).expression] += count
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
        sizes=_sizes(folder, state),
        sources=tuple(checkpoint.source for checkpoint in manifest.checkpoints),
        params=manifest.params.as_dict(),
        pending_removal_bytes=sum(e.content_bytes - e.live_bytes for e in manifest.segments),
    )


def _languages(manifest: Manifest) -> Counter[str]:
    languages: Counter[str] = Counter()
    for entry in manifest.segments:
        languages.update({name: count for name, count in entry.languages.items() if count})
    return languages


def _sizes(folder: Path, state: State) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for view in state.views:
        sizes["contents"] += view.entry.files[CONTENTS].size
        for name, size in view.segment.arrays.sizes().items():
            sizes[_PARTS[name.partition(".")[0]]] += size
        if view.entry.dead_file:
            sizes["removals"] += view.entry.dead_file.size
    for stored in state.manifest.skip_files.values():
        sizes["skips"] += stored.size
    if state.manifest.lexical:
        files = (folder / state.manifest.lexical).glob("*")
        sizes["words"] += sum(path.stat().st_size for path in files)
    return dict(sizes)
