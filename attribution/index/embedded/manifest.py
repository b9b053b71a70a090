"""`manifest.json`: the parts of an index. Swapped atomically; no other file ever changes.

    {"magic": "whence index", "format": 2, "checksum": blake2b-128 of "index" as canonical JSON,
     "index": {generation, name, date, params, cap, segments, opt_outs, checkpoints, skipped,
               skip_files, next_number}}

A folder of an index:

    manifest.json              this
    segment-000007/            a segment, see segment.py; immutable
    dead-000012.arrays         which documents and occurrences of a segment are dead; immutable
    skips-000013.jsonl.zst     files that were left out; immutable
    writer.lock                see commits.py

A file that the manifest does not name is not part of the index: it is left from a killed run, or
from a generation that a reader may still use. The next writer removes it.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from attribution.errors import (
    IndexDamagedError,
    IndexFormatError,
    IndexNotFoundError,
    IndexVersionError,
)
from attribution.index.embedded.storage import (
    StoredFile,
    damaged,
    file_in_the_way,
    guarded,
    stored_bytes,
    sync_folder,
)
from attribution.index.interface import Checkpoint
from attribution.sketching.sketch import SketchParams
from attribution.types import OptOut

__all__ = ["FORMAT", "Manifest", "SegmentEntry", "load", "swap"]

MAGIC = "whence index"
FORMAT = 2
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment, and how much of it is alive."""

    name: str
    files: dict[str, StoredFile]
    documents: int
    occurrences: int
    content_bytes: int
    live_documents: int
    live_occurrences: int
    live_bytes: int  # of the contents of live documents
    languages: dict[str, int]  # live documents per language
    dead: str | None = None  # the file that marks dead documents and occurrences
    dead_file: StoredFile | None = None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files.values())


@dataclass(frozen=True, slots=True)
class Manifest:
    """One state of an index."""

    name: str
    date: str
    params: SketchParams
    cap: int  # a fingerprint in more documents of a segment is only counted
    generation: int = 1
    segments: tuple[SegmentEntry, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)  # per reason
    skip_files: dict[str, StoredFile] = field(default_factory=dict)
    next_number: int = 1  # for the next file or folder

    @property
    def documents(self) -> int:
        """Live documents."""
        return sum(segment.live_documents for segment in self.segments)

    @property
    def occurrences(self) -> int:
        """Live occurrences."""
        return sum(segment.live_occurrences for segment in self.segments)

    def names(self) -> set[str]:
        """All files and folders of the index, except the manifest and the lock."""
        named = {segment.name for segment in self.segments} | set(self.skip_files)
        return named | {segment.dead for segment in self.segments if segment.dead}


def load(folder: Path) -> Manifest:
    """Read the manifest of an index.

    Raises:
        IndexNotFoundError: there is no index.
        IndexFormatError: there is something else.
        IndexVersionError: this version does not know its format.
        IndexDamagedError: it is truncated or altered.
        StorageError: this user may not read it.
    """
    path = folder / NAME
    try:
        text = stored_bytes(path)
    except (FileNotFoundError, IndexDamagedError) as exc:
        if in_the_way := file_in_the_way(folder):
            raise IndexNotFoundError(
                f"{in_the_way} is a file; give the folder of an index"
            ) from exc
        if isinstance(exc, IndexDamagedError):
            raise
        if folder.is_dir() and any(folder.glob("segment-*")):
            raise damaged(path, "it is missing, its segments are there") from exc
        raise IndexNotFoundError(
            f"there is no index at {folder}; make one with `whence index SOURCE... --to {folder}`"
        ) from exc
    try:
        outer = json.loads(text)
    except ValueError as exc:
        raise damaged(path, "it is not complete JSON") from exc
    if not isinstance(outer, dict) or outer.get("magic") != MAGIC:
        raise IndexFormatError(f"{path} is not an index of Whence; give the folder of one")
    if outer.get("format") != FORMAT:
        raise IndexVersionError(
            f"{folder} has index format {outer.get('format')}, this version reads {FORMAT}; use "
            "the Whence that wrote it, or rebuild it with "
            "`whence index SOURCE... --to NEW_FOLDER`"
        )
    try:
        if outer["checksum"] != _checksum(outer["index"]):
            raise damaged(path, "its bytes differ from its checksum")
        return _from_json(outer["index"])
    except (KeyError, TypeError, msgspec.ValidationError) as exc:
        raise damaged(path, f"a field is missing or wrong: {exc}") from exc


def swap(folder: Path, manifest: Manifest) -> None:
    """Make a manifest the manifest of the index, atomically and durably.

    Raises:
        StorageError: it cannot be written; the old state is intact.
    """
    index = asdict(manifest)
    outer = {"magic": MAGIC, "format": FORMAT, "checksum": _checksum(index), "index": index}
    temporary = folder / f"{NAME}.tmp"
    with guarded(temporary):
        try:
            with temporary.open("wb") as file:
                file.write(json.dumps(outer, indent=1).encode())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(folder / NAME)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    sync_folder(folder)


def _checksum(index: Any) -> str:
    text = json.dumps(index, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _from_json(index: dict[str, Any]) -> Manifest:
    known = SketchParams().as_dict()
    if set(index["params"]) != set(known):
        raise IndexVersionError(
            f"the sketch parameters of the index are {sorted(index['params'])}, this version knows "
            f"{sorted(known)}; rebuild it with `whence index SOURCE... --to NEW_FOLDER`"
        )
    return msgspec.convert(index, Manifest)
