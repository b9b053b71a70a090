"""`whence index --jobs`: several processes read at once, each into a part of the index.

Units are handed out one at a time, large ones first, so all processes end together, however wrong
the sizes are. What a killed run has read is merged by the next one, which resumes from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from attribution.errors import InputError, SourceError
from attribution.index.checkpoints import join_checkpoints
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.interface import Checkpoint, IndexAdmin
from attribution.types import Skip
from indexer.parts import cut, processes_for, size_of
from indexer.pipeline import index_sources
from indexer.progress import IndexingReport, Progress
from indexer.sources import Source
from indexer.sources.contents import ContentStore
from indexer.workers import Work, Workers, gather

__all__ = ["index_on_cores"]


def index_on_cores(
    index: IndexAdmin,
    sources: Sequence[Source],
    jobs: int | None,
    store: ContentStore,
    progress: Progress,
    *,
    part: str | None = None,
    need_all: bool = False,
    on_skip: Callable[[Skip], None] | None = None,
) -> IndexingReport:
    """Read all sources into an index, with as many processes as are worth it.

    Args:
        jobs: at most that many; None: one for each core.
        store: that of the sources.
        part, on_skip: as for `index_sources`. The sources of a part are units already.
        need_all: the same, for the rebuild of an index that is not in a folder.

    Raises:
        InputError: only one process at a time can write to such an index.
        WhenceError: a process failed or was killed.
    """
    if not isinstance(index, EmbeddedIndex) and jobs is not None and jobs > 1:
        raise InputError(
            f"--jobs {jobs} is for an index in a folder; for Elasticsearch, start {jobs} "
            f"commands, with --part 1/{jobs} to --part {jobs}/{jobs}"
        )
    if not isinstance(index, EmbeddedIndex) or (processes := processes_for(sources, jobs)) == 1:
        store.known = index.fetch
        return index_sources(
            index, sources, progress, part=part, need_all=need_all, on_skip=on_skip
        )
    if part is not None:
        _record(index, Checkpoint(part, ""))
    report = _index(index, sources, processes, store, progress, on_skip, whole=part is None)
    if part is not None:
        _record(index, Checkpoint(part, "", done=True))
    return report


def _record(index: EmbeddedIndex, part: Checkpoint) -> None:
    with index.writer() as writer:
        known = writer.checkpoints().get(part.source)
        if known is None or part.done > known.done:
            writer.commit([part])


def _index(
    index: EmbeddedIndex,
    sources: Sequence[Source],
    jobs: int,
    store: ContentStore,
    progress: Progress,
    on_skip: Callable[[Skip], None] | None,
    *,
    whole: bool,
) -> IndexingReport:
    started = monotonic()
    with index.parts() as parts:
        before = parts.manifest
        known = join_checkpoints(before.checkpoints)
        units = cut(sources, lambda source: _is_known(source, known)) if whole else [*sources]
        units.sort(key=size_of, reverse=True)
        most = max(1, Tuning().max_segments // jobs)
        work = Work(units, store, tuple(known.values()), most, on_skip is not None)
        with progress:
            progress.begin(units)
            folders = [parts.create(number) for number in range(1, min(jobs, len(units)) + 1)]
            report = Workers(folders, work, progress, on_skip).run()
            progress.committing()
            gather(folders, Tuning().max_segments)
            parts.merge()
        after = parts.manifest
    report.documents = after.documents - before.documents
    report.occurrences = after.occurrences - before.occurrences
    report.seconds = monotonic() - started
    return report


def _is_known(source: Source, known: dict[str, Checkpoint]) -> bool:
    """Whether a source was read before, to its end or not, and is the same."""
    checkpoint = known.get(source.name)
    try:
        if checkpoint is None or checkpoint.mark != source.fingerprint():
            return False
        return not checkpoint.done or source.is_unchanged(checkpoint.position.partition(" ")[2])
    except SourceError:  # reported when it is read
        return True
