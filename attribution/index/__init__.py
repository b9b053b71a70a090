"""Indexes over a corpus. A string becomes an `Index` here, and nowhere else.

A location is a folder (the embedded engine), `https://host:9200/name` (Elasticsearch) or, to read
only, `https://host` (a running `whence serve`). `open_index` gives a reader, also of several
indexes as one; `administer`, `create_index`, `open_or_create` and `rebuild_index` give an index
that can also be changed; `merge_indexes` makes one of several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from attribution.errors import IndexNotFoundError, InputError, ParamsMismatchError
from attribution.index.interface import Index, IndexAdmin, MergeReport
from attribution.index.service.address import is_service
from attribution.sketching.sketch import SketchParams

if TYPE_CHECKING:
    from attribution.index.elastic.index import ElasticIndex
    from attribution.index.embedded.index import EmbeddedIndex

__all__ = [
    "Index",
    "IndexAdmin",
    "administer",
    "create_index",
    "merge_indexes",
    "open_index",
    "open_or_create",
    "open_part",
    "rebuild_index",
]

Location = str | PathLike[str]


def open_index(
    location: Location | tuple[Location, ...], params: SketchParams | None = None
) -> Index:
    """Open the index at a location to read it, or those at several locations as one.

    Args:
        location: a folder, the URL of an Elasticsearch index, or the address of a service.
        params: the parameters that the caller will sketch with; None takes those of the index.

    Raises:
        IndexNotFoundError: there is nothing.
        IndexDamagedError, IndexVersionError, IndexFormatError: it cannot be used.
        ParamsMismatchError: it was built with other parameters, or with another lexer.
        InputError: no engine serves such a location.
    """
    if isinstance(location, tuple):
        return _open_several(location, params)
    index = _open(fspath(location))
    if params is not None and params != index.params:
        stored, wanted = index.params.as_dict(), params.as_dict()
        index.close()
        different = ", ".join(
            f"{key} {stored[key]} instead of {wanted[key]}"
            for key in wanted
            if stored[key] != wanted[key]
        )
        raise ParamsMismatchError(
            f"the index at {fspath(location)} was built with {different}; query it alone, or "
            "rebuild it with `whence index SOURCE... --to NEW_FOLDER`"
        )
    return index


def _open(location: str) -> Index:
    if is_service(location):
        from attribution.index.service.index import ServiceIndex

        return ServiceIndex.open(location)
    return administer(location)


def _open_several(locations: tuple[Location, ...], params: SketchParams | None) -> Index:
    from attribution.index.several import SeveralIndexes

    names = [fspath(location) for location in locations]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the index {twice} is given twice; give each index once")
    if len(names) == 1:
        return open_index(names[0], params)

    def opener(name: str) -> Callable[[SketchParams | None], Index]:
        return lambda shared: open_index(name, params or shared)

    return SeveralIndexes({name: opener(name) for name in names})


def administer(location: Location) -> IndexAdmin:
    """Open the index at a location to change it. Raises as `open_index`."""
    text = fspath(location)
    return _engine(text).open(text)


def create_index(location: Location, name: str, params: SketchParams | None = None) -> IndexAdmin:
    """Create an empty index for the corpus `name`.

    Raises:
        InputError: the location holds an index, or files that are not ours.
        StorageError: the location cannot be written.
    """
    text = fspath(location)
    return _engine(text).create(text, name, params or SketchParams())


def open_or_create(location: Location, name: str) -> IndexAdmin:
    """Open the index at a location, or create an empty one if there is none."""
    try:
        return administer(location)
    except IndexNotFoundError:
        return create_index(location, name)


def merge_indexes(parts: Sequence[Location], location: Location, name: str) -> MergeReport:
    """Take over all that is in some indexes, the parts, into the one at a location.

    The parts stay as they are. If there is no index at the location, an empty one is created for
    the corpus `name`.

    Raises:
        InputError: one of them is not a folder, is given twice, or is the target.
        CorpusIndexError: a part cannot be used, or was built differently.
    """
    from attribution.index.embedded.index import EmbeddedIndex
    from attribution.index.embedded.manifest import load

    for named in (*parts, location):
        if _engine(fspath(named)) is not EmbeddedIndex:
            raise InputError(
                f"{named} is not a folder, and only indexes in folders are merged; in "
                "Elasticsearch, let all parts be written into one index"
            )
    for part in parts:
        load(Path(part))  # before anything is created
    with open_or_create(location, name) as index:
        assert isinstance(index, EmbeddedIndex)
        return index.adopt([Path(part) for part in parts])


def rebuild_index(location: Location, name: str) -> IndexAdmin:
    """The next version of the index at a location: fill it, then `publish` it.

    Raises:
        InputError: the location is a folder, which has one version.
    """
    text = fspath(location)
    return _engine(text).rebuild(text, name, SketchParams())


def open_part(location: Location, name: str, part: str, *, rebuild: bool) -> IndexAdmin:
    """The index into which one part of the work is written.

    A folder has one part. In Elasticsearch all parts are written into one index, at the same time,
    and become visible together by `publish_parts`.

    Args:
        part: its name, as in checkpoints.

    Raises:
        InputError: a rebuild of a folder.
    """
    text = fspath(location)
    if not _is_cluster(text):
        return rebuild_index(text, name) if rebuild else open_or_create(text, name)
    from attribution.index.elastic.index import ElasticIndex

    return ElasticIndex.join(text, name, SketchParams(), part, rebuild=rebuild)


def _engine(location: str) -> type[ElasticIndex] | type[EmbeddedIndex]:
    if is_service(location):
        raise InputError(
            f"{location} is the address of a service, through which an index can only be read; do "
            "this on the machine of the service, with the index's own location"
        )
    # Engines are imported when they are needed: each brings a heavy dependency.
    if _is_cluster(location):
        from attribution.index.elastic.index import ElasticIndex

        return ElasticIndex
    if not location:
        raise InputError("the location of the index is empty; give a folder")
    from attribution.index.embedded.index import EmbeddedIndex

    return EmbeddedIndex


def _is_cluster(location: str) -> bool:
    return not is_service(location) and location.lower().startswith(("http://", "https://"))
