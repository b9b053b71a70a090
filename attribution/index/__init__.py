"""Indexes over a corpus. A string becomes an `Index` here, and nowhere else.

A location is a folder (the embedded engine) or `https://host:9200/name` (Elasticsearch).
"""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING

from attribution.errors import IndexNotFoundError, InputError, ParamsMismatchError
from attribution.index.interface import (
    Candidate,
    Checkpoint,
    Holding,
    Index,
    IndexWriter,
    Proposal,
    RemovalReport,
    WordHit,
    WordQuery,
)
from attribution.sketching.sketch import SketchParams
from attribution.types import IndexVersion

if TYPE_CHECKING:
    from attribution.index.elastic import ElasticIndex

__all__ = [
    "Candidate",
    "Checkpoint",
    "Holding",
    "Index",
    "IndexWriter",
    "Proposal",
    "RemovalReport",
    "WordHit",
    "WordQuery",
    "create_index",
    "drop_old_versions",
    "open_index",
    "open_or_create",
    "rebuild_index",
]


def open_index(location: str | PathLike[str], params: SketchParams | None = None) -> Index:
    """Open the index at a location.

    Args:
        location: a folder, or the URL of an Elasticsearch index.
        params: what the caller will sketch with; None takes the index's own.

    Raises:
        IndexNotFoundError: there is nothing.
        IndexDamagedError, IndexVersionError, IndexFormatError: there is something unusable.
        ParamsMismatchError: it was built with other parameters, or with another lexer.
        InputError: no engine serves such a location.
    """
    index = _open(fspath(location))
    if params is not None and params != index.params:
        stored = index.params
        index.close()
        raise _mismatch(location, stored, params)
    return index


def create_index(
    location: str | PathLike[str], name: str, params: SketchParams | None = None
) -> Index:
    """Make an empty index for the corpus `name`.

    Raises:
        InputError: there is an index already, or files that are none of ours.
        StorageError: the place cannot be written.
    """
    text = fspath(location)
    if _is_url(text):
        from attribution.index.elastic import ElasticIndex

        return ElasticIndex.create(text, name, params or SketchParams())
    from attribution.index.embedded import EmbeddedIndex

    return EmbeddedIndex.create(_folder(text), name, params or SketchParams())


def open_or_create(
    location: str | PathLike[str], name: str, params: SketchParams | None = None
) -> Index:
    """Open the index at a location, or make an empty one where there is none."""
    try:
        return open_index(location, params)
    except IndexNotFoundError:
        return create_index(location, name, params)


def rebuild_index(
    location: str | PathLike[str], name: str, params: SketchParams | None = None
) -> ElasticIndex:
    """The version that is to follow the one at a location: fill it, then `publish` it.

    Raises:
        InputError: the location is a folder: there a new folder is the new version.
    """
    text = fspath(location)
    if not _is_url(text):
        raise InputError(
            f"{text} is a folder, which cannot be rebuilt while it is read; index into a new "
            "folder, and give that to the readers"
        )
    from attribution.index.elastic import ElasticIndex

    return ElasticIndex.rebuild(text, name, params or SketchParams())


def drop_old_versions(location: str | PathLike[str]) -> tuple[IndexVersion, ...]:
    """Delete what rebuilds left of the index at a location; those versions that were deleted.

    Raises:
        InputError: the location is a folder, which has one version.
        IndexLockedError: somebody is writing to one of them.
    """
    text = fspath(location)
    if not _is_url(text):
        raise InputError(f"{text} is a folder, which has no old versions; leave out --drop-old")
    from attribution.index.elastic import ElasticIndex

    with ElasticIndex.open(text) as index:
        return index.drop_old()


def _open(location: str) -> Index:
    # Engines are imported when they are asked for: each brings a heavy dependency.
    if _is_url(location):
        from attribution.index.elastic import ElasticIndex

        return ElasticIndex.open(location)
    from attribution.index.embedded import EmbeddedIndex

    return EmbeddedIndex.open(_folder(location))


def _is_url(location: str) -> bool:
    return location.lower().startswith(("http://", "https://"))


def _folder(location: str) -> str:
    if not location:
        raise InputError("the location of the index is empty; give a folder")
    return location


def _mismatch(
    location: str | PathLike[str], stored: SketchParams, asked: SketchParams
) -> ParamsMismatchError:
    theirs, ours = stored.as_dict(), asked.as_dict()
    different = ", ".join(
        f"{key} {theirs[key]} instead of {ours[key]}" for key in ours if theirs[key] != ours[key]
    )
    return ParamsMismatchError(
        f"the index at {fspath(location)} was built with {different}; ask it with its own "
        "parameters, or build it anew with `whence index SOURCE... --to NEW_FOLDER`"
    )
