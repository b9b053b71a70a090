"""What was written becomes visible to searches, or is removed if its commit never happened."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

from attribution.errors import IndexUnavailableError
from attribution.index.elastic.bulk import Bulk
from attribution.index.elastic.commit import Commit
from attribution.index.elastic.inspection import counted, documents_in
from attribution.index.elastic.layout import CONTENTS, DATA, PARTS
from attribution.index.elastic.scan import complete

__all__ = ["refresh", "refreshes", "sweep", "visible"]

# Seconds. A primary changes nodes in less, once its data is there.
_WAITS = (0.0, 0.5, 2.0, 5.0, 10.0)


def refresh(commit: Commit) -> None:
    """Make all acknowledged documents visible to searches, except those of moving shards."""
    timeout = commit.cluster.access.bulk_timeout
    complete(commit.post("_refresh", *PARTS, timeout=timeout), commit.cluster)


def refreshes(commit: Commit) -> Iterator[None]:
    """Refresh now, and again later while the caller does not find what there should be.

    Elasticsearch skips a shard whose primary is moving, and reports success.
    """
    for wait in _WAITS:
        time.sleep(wait)
        refresh(commit)
        yield


def visible(commit: Commit, at_least: int = 0) -> Commit:
    """Make what was sent visible, as far as a refresh can; repeats it until the numbers agree.

    Returns the commit with the numbers of everything.

    Args:
        at_least: documents that there must be; each has a sketch and a text.

    Raises:
        IndexUnavailableError: some documents are not visible.
    """
    for _ in refreshes(commit):
        shown = counted(commit)
        texts = documents_in(commit, CONTENTS)
        if shown.documents == texts >= at_least:
            return shown
    raise IndexUnavailableError(
        f"only {min(shown.documents, texts)} of {max(shown.documents, texts, at_least)} documents "
        f"that were written to {commit.cluster.location} are visible; look at its _cluster/health "
        "and run the command again: it resumes at its last commit"
    )


def sweep(commit: Commit) -> None:
    """Remove documents that are newer than a commit: their own commit never happened."""
    refresh(commit)
    newer = {"range": {"generation": {"gt": commit.generation}}}
    with closing(Bulk(commit.cluster)) as bulk:
        found = False
        for part in DATA:
            for hit in commit.scan(part, newer, _source=False):
                bulk.delete(commit.target(part), hit["_id"])
                found = True
        if found:
            bulk.finish()
            refresh(commit)
