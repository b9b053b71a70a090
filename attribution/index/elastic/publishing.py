"""What the parts of a version have written becomes visible, in one step. See parts.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from attribution.index.checkpoints import join_checkpoints, missing_parts
from attribution.index.elastic.bulk import Bulk, chunks
from attribution.index.elastic.client import Cluster, Json
from attribution.index.elastic.commit import Commit, load, save
from attribution.index.elastic.layout import CONTENTS, OCCURRENCES, SKETCHES
from attribution.index.elastic.parts import (
    Progress,
    Register,
    forget,
    is_written,
    locked,
    read_skips,
)
from attribution.index.elastic.removal import finished, without_other_occurrence
from attribution.index.elastic.visibility import refreshes, visible
from attribution.index.elastic.writer import write_skips
from attribution.index.interface import Checkpoint

__all__ = ["publish"]


def publish(cluster: Cluster, base: str, label: str) -> list[str]:
    """Make all parts visible if those of the same work are done and no process writes one.

    Args:
        label: of one of the parts.

    Returns:
        The parts that are missing, such as "2/8"; none when they are visible.
    """
    with locked(cluster, base):
        commit = load(cluster, base)
        register = Register.load(cluster, base)
        if register is None:
            return []  # another process has published them
        if commit.generation < register.first:
            progress = [Progress.load(cluster, base, name) for name in register.labels]
            if missing := _missing(commit, label, progress):
                return missing
            commit = _published(commit, register, progress)
        forget(finished(commit), register)
        return []


def _missing(commit: Commit, label: str, progress: Sequence[Progress]) -> list[str]:
    """The parts of the same work that are not done, or parts of any work that are written now."""
    work = label.partition("/")[2]
    known = (*commit.checkpoints, *(c for part in progress for c in part.checkpoints))
    marks = [mark for mark in known if mark.source.partition("/")[2] == work]
    if missing := missing_parts([Checkpoint(label, ""), *marks]):
        return missing
    cluster, base = commit.cluster, commit.base
    return [p.label.split()[1] for p in progress if is_written(cluster, base, p.label)]


def _published(commit: Commit, register: Register, progress: Sequence[Progress]) -> Commit:
    """The version with everything that the parts have committed."""
    kept = sorted(generation for part in progress for generation in part.generations)
    _delete_incomplete(commit, sorted({*range(register.first, register.next)}.difference(kept)))
    skips = [skip for generation in kept for skip in read_skips(commit, generation)]
    write_skips(commit, skips)
    reasons = Counter(skip.reason for skip in skips)
    merged = join_checkpoints(commit.checkpoints, *(part.checkpoints for part in progress))
    # A part that runs again finds that the others are done.
    merged.update({c.source: c for p in progress for c in p.checkpoints if c.source == p.label})
    return save(
        replace(
            visible(commit),
            generation=register.next - 1,
            removing=bool(commit.opt_outs.opt_outs),  # of those who opted out meanwhile
            checkpoints=tuple(merged.values()),
            skipped=dict(Counter(commit.skipped) + reasons),
            skip_count=commit.skip_count + len(skips),
        )
    )


def _delete_incomplete(commit: Commit, abandoned: Sequence[int]) -> None:
    """Delete documents of generations that no part committed, if their sketch, text or occurrence
    is missing: no opt-out would find a document without an occurrence.

    What seems to be missing may be there: a part may have committed it.
    """
    incomplete: list[str] = []
    for _ in refreshes(commit):
        incomplete = _incomplete(commit, _written(commit, abandoned))
        if not incomplete:
            return
    with closing(Bulk(commit.cluster)) as bulk:
        for ids in chunks(incomplete):
            for id_ in ids:
                bulk.delete(commit.target(SKETCHES), id_)
                bulk.delete(commit.target(CONTENTS), id_)
            of_them = {"terms": {"document": ids}}
            for hit in commit.scan(OCCURRENCES, of_them, _source=False):
                bulk.delete(commit.target(OCCURRENCES), hit["_id"])
        bulk.finish()


def _written(commit: Commit, abandoned: Sequence[int]) -> list[str]:
    """Documents that have a sketch, text or occurrence of these generations."""
    found: set[str] = set()
    for generations in chunks(abandoned):
        query: Json = {"terms": {"generation": generations}}
        for part in (SKETCHES, CONTENTS):
            found.update(hit["_id"] for hit in commit.scan(part, query, _source=False))
        occurrences = commit.scan(OCCURRENCES, query, _source=["document"])
        found.update(hit["_source"]["document"] for hit in occurrences)
    return sorted(found)


def _incomplete(commit: Commit, documents: Sequence[str]) -> list[str]:
    """Those that searches find no sketch, no text or no occurrence of."""
    incomplete: list[str] = []
    for ids in chunks(documents):
        query = {"ids": {"values": ids}}
        sketches, texts = (
            {hit["_id"] for hit in commit.scan(part, query, _source=False)}
            for part in (SKETCHES, CONTENTS)
        )
        unseen = without_other_occurrence(commit, dict.fromkeys(ids, 0))
        whole = (sketches & texts).difference(unseen)
        incomplete += [id_ for id_ in ids if id_ not in whole]
    return incomplete
