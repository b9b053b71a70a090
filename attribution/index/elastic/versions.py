"""Versions of an index: made apart, served by the alias, which moves to the next at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from attribution.errors import IndexFormatError, IndexNotFoundError, InputError
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.layout import (
    CONTENTS,
    META,
    PARTS,
    PLACES,
    base_name,
    bodies,
    number_of,
)
from attribution.index.elastic.loading import Loader, Sketcher
from attribution.index.elastic.lock import Lock
from attribution.index.elastic.rows import document_of, occurrence_of
from attribution.index.elastic.scan import scan
from attribution.index.elastic.state import State, find_base, load, save
from attribution.index.elastic.writer import refresh
from attribution.sketching.sketch import SketchParams
from attribution.types import IndexVersion

__all__ = [
    "create",
    "drop",
    "drop_old",
    "make",
    "publish",
    "rewrite",
    "successor",
    "versions",
]

_TEXTS = 50  # contents read at once


def make(cluster: Cluster, name: str, params: SketchParams, cap: int) -> State:
    """An empty version with the next free number, that nothing names yet.

    Args:
        name: of the corpus.
    """
    alias = cluster.location.name
    state = State(base_name(alias, _highest(cluster, alias) + 1), name, params, cap)
    made = bodies(cluster.access, state.base)

    def put(part: str) -> None:
        cluster.ask("PUT", f"/{state.index(part)}", made[part], timeout=cluster.access.bulk_timeout)

    # The one by which numbers are told first: what a kill leaves half made is not in the way.
    put(META)
    rest = [part for part in PARTS if part != META]
    with ThreadPoolExecutor(len(rest)) as pool:  # the cluster makes them in one step
        list(pool.map(put, rest))
    return save(cluster, state)


def create(cluster: Cluster, name: str, params: SketchParams, cap: int) -> State:
    """The first version of a new index.

    Raises:
        InputError: there is an index already.
    """
    if find_base(cluster) is not None:
        raise InputError(
            f"there is an index at {cluster.location} already; open it, or give a new name"
        )
    state = make(cluster, name, params, cap)
    publish(cluster, state, None)
    return state


def successor(cluster: Cluster, name: str, params: SketchParams, cap: int) -> State:
    """The version to follow the one that is served; one that was begun is gone on with.

    Opt-outs go over to it.
    """
    served = find_base(cluster)
    alias = cluster.location.name
    highest = base_name(alias, _highest(cluster, alias))
    if served is not None and highest > served:
        try:
            begun = load(cluster, highest)
        except IndexFormatError:
            pass  # half made
        else:
            if begun.params == params:
                return begun
    fresh = make(cluster, name, params, cap)
    if served is None:
        return fresh
    return save(cluster, replace(fresh, opt_outs=load(cluster, served).opt_outs))


def publish(cluster: Cluster, state: State, old: str | None) -> None:
    """Have the alias name a version, and the old one no longer: one step for all readers."""
    alias = cluster.location.name
    actions = [{"add": {"index": state.index(part), "alias": alias}} for part in PARTS]
    if old is not None:
        actions += [{"remove": {"index": f"{old}-{part}", "alias": alias}} for part in PARTS]
    cluster.ask("POST", "/_aliases", {"actions": actions}, timeout=cluster.access.bulk_timeout)


def drop(cluster: Cluster, base: str) -> None:
    """Delete a version; its bytes are gone from disk."""
    names = ",".join(f"{base}-{part}" for part in PARTS)
    cluster.ask("DELETE", f"/{names}", timeout=cluster.access.bulk_timeout, ignore_unavailable=True)


def rewrite(cluster: Cluster, state: State, sketcher: Sketcher) -> State:
    """What a version holds live, in a version of its own; that is not served yet."""
    fresh = make(cluster, state.name, state.params, state.cap)
    generation = state.generation + 1
    loader = Loader(cluster, fresh, generation, sketcher)
    try:
        known = {"range": {"generation": {"lte": state.generation}}}
        for hit in scan(cluster, state.index(CONTENTS), known, page=_TEXTS):
            document = document_of(hit["_id"], hit["_source"])
            loader.add_document(document.id, document.language, document.content)
        for hit in scan(cluster, state.index(PLACES), known):
            loader.add_occurrence(hit["_source"]["document"], occurrence_of(hit["_source"]))
        loader.copy_skips(scan(cluster, state.index(META), {"exists": {"field": "skip"}}))
        loader.finish()
    finally:
        loader.close()
    refresh(cluster, fresh)
    return save(
        cluster,
        replace(
            state,
            base=fresh.base,
            swap=fresh.swap,
            generation=generation,
            removed=False,
            pending_removal_bytes=0,
        ),
    )


def versions(cluster: Cluster) -> tuple[IndexVersion, ...]:
    """All that the cluster has of an index, oldest first; none where a version is named itself.

    What is half made or half dropped is one, too.
    """
    alias = cluster.location.name
    served = find_base(cluster)
    if served is None or served == alias:
        return ()
    answer = cluster.ask("GET", f"/{alias}-*/_stats/store", missing=True)
    sizes: dict[str, int] = {}
    for index, told in answer.get("indices", {}).items():
        version = number_of(index)
        if version is not None and version[0] == base_name(alias, version[1]):
            size = int(told["total"]["store"]["size_in_bytes"])
            sizes[version[0]] = sizes.get(version[0], 0) + size
    return tuple(
        IndexVersion(
            base,
            "served" if base == served else "old" if base < served else "unfinished",
            sizes[base],
        )
        for base in sorted(sizes)
    )


def drop_old(cluster: Cluster) -> tuple[IndexVersion, ...]:
    """Delete the versions before the one that is served; those that were deleted.

    Raises:
        IndexLockedError: somebody is writing to one of them.
    """
    old = tuple(one for one in versions(cluster) if one.state == "old")
    for one in old:
        # An old one may be written to, by its own name.
        with suppress(IndexNotFoundError):  # half made or half dropped
            Lock(cluster, one.name).release()
        drop(cluster, one.name)
    return old


def _highest(cluster: Cluster, alias: str) -> int:
    """The highest number of a version that exists, served or not; 0 for none."""
    found = cluster.ask("GET", f"/{alias}-*-{META}", missing=True, filter_path="*.aliases")
    numbers = [number_of(index) for index in found]
    return max((n for base, n in filter(None, numbers) if base == base_name(alias, n)), default=0)
