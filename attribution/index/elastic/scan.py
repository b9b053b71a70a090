"""All hits of a query, page by page, as of one moment: a point in time and `search_after`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from attribution.errors import IndexIncompleteError, WhenceError
from attribution.index.elastic.client import Cluster, Json, failed_shards
from attribution.types import Document

__all__ = ["complete", "incomplete", "scan"]

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
    """Hits of a query, in the order of `sort`, else in any order.

    Raises:
        IndexIncompleteError: a shard did not answer.
    """
    opened = cluster.request("POST", f"/{index}/_pit", keep_alive=_KEEP)
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
                cluster.request(
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
        with suppress(WhenceError):  # it expires anyway, and an earlier error matters more
            cluster.request("DELETE", "/_pit", {"id": pit})


def complete(answer: Json, cluster: Cluster) -> Json:
    """An answer in which all shards took part.

    Raises:
        IndexIncompleteError: some did not. (When none does, Elasticsearch refuses the request.)
    """
    lacking = failed_shards(answer)
    if lacking is not None:
        raise incomplete(cluster, lacking)
    return answer


def incomplete(
    cluster: Cluster, lacking: str, documents: Sequence[Document | None] = ()
) -> IndexIncompleteError:
    """The error of an answer without some shards."""
    return IndexIncompleteError(
        f"{cluster.location} answered in part: {lacking}; look at its _cluster/health and try "
        "again",
        lacking,
        documents=documents,
    )
