"""All documents of a query, page after page, of one moment: a point in time and `search_after`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from attribution.errors import IndexIncompleteError, WhenceError
from attribution.index.elastic.client import Cluster, Json, quorum

__all__ = ["complete", "scan"]

_KEEP = "5m"  # between two pages


def scan(
    cluster: Cluster,
    index: str,
    query: Json,
    *,
    page: int = 1000,
    sort: list[Any] | None = None,
    **more: Any,
) -> Iterator[Json]:
    """Hits of a query, in order of `sort`, else in any.

    Raises:
        IndexIncompleteError: a shard did not answer: nothing is left out silently.
    """
    opened = cluster.ask("POST", f"/{index}/_pit", keep_alive=_KEEP)
    pit = opened["id"]
    after: list[Any] | None = None
    try:
        while True:
            body: Json = {
                "query": query,
                "size": page,
                "pit": {"id": pit, "keep_alive": _KEEP},
                "sort": [*(sort or []), "_shard_doc"],
                "track_total_hits": False,
                **more,
            }
            if after is not None:
                body["search_after"] = after
            answer = complete(
                cluster.ask(
                    "POST",
                    "/_search",
                    body,
                    timeout=cluster.access.bulk_timeout,
                    allow_partial_search_results=False,
                ),
                cluster,
            )
            pit = answer.get("pit_id", pit)
            hits = answer["hits"]["hits"]
            yield from hits
            if len(hits) < page:
                return
            after = hits[-1]["sort"]
    finally:
        with suppress(WhenceError):  # it ends by itself; what went wrong before is what matters
            cluster.ask("DELETE", "/_pit", {"id": pit})


def complete(answer: Json, cluster: Cluster) -> Json:
    """An answer of all shards.

    Raises:
        IndexIncompleteError: some did not. (When none does, the request itself is refused.)
    """
    lacking = quorum(answer)
    if lacking is not None:
        raise IndexIncompleteError(
            f"{cluster.location} answered in part: {lacking}; look at its _cluster/health and "
            "try again",
            lacking,
        )
    return answer
