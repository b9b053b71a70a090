"""The Elasticsearch indexes of one index: four per version, behind an alias.

    NAME                    alias of the four of the version that is served
    NAME-000001-sketches    a document per content: fingerprints, bands and words, for searches
    NAME-000001-contents    the same ids: the text and its language, compressed
    NAME-000001-places      a document per occurrence  (words: allow)
    NAME-000001-meta        the state (one document, replaced by compare-and-swap), lock and skips;
                            while several processes write, those of their parts (parts.py)

Each has its own alias, `NAME-000001-sketches-write`, and is written only through it
(`require_alias`): a late write to a dropped version is refused, where the plain name would make
Elasticsearch create an empty index.

The id of a content is its git blob sha1, so adding it twice changes nothing. Sketches have their
own index without `_source`: searches then read no texts, and Elasticsearch keeps its second copy of
a source (`_recovery_source`) only of sketches and only until a merge (see force_merge.py). Nothing
is visible before a refresh. Each document carries the number of its commit (`generation`), and
readers ignore documents that are newer than the commit they know.
"""

from __future__ import annotations

import re

from attribution.index.elastic.access import Access
from attribution.index.elastic.client import Json

__all__ = [
    "CONTENTS",
    "DATA",
    "META",
    "OCCURRENCES",
    "PARTS",
    "SKETCHES",
    "base_name",
    "bodies",
    "number_of",
    "write_alias",
]

SKETCHES, CONTENTS, META = "sketches", "contents", "meta"
OCCURRENCES = "places"  # words: allow (a name in the index format)
DATA = (SKETCHES, CONTENTS, OCCURRENCES)
PARTS = (*DATA, META)

_VERSIONED = re.compile(r"(?P<base>.+-(?P<number>\d{6}))-(?:" + "|".join(PARTS) + ")")

# Our terms: no scores by length, no positions, no analysis.
_TERMS = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"}
_WORDS = {"type": "text", "analyzer": "whitespace", "index_options": "docs"}
_KEYWORD = {"type": "keyword", "ignore_above": 8000}
_NUMBER = {"type": "long", "index": False}
_GENERATION = {"type": "long"}

_MAPPINGS: dict[str, Json] = {
    SKETCHES: {
        "_source": {"enabled": False},
        "properties": {
            "raw": _TERMS,
            "renamed": _TERMS,
            "bands": _TERMS,
            "words": _WORDS,
            "id": {"type": "binary", "doc_values": True},  # 20 bytes: `_id`, not unpacked
            "minhash": {"type": "binary", "doc_values": True},  # a byte a hash
            "language": _KEYWORD,
            "size": _NUMBER,  # bytes of the text
            "generation": _GENERATION,
        },
    },
    CONTENTS: {"properties": {"generation": _GENERATION}},
    OCCURRENCES: {
        "properties": {
            "document": _KEYWORD,
            "key": {"type": "long"},  # `occurrences.key_of`, signed
            "repository": _KEYWORD,  # casefolded
            "name": _KEYWORD,  # of the repository, as the corpus spells it
            "license": _KEYWORD,  # the expression
            "licenses": {**_KEYWORD, "doc_values": False},  # its ids, casefolded
            "generation": _GENERATION,
        },
    },
    META: {"properties": {"skip": {"type": "long"}}},
}


def base_name(name: str, number: int) -> str:
    """The first part of the names of a version's indexes."""
    return f"{name}-{number:06d}"


def write_alias(base: str, part: str) -> str:
    """The name under which a part of a version is written."""
    return f"{base}-{part}-write"


def number_of(index: str) -> tuple[str, int] | None:
    """Base name and number of the version of which an Elasticsearch index is a part."""
    found = _VERSIONED.fullmatch(index)
    return (found["base"], int(found["number"])) if found else None


def bodies(access: Access, base: str) -> dict[str, Json]:
    """The bodies of the requests that create the parts of a version with a base name."""
    made: dict[str, Json] = {}
    for part in PARTS:
        settings: Json = {
            "number_of_shards": 1 if part == META else access.shards,
            # zstd, in blocks of 240 KB: too large for reading occurrences of 300 bytes. For
            # sketches it compresses the second copy, which lasts until a merge.
            "codec": "best_compression" if part in (CONTENTS, SKETCHES) else "default",
            # Otherwise `whence info` would show the sizes of ten seconds ago.
            "store.stats_refresh_interval": "0s",
            # Only commits make documents visible.
            "refresh_interval": "-1",
        }
        if access.replicas is None:
            settings["auto_expand_replicas"] = "0-1"
        else:
            settings["number_of_replicas"] = access.replicas
        mapping = {"dynamic": False, **_MAPPINGS[part]}
        made[part] = {
            "settings": {"index": settings},
            "mappings": mapping,
            "aliases": {write_alias(base, part): {}},
        }
    return made
