"""A sketch as the searches of one `_msearch`, and what is read of each answer.

frequencies   an aggregation of one filter a term: the live documents with it, exactly. Without
              removals Elasticsearch reads the number off its dictionary.
shared        documents by BM25 over raw and renamed fingerprints (without norms and counts that
              is the sum of idf); which of them a document has, told by named queries
near          documents that share a MinHash band, with their signatures
rare          documents by BM25 over the rarest words
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from attribution.index.elastic.client import Json

__all__ = ["FIELDS", "counts", "evenly", "frequencies", "lines", "near", "rare", "shared", "word"]

# A sketch of a whole file can have thousands of fingerprints; so many of each kind, evenly taken,
# are asked with, which every shard must match document by document. All are counted.
MOST_TERMS = 512
_FILTERS = 1000  # in one aggregation

FIELDS = ["id", "generation"]


def lines(index: str, searches: Sequence[Json]) -> list[bytes]:
    """The body of `_msearch`."""
    head = json.dumps({"index": index}).encode()
    return [line for search in searches for line in (head, json.dumps(search).encode())]


def frequencies(terms: Sequence[Json]) -> Json:
    """How many documents match each of the queries; read by `counts`."""
    return {
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            f"{start:06d}": {"filters": {"filters": list(terms[start : start + _FILTERS])}}
            for start in range(0, len(terms), _FILTERS)
        },
    }


def counts(answer: Json) -> list[int]:
    """The numbers, in the order asked."""
    found: dict[str, Any] = answer.get("aggregations", {})
    return [int(bucket["doc_count"]) for key in sorted(found) for bucket in found[key]["buckets"]]


def evenly(count: int) -> range | list[int]:
    """Which of so many terms are asked with."""
    if count <= MOST_TERMS:
        return range(count)
    return [i * count // MOST_TERMS for i in range(MOST_TERMS)]


def shared(raw: Sequence[str], renamed: Sequence[str], limit: int) -> Json:
    """Documents with the most of the fingerprints; `_name` is the kind and the position."""
    should = [
        {"term": {field: {"value": values[i], "_name": f"{field[2]}{i}"}}}
        for field, values in (("raw", raw), ("renamed", renamed))
        for i in evenly(len(values))
    ]
    return _found(should, limit, FIELDS)


def near(bands: Sequence[str], limit: int) -> Json:
    """Documents that share a band."""
    should = [{"term": {"bands": {"value": b, "_name": str(i)}}} for i, b in enumerate(bands)]
    return _found(should, limit, [*FIELDS, "minhash"])


def rare(words: Sequence[str], limit: int) -> Json:
    """Documents with some of the words."""
    return _found([word(one) for one in words], limit, FIELDS)


def word(text: str) -> Json:
    """Documents with a word; it is cut as Elasticsearch cut it, if it holds an odd space."""
    if text.isascii():
        return {"term": {"words": text}}
    return {"match": {"words": {"query": text, "operator": "and"}}}


def _found(should: list[Json], limit: int, fields: list[str]) -> Json:
    return {
        "size": min(limit, 10_000),
        "track_total_hits": False,
        "query": {"bool": {"should": should, "minimum_should_match": 1}},
        # The id comes as a column: stored fields lie in compressed blocks.
        "stored_fields": "_none_",
        "docvalue_fields": fields,
    }
