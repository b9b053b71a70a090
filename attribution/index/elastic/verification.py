"""Whether an index is intact: texts hash to their ids, and the parts fit together.

Elasticsearch checks the checksums of its files when it merges and copies them; this compares its
answers with what was indexed.
"""

from __future__ import annotations

from collections.abc import Iterator

from attribution.errors import IndexDamagedError
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.layout import CONTENTS, META, OCCURRENCES, SKETCHES
from attribution.index.elastic.rows import document_of, occurrence_of, occurrence_row
from attribution.index.elastic.scan import scan
from attribution.index.identity import blob_id

__all__ = ["verify"]


def verify(cluster: Cluster, commit: Commit) -> Iterator[str]:
    """Yield the name of each Elasticsearch index that is intact.

    Raises:
        IndexDamagedError: names the first one that is not.
    """
    known = {"range": {"generation": {"lte": commit.generation}}}
    count = 0
    for hit in scan(cluster, commit.index(CONTENTS), known, page=50):
        document = document_of(hit["_id"], hit["_source"])
        if blob_id(document.content).hex() != document.id:
            raise _damaged(commit, CONTENTS, f"the text of {document.id} was altered")
        count += 1
    _compare(commit, CONTENTS, count, commit.documents)
    yield commit.index(CONTENTS)
    found = sum(1 for _ in scan(cluster, commit.index(SKETCHES), known, page=10_000, _source=False))
    _compare(commit, SKETCHES, found, count)
    yield commit.index(SKETCHES)
    count = 0
    for hit in scan(cluster, commit.index(OCCURRENCES), known):
        named = occurrence_row(hit["_source"]["document"], occurrence_of(hit["_source"]), 0)[0]
        if named != hit["_id"]:
            raise _damaged(commit, OCCURRENCES, f"the occurrence {hit['_id']} was altered")
        count += 1
    _compare(commit, OCCURRENCES, count, commit.occurrences)
    yield commit.index(OCCURRENCES)
    skips = scan(cluster, commit.index(META), {"range": {"skip": {"lt": commit.skip_count}}})
    _compare(commit, META, sum(1 for _ in skips), commit.skip_count)
    yield commit.index(META)


def _compare(commit: Commit, part: str, found: int, expected: int) -> None:
    if found != expected:
        raise _damaged(commit, part, f"it has {found} of {expected} documents")


def _damaged(commit: Commit, part: str, problem: str) -> IndexDamagedError:
    return IndexDamagedError(
        f"{commit.index(part)} is damaged: {problem}; restore it from a snapshot, or rebuild it"
    )
