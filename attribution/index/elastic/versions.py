"""Versions of an index: built apart; the alias moves from one to the next in one step."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace

from attribution.errors import (
    IndexDamagedError,
    IndexFormatError,
    IndexNotFoundError,
    IndexUnavailableError,
    InputError,
)
from attribution.index.elastic.bulk import chunks
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import Commit, find_base, load, save
from attribution.index.elastic.document_writer import DocumentWriter
from attribution.index.elastic.layout import (
    CONTENTS,
    META,
    OCCURRENCES,
    PARTS,
    base_name,
    bodies,
    number_of,
)
from attribution.index.elastic.lock import Lock
from attribution.index.elastic.removal import without_other_occurrence
from attribution.index.elastic.rows import document_of, occurrence_of
from attribution.index.elastic.visibility import visible
from attribution.sketching.sketch import SketchParams
from attribution.types import IndexVersion

__all__ = [
    "all_versions",
    "create",
    "drop",
    "drop_old_versions",
    "publish",
    "rewrite",
    "shared",
    "successor",
]

_PATIENCE = 30.0  # seconds to wait for a version that another process makes
_TEXTS = 50  # contents read at once


def _make(cluster: Cluster, number: int, name: str, params: SketchParams, cap: int) -> Commit:
    """Create an empty version; the alias does not name it yet.

    Args:
        number: of the version.
        name: of the corpus.

    Raises:
        InputError: another process has made a version of this number.
    """
    commit = Commit(cluster, base_name(cluster.location.name, number), name, params, cap)
    made = bodies(cluster.access, commit.base)

    def put(part: str) -> None:
        cluster.request(
            "PUT", f"/{commit.index(part)}", made[part], timeout=cluster.access.bulk_timeout
        )

    # META first: it reserves the number, so a version that a kill left incomplete is skipped.
    put(META)
    rest = [part for part in PARTS if part != META]
    with ThreadPoolExecutor(len(rest)) as pool:  # the cluster makes them in one step
        list(pool.map(put, rest))
    return save(commit)


def create(cluster: Cluster, name: str, params: SketchParams, cap: int) -> Commit:
    """The first version of a new index.

    Raises:
        InputError: there is an index already.
    """
    if find_base(cluster) is not None:
        raise InputError(
            f"there is an index at {cluster.location} already; open it, or give a new name"
        )
    commit = _make(cluster, _highest(cluster) + 1, name, params, cap)
    publish(commit, None)
    return commit


def successor(cluster: Cluster, name: str, params: SketchParams, cap: int) -> Commit:
    """The version that follows the one that is served; an unfinished one is resumed.

    It inherits the opt-outs.
    """
    served = find_base(cluster)
    number = _highest(cluster)
    highest = base_name(cluster.location.name, number)
    if served is not None and highest > served:
        try:
            unfinished = load(cluster, highest)
        except IndexFormatError:
            pass  # incomplete
        else:
            if unfinished.params == params:
                return unfinished
    fresh = _make(cluster, number + 1, name, params, cap)
    if served is None:
        return fresh
    return save(replace(fresh, opt_outs=load(cluster, served).opt_outs))


def shared(cluster: Cluster, name: str, params: SketchParams, cap: int, *, rebuild: bool) -> Commit:
    """The version that all parts write to: the served one, or with `rebuild` the one after it.

    One of the parts makes it if it is missing, and the others wait for it.
    """
    patience = time.monotonic() + _PATIENCE
    while True:
        try:
            return _shared(cluster, name, params, cap, rebuild)
        except (IndexDamagedError, IndexUnavailableError, InputError):  # perhaps half made
            if time.monotonic() > patience:
                raise
            time.sleep(random.uniform(0.2, 0.6))


def _shared(cluster: Cluster, name: str, params: SketchParams, cap: int, rebuild: bool) -> Commit:
    served = find_base(cluster)
    if served is not None and not rebuild:
        return load(cluster, served)
    alias = cluster.location.name
    highest = _highest(cluster)
    newest = base_name(alias, highest)
    if newest > (served or base_name(alias, 0)):
        commit = load(cluster, newest)
    else:
        # By number: a part that was a moment earlier has made this one, and not one before it.
        commit = _make(cluster, highest + 1, name, params, cap)
        if served is not None:
            commit = save(replace(commit, opt_outs=load(cluster, served).opt_outs))
    if not rebuild:
        publish(commit, None)
    return commit


def publish(commit: Commit, old: str | None) -> None:
    """Move the alias from the old version to another, in one step for all readers."""
    cluster = commit.cluster
    alias = cluster.location.name
    actions = [{"add": {"index": commit.index(part), "alias": alias}} for part in PARTS]
    if old is not None:
        actions += [{"remove": {"index": f"{old}-{part}", "alias": alias}} for part in PARTS]
    cluster.request("POST", "/_aliases", {"actions": actions}, timeout=cluster.access.bulk_timeout)


def drop(cluster: Cluster, base: str) -> None:
    """Delete a version with its bytes on disk."""
    names = ",".join(f"{base}-{part}" for part in PARTS)
    cluster.request(
        "DELETE", f"/{names}", timeout=cluster.access.bulk_timeout, ignore_unavailable=True
    )


def rewrite(commit: Commit) -> Commit:
    """Copy the live documents of a version to a new one, which is not served yet.

    A document without an occurrence is not copied: no one could ask for its removal.
    """
    number = _highest(commit.cluster) + 1
    fresh = _make(commit.cluster, number, commit.name, commit.params, commit.cap)
    generation = commit.generation + 1
    with closing(DocumentWriter(fresh, generation)) as documents:
        copied = 0
        for hits in chunks(commit.scan(CONTENTS, page=_TEXTS), _TEXTS):
            texts = {hit["_id"]: hit["_source"] for hit in hits}
            for id_ in without_other_occurrence(commit, dict.fromkeys(texts, 0)):
                del texts[id_]
            for id_, text in texts.items():
                document = document_of(id_, text)
                documents.add_document(bytes.fromhex(id_), document.language, document.content)
            copied += len(texts)
        for hit in commit.scan(OCCURRENCES):
            documents.add_occurrence(hit["_source"]["document"], occurrence_of(hit["_source"]))
        documents.copy_skips(commit.scan(META, {"exists": {"field": "skip"}}))
        documents.finish()
    return save(
        replace(
            visible(replace(commit, base=fresh.base, swap=fresh.swap), copied),
            generation=generation,
            removed=False,
            pending_removal_bytes=0,
        )
    )


def all_versions(cluster: Cluster) -> tuple[IndexVersion, ...]:
    """All versions of an index, oldest first; none when the location names a version itself.

    Includes versions that were created or dropped in part.
    """
    alias = cluster.location.name
    served = find_base(cluster)
    if served is None or served == alias:
        return ()
    answer = cluster.request("GET", f"/{alias}-*/_stats/store", missing=True)
    sizes: dict[str, int] = {}
    for index, stats in answer.get("indices", {}).items():
        version = number_of(index)
        if version is not None and version[0] == base_name(alias, version[1]):
            size = int(stats["total"]["store"]["size_in_bytes"])
            sizes[version[0]] = sizes.get(version[0], 0) + size
    return tuple(
        IndexVersion(
            base,
            "served" if base == served else "old" if base < served else "unfinished",
            sizes[base],
        )
        for base in sorted(sizes)
    )


def drop_old_versions(cluster: Cluster) -> tuple[IndexVersion, ...]:
    """Delete the versions before the one that is served; returns them.

    Raises:
        IndexLockedError: a process is writing to one of them.
    """
    old = tuple(version for version in all_versions(cluster) if version.state == "old")
    for version in old:
        # A process may write to an old version under its own name.
        with suppress(IndexNotFoundError):  # created or dropped in part
            Lock(cluster, version.name).release()
        drop(cluster, version.name)
    return old


def _highest(cluster: Cluster) -> int:
    """The highest number of a version that exists, served or not; 0 for none."""
    alias = cluster.location.name
    found = cluster.request("GET", f"/{alias}-*-{META}", missing=True, filter_path="*.aliases")
    numbers = [number_of(index) for index in found]
    return max((n for base, n in filter(None, numbers) if base == base_name(alias, n)), default=0)
