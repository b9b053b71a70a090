"""Merging what was written: the fewest bytes, and the fastest look-ups.

Of what is not in `_source` Elasticsearch keeps a second copy (`_recovery_source`, .4 of the
corpus's bytes) with which to bring replicas up to date. A merge drops it, of operations that no
shard copy asks for any more: that are in a commit of Lucene's, and behind the retention leases.
Those move every 30 s, and no setting of an index moves them sooner, so they are waited for. And a
shard of one segment is not merged at all, so that each gets a second one: of a deletion of nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from attribution.errors import IndexUnavailableError
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.layout import CONTENTS, PLACES, SKETCHES
from attribution.index.elastic.state import State

__all__ = ["settle"]

_MERGE_SECONDS = 24 * 3600.0  # a shard of 50 GB takes minutes; the bound is against a lost answer
_WORTH_WAITING = 16 << 20  # bytes of contents; of less the second copies are left to time
_LEASE_SECONDS = 90.0  # three times what leases take
_LOOK_SECONDS = 0.5
_PER_SHARD = 4  # deletions between two looks whether each shard got one
_MOST_DELETIONS = 100  # a shard; all of them pass one by in less than one of 10**40 cases


def settle(cluster: Cluster, state: State, sleep: Callable[[float], None] = time.sleep) -> None:
    """Merge all parts of a version. Takes about as long as the writing did.

    Raises:
        IndexUnavailableError: shards are away, or one does not get on.
    """
    _flush(cluster, state)
    if state.content_bytes >= _WORTH_WAITING:
        written = _numbers(cluster, state)
        _leases(cluster, state, written, sleep)
        _delete_nothing(cluster, state, written)
        _flush(cluster, state)
    for part in (SKETCHES, CONTENTS, PLACES):
        cluster.ask(
            "POST", state.path(part, "_forcemerge"), timeout=_MERGE_SECONDS, max_num_segments=1
        )


def _flush(cluster: Cluster, state: State) -> None:
    cluster.ask("POST", state.path(SKETCHES, "_flush"), timeout=_MERGE_SECONDS)


def _numbers(cluster: Cluster, state: State) -> dict[str, int]:
    """By shard of the sketches, the last sequence number written."""
    return {name: last for name, (last, _) in _shards(cluster, state).items()}


def _shards(cluster: Cluster, state: State) -> dict[str, tuple[int, int]]:
    """By shard of the sketches: the last number written, and the first that a lease retains."""
    answer = cluster.ask(
        "GET",
        state.path(SKETCHES, "_stats"),
        level="shards",
        filter_path="indices.*.shards.*.seq_no.max_seq_no,"
        "indices.*.shards.*.retention_leases.leases.retaining_seq_no",
    )
    found: dict[str, tuple[int, int]] = {}
    for index in answer.get("indices", {}).values():
        for name, copies in index["shards"].items():
            last = max(int(copy["seq_no"]["max_seq_no"]) for copy in copies)
            leases = [
                int(lease["retaining_seq_no"])
                for copy in copies
                for lease in copy.get("retention_leases", {}).get("leases", ())
            ]
            found[name] = last, min(leases, default=last + 1)
    return found


def _leases(
    cluster: Cluster, state: State, written: dict[str, int], sleep: Callable[[float], None]
) -> None:
    """Wait until no lease retains what was written."""
    waited = 0.0
    while any(
        first <= written.get(name, -1) for name, (_, first) in _shards(cluster, state).items()
    ):
        if waited >= _LEASE_SECONDS:
            raise IndexUnavailableError(
                f"shards of {state.index(SKETCHES)} have not told each other what they hold for "
                f"{_LEASE_SECONDS:g} s; look at the _cluster/health of {cluster.location} and run "
                "`whence compact` again"
            )
        sleep(_LOOK_SECONDS)
        waited += _LOOK_SECONDS


def _delete_nothing(cluster: Cluster, state: State, written: dict[str, int]) -> None:
    """Give each shard an operation, and so a segment, after those that were written."""
    sent = 0
    while any(last <= written.get(name, -1) for name, last in _numbers(cluster, state).items()):
        if sent > _MOST_DELETIONS * len(written):
            raise IndexUnavailableError(
                f"shards of {state.index(SKETCHES)} take no writes; look at the _cluster/health of "
                f"{cluster.location} and run `whence compact` again"
            )
        for _ in range(_PER_SHARD * len(written)):
            path = f"/{state.target(SKETCHES)}/_doc/nothing"
            cluster.ask("DELETE", path, missing=True, routing=sent)
            sent += 1
