"""The searches of one `_msearch` for a sketch.

frequencies   an aggregation with one filter per term: the exact number of live documents with it.
              Without removals Elasticsearch reads the number from its dictionary.
shared        documents by BM25 over raw and renamed fingerprints (without norms and counts, this is
              the sum of idf); named queries say which of them a document has
near          documents that share a MinHash band, with their signatures
rare          documents by BM25 over the rarest words
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from attribution.index.elastic.client import Json

__all__ = [
    "FIELDS",
    "counts",
    "evenly",
    "frequencies",
    "lines",
    "near",
    "rare",
    "shared",
    "word_query",
]

# Fingerprints per kind in a search. A sketch of a whole file can have thousands, which every shard
# would have to match document by document; an even sample is used. All are counted.
MOST_TERMS = 512
_FILTERS = 1000  # in one aggregation

FIELDS = ["id", "generation"]


def lines(index: str, searches: Sequence[Json]) -> list[bytes]:
    """The body of `_msearch`."""
    head = json.dumps({"index": index}).encode()
    return [line for search in searches for line in (head, json.dumps(search).encode())]


def frequencies(terms: Sequence[Json]) -> Json:
    """The search that counts the documents of each query; `counts` reads the answer."""
    return {
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            f"{start:06d}": {"filters": {"filters": list(terms[start : start + _FILTERS])}}
            for start in range(0, len(terms), _FILTERS)
        },
    }


def counts(answer: Json) -> list[int]:
    """The numbers in an answer to `frequencies`, in the order of the queries."""
    groups: dict[str, Any] = answer.get("aggregations", {})
    return [int(b["doc_count"]) for key in sorted(groups) for b in groups[key]["buckets"]]


def evenly(count: int) -> list[int]:
    """Positions of the terms that a search uses, out of `count`."""
    most = min(count, MOST_TERMS)
    return [i * count // most for i in range(most)]


def shared(raw: Sequence[str], renamed: Sequence[str], limit: int) -> Json:
    """Documents with the most of the fingerprints; `_name` is the kind and the position."""
    should = [
        {"term": {field: {"value": values[i], "_name": f"{field[2]}{i}"}}}
        for field, values in (("raw", raw), ("renamed", renamed))
        for i in evenly(len(values))
    ]
    return _any_of(should, limit, FIELDS)


def near(bands: Sequence[str], limit: int) -> Json:
    """Documents that share a band."""
    should = [{"term": {"bands": {"value": b, "_name": str(i)}}} for i, b in enumerate(bands)]
    return _any_of(should, limit, [*FIELDS, "minhash"])


def rare(words: Sequence[str], limit: int) -> Json:
    """Documents with some of the words."""
    return _any_of([word_query(word) for word in words], limit, FIELDS)


def word_query(text: str) -> Json:
    """Documents with a word. Elasticsearch splits a word that contains an unusual space."""
    if text.isascii():
        return {"term": {"words": text}}
    return {"match": {"words": {"query": text, "operator": "and"}}}


def _any_of(should: list[Json], limit: int, fields: list[str]) -> Json:
    return {
        "size": min(limit, 10_000),
        "track_total_hits": False,
        "query": {"bool": {"should": should, "minimum_should_match": 1}},
        # The id is read from a column: stored fields are in compressed blocks.
        "stored_fields": "_none_",
        "docvalue_fields": fields,
    }
