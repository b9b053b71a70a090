"""Merging each part of a version to one segment a shard: the fewest bytes, the fastest look-ups.

Of fields that are not in `_source`, Elasticsearch keeps a second copy (`_recovery_source`, .4 of
the corpus's bytes) to bring replicas up to date. A merge drops it for operations that no shard copy
needs any more: those in a commit of Lucene and older than the retention leases. Leases move every
30 s, and no setting of an index moves them sooner, so we wait for them. A shard with one segment
is not merged at all, so each gets a second one, with a deletion of a document that does not exist.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from attribution.errors import IndexUnavailableError
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.layout import DATA, SKETCHES

__all__ = ["force_merge"]

_MERGE_SECONDS = 24 * 3600.0  # a shard of 50 GB takes minutes; the bound is for a lost answer
_WORTH_WAITING = 16 << 20  # bytes of contents; the second copies of less stay until a later merge
_LEASE_SECONDS = 90.0  # three times the interval of the leases
_POLL_SECONDS = 0.5
_DELETIONS = 100  # per shard; the chance that a shard gets none of them is below 10**-40


def force_merge(commit: Commit, sleep: Callable[[float], None] = time.sleep) -> None:
    """Merge all parts of a version. Takes about as long as writing them did.

    Raises:
        IndexUnavailableError: shards are away, or take no writes.
    """
    _flush(commit)
    if commit.content_bytes >= _WORTH_WAITING:
        shards = _wait_for_leases(commit, sleep)
        _delete_nothing(commit, shards)
        _flush(commit)
    for part in DATA:
        commit.post("_forcemerge", part, timeout=_MERGE_SECONDS, max_num_segments=1)


def _flush(commit: Commit) -> None:
    commit.post("_flush", SKETCHES, timeout=_MERGE_SECONDS)


def _wait_for_leases(commit: Commit, sleep: Callable[[float], None]) -> int:
    """Wait until no lease retains an operation; returns the number of shards."""
    waited = 0.0
    while any(retained := _retained(commit)):
        if waited >= _LEASE_SECONDS:
            raise IndexUnavailableError(
                f"the copies of a shard of {commit.index(SKETCHES)} have not synchronized for "
                f"{_LEASE_SECONDS:g} s; look at the _cluster/health of {commit.cluster.location} "
                "and run `whence compact` again"
            )
        sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS
    return len(retained)


def _retained(commit: Commit) -> list[bool]:
    """For each shard of the sketches, whether a lease retains its last operation."""
    answer = commit.cluster.request(
        "GET",
        f"/{commit.index(SKETCHES)}/_stats",
        level="shards",
        filter_path="indices.*.shards.*.seq_no.max_seq_no,"
        "indices.*.shards.*.retention_leases.leases.retaining_seq_no",
    )
    retained = []
    for index in answer.get("indices", {}).values():
        for copies in index["shards"].values():
            last = max(copy["seq_no"]["max_seq_no"] for copy in copies)
            leases = [
                lease["retaining_seq_no"]
                for copy in copies
                for lease in copy.get("retention_leases", {}).get("leases", ())
            ]
            retained.append(min(leases, default=last + 1) <= last)
    return retained


def _delete_nothing(commit: Commit, shards: int) -> None:
    """Give each shard an operation, and so a segment, that is newer than the sketches."""
    target = commit.target(SKETCHES)
    actions = [
        json.dumps({"delete": {"_index": target, "_id": "nothing", "routing": str(n)}}).encode()
        for n in range(_DELETIONS * shards)
    ]
    answer = commit.cluster.request(
        "POST", "/_bulk", actions, timeout=commit.cluster.access.bulk_timeout, filter_path="errors"
    )
    if answer.get("errors"):
        raise IndexUnavailableError(
            f"shards of {commit.index(SKETCHES)} take no writes; look at the _cluster/health of "
            f"{commit.cluster.location} and run `whence compact` again"
        )
