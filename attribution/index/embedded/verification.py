"""Reading every stored byte of an embedded index and comparing it with its checksum."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attribution.errors import IndexDamagedError
from attribution.index.embedded.lexical import verify as verify_lexical
from attribution.index.embedded.manifest import NAME, Manifest, load
from attribution.index.embedded.storage import StoredFile, check_file, damaged

__all__ = ["verify"]


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
    if manifest.lexical:
        try:
            verify_lexical(folder / manifest.lexical)
        except (IndexDamagedError, FileNotFoundError):
            if load(folder).lexical == manifest.lexical:
                raise
            return  # a compaction rewrote it meanwhile
        yield manifest.lexical


def _files(manifest: Manifest) -> Iterator[tuple[str, StoredFile]]:
    for entry in manifest.segments:
        yield from ((f"{entry.name}/{name}", stored) for name, stored in entry.files.items())
        if entry.dead and entry.dead_file:
            yield entry.dead, entry.dead_file
    yield from manifest.skip_files.items()
