"""Whether an index is intact: texts hash to their ids, and the parts fit together.

Elasticsearch checks the checksums of its files when it merges and copies them; this compares its
answers with what was indexed.
"""

from __future__ import annotations

from collections.abc import Iterator

from attribution.errors import IndexDamagedError
from attribution.index.elastic.client import Json
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.layout import CONTENTS, META, OCCURRENCES, SKETCHES
from attribution.index.elastic.rows import document_of, occurrence_of, occurrence_row
from attribution.index.identity import blob_id

__all__ = ["verify"]


def verify(commit: Commit) -> Iterator[str]:
    """Yield the name of each Elasticsearch index that is intact.

    Raises:
        IndexDamagedError: names the first one that is not.
    """
    skips = {"range": {"skip": {"lt": commit.skip_count}}}
    for part, hits, expected in (
        (CONTENTS, commit.scan(CONTENTS, page=50), commit.documents),
        (SKETCHES, commit.scan(SKETCHES, page=10_000, _source=False), commit.documents),
        (OCCURRENCES, commit.scan(OCCURRENCES), commit.occurrences),
        (META, commit.scan(META, skips), commit.skip_count),
    ):
        count = 0
        for hit in hits:
            if not _is_unaltered(part, hit):
                raise _damaged(commit.index(part), f"document {hit['_id']} was altered")
            count += 1
        if count != expected:
            raise _damaged(commit.index(part), f"it has {count} of {expected} documents")
        yield commit.index(part)


def _damaged(index: str, problem: str) -> IndexDamagedError:
    return IndexDamagedError(
        f"{index} is damaged: {problem}; restore it from a snapshot, or rebuild it"
    )


def _is_unaltered(part: str, hit: Json) -> bool:
    """Whether a hit has the id that its content gives it."""
    id_: str = hit["_id"]
    if part == CONTENTS:
        return blob_id(document_of(id_, hit["_source"]).content).hex() == id_
    if part == OCCURRENCES:
        source = hit["_source"]
        return occurrence_row(source["document"], occurrence_of(source), 0)[0] == id_
    return True
