"""What lies in the cluster for one index: four Elasticsearch indexes a version, behind an alias.

    NAME                    alias of the four of the version that is served
    NAME-000001-sketches    a document a content: fingerprints, bands and words, to search only
    NAME-000001-contents    the same ids: the text and its language, compressed
    NAME-000001-places      a document an occurrence
    NAME-000001-meta        the state (one document, replaced by compare-and-swap), lock and skips

Each has an alias of its own, `NAME-000001-sketches-write`, by which alone it is written to
(`require_alias`): a writer that comes late to a version that was dropped is refused, where the
plain name would have Elasticsearch make an empty index of it.

A content's id is its git blob sha1, so adding it twice changes nothing. Sketches have an index of
their own, without `_source`: what is searched is then read without the texts, and Elasticsearch
keeps its second copy of a source (`_recovery_source`) of them until a merge only (see settling.py),
and of the texts never. Nothing is visible before a refresh, and all that a version holds carries
the number of the commit that brought it (`generation`): readers pass over what is newer than the
state they know.
"""

from __future__ import annotations

import re

from attribution.index.elastic.access import Access
from attribution.index.elastic.client import Json

__all__ = [
    "CONTENTS",
    "META",
    "PARTS",
    "PLACES",
    "SKETCHES",
    "base_name",
    "bodies",
    "number_of",
    "write_alias",
]

SKETCHES, CONTENTS, PLACES, META = PARTS = ("sketches", "contents", "places", "meta")

_VERSIONED = re.compile(r"(?P<base>.+-(?P<number>\d{6}))-(?:" + "|".join(PARTS) + ")")

# Already cut by us: no scores by length, no positions, no second analysis.
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
    PLACES: {
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
    """The name by which a part of a version is written to."""
    return f"{base}-{part}-write"


def number_of(index: str) -> tuple[str, int] | None:
    """Base name and number of the version of which an Elasticsearch index is a part."""
    found = _VERSIONED.fullmatch(index)
    return (found["base"], int(found["number"])) if found else None


def bodies(access: Access, base: str) -> dict[str, Json]:
    """What each part of a version is created with.

    Args:
        base: of the version.
    """
    made: dict[str, Json] = {}
    for part in PARTS:
        settings: Json = {
            "number_of_shards": 1 if part == META else access.shards,
            # zstd; it works on blocks of 240 KB, too much to read an occurrence of 300 bytes. Of
            # sketches it shortens the second copy, which lasts until a merge.
            "codec": "best_compression" if part in (CONTENTS, SKETCHES) else "default",
            # Else `whence info` would tell the sizes of ten seconds ago.
            "store.stats_refresh_interval": "0s",
            # Visible by commits alone.
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
