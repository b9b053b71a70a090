"""Whether an index is whole: texts have the ids that they hash to, and the parts fit together.

Elasticsearch keeps checksums of its files and checks them when it merges and copies; what it gives
is compared here with what was put in.
"""

from __future__ import annotations

from collections.abc import Iterator

from attribution.errors import IndexDamagedError
from attribution.index.elastic.client import Cluster
from attribution.index.elastic.layout import CONTENTS, META, PLACES, SKETCHES
from attribution.index.elastic.rows import document_of, occurrence_of, place_row
from attribution.index.elastic.scan import scan
from attribution.index.elastic.state import State
from attribution.index.identity import blob_id

__all__ = ["verify"]


def verify(cluster: Cluster, state: State) -> Iterator[str]:
    """The name of each Elasticsearch index that is whole.

    Raises:
        IndexDamagedError: one is not.
    """
    known = {"range": {"generation": {"lte": state.generation}}}
    count = 0
    for hit in scan(cluster, state.index(CONTENTS), known, page=50):
        document = document_of(hit["_id"], hit["_source"])
        if blob_id(document.content).hex() != document.id:
            raise _damaged(state, CONTENTS, f"the text of {document.id} was altered")
        count += 1
    _compare(state, CONTENTS, count, state.documents)
    yield state.index(CONTENTS)
    found = sum(1 for _ in scan(cluster, state.index(SKETCHES), known, page=10_000, _source=False))
    _compare(state, SKETCHES, found, count)
    yield state.index(SKETCHES)
    count = 0
    for hit in scan(cluster, state.index(PLACES), known):
        named = place_row(hit["_source"]["document"], occurrence_of(hit["_source"]), 0)[0]
        if named != hit["_id"]:
            raise _damaged(state, PLACES, f"the occurrence {hit['_id']} was altered")
        count += 1
    _compare(state, PLACES, count, state.occurrences)
    yield state.index(PLACES)
    skips = scan(cluster, state.index(META), {"range": {"skip": {"lt": state.skip_count}}})
    _compare(state, META, sum(1 for _ in skips), state.skip_count)
    yield state.index(META)


def _compare(state: State, part: str, found: int, expected: int) -> None:
    if found != expected:
        raise _damaged(state, part, f"it holds {found} of {expected}")


def _damaged(state: State, part: str, what: str) -> IndexDamagedError:
    return IndexDamagedError(
        f"{state.index(part)} is damaged: {what}; restore it from a snapshot, or build it anew"
    )
