"""Reads sources into an index: one thread reads, another sketches and writes; memory is bounded.

Each commit stores, together with the files, how far each source was read, so a run that was killed
can be resumed. A source that was read to its end is skipped as long as its fingerprint is the same;
one that has changed is read again, and new occurrences are added to those in the index.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from attribution.errors import SourceError
from attribution.index.checkpoints import checkpoint_of, join_checkpoints
from attribution.index.interface import Checkpoint, IndexAdmin, IndexWriter
from attribution.types import NewFile, Skip
from indexer.filters import Reason
from indexer.progress import IndexingReport, Progress
from indexer.sources import Source

__all__ = ["index_sources"]

# Large enough to make the sketcher's fixed costs small, small enough to stay in the cache.
_BATCH_BYTES = 6 << 20
_BATCH_ITEMS = 4096
_READ_AHEAD = 3  # batches
# A kill loses at most this much work. Each commit writes a segment, so they must not be frequent.
COMMIT_BYTES = 512 << 20
COMMIT_SECONDS = 60.0


@dataclass(slots=True)
class _Batch:
    files: list[NewFile] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    content_bytes: int = 0
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)


def index_sources(
    index: IndexAdmin,
    sources: Iterable[Source],
    progress: Progress | None = None,
    *,
    part: str | None = None,
    need_all: bool = False,
    known: Iterable[Checkpoint] = (),
    on_skip: Callable[[Skip], None] | None = None,
    commit_bytes: int = COMMIT_BYTES,
    commit_seconds: float = COMMIT_SECONDS,
) -> IndexingReport:
    """Read all sources into an index.

    Args:
        part: the sources are those of this part of a larger work; its name is recorded in the
            index, as done when everything was read.
        need_all: a part is not done as long as a source cannot be read.
        known: checkpoints of sources that were read elsewhere before.
        on_skip: called with each file that is left out.
        commit_bytes, commit_seconds: how much is added, or how long it takes, between commits.

    Raises:
        IndexLockedError, StorageError: raised by the index; earlier commits stay.
    """
    progress = progress or Progress()
    report = IndexingReport()
    if isinstance(sources, Sequence):  # else they are handed out while others are read
        sources = list({source.name: source for source in sources}.values())  # each once
    started = time.monotonic()
    index.refresh()
    before = index.summary()
    opted_out = _opted_out(index)
    with _collector_off(), progress, index.writer() as writer:
        if isinstance(sources, list):
            progress.begin(sources)
        checkpoints = join_checkpoints(known, writer.checkpoints().values())
        reader = _Reader(sources, checkpoints, report, progress)
        committer = _Committer(writer, progress, commit_bytes, commit_seconds)
        if part is not None and part not in checkpoints:
            committer.record({part: Checkpoint(part, "")})
        for batch in _read_ahead(reader):
            writer.skip(batch.skips)
            if batch.files:
                writer.add(batch.files)
            report.files += len(batch.files)
            report.content_bytes += batch.content_bytes
            report.skipped.update(skip.reason for skip in batch.skips)
            if on_skip is not None:
                for skip in batch.skips:
                    on_skip(skip)
            report.seconds = time.monotonic() - started
            progress.advanced(report)
            committer.record(batch.checkpoints)
        done = part in checkpoints and checkpoints[part].done
        if part is not None and not done and not (need_all and report.failed):
            committer.record({part: Checkpoint(part, "", done=True)})
        committer.commit()
    index.refresh()
    after = index.summary()
    report.documents = after.documents - before.documents
    report.occurrences = after.occurrences - before.occurrences
    if refused := _opted_out(index) - opted_out:
        report.skipped[Reason.OPTED_OUT.value] += refused
    report.seconds = time.monotonic() - started
    return report


def _opted_out(index: IndexAdmin) -> int:
    """Files that the index has refused so far; counted only where there are opt-outs."""
    if not index.summary().opt_outs:
        return 0
    return index.describe().skipped.get(Reason.OPTED_OUT.value, 0)


class _Committer:
    """Commits at intervals, and always the files together with their positions in the sources."""

    def __init__(self, writer: IndexWriter, progress: Progress, size: int, seconds: float) -> None:
        self._writer = writer
        self._progress = progress
        self._size = size
        self._seconds = seconds
        self._pending: dict[str, Checkpoint] = {}
        self._last = time.monotonic()

    def record(self, checkpoints: dict[str, Checkpoint]) -> None:
        """Note that the writer has everything in the sources up to these positions."""
        self._pending.update(checkpoints)
        waited = time.monotonic() - self._last
        if self._writer.pending_bytes >= self._size or waited >= self._seconds:
            self.commit()
            gc.collect()  # not after the last commit, when the process is about to end

    def commit(self) -> None:
        """Commit, if there is anything new."""
        if self._pending or self._writer.pending_bytes:
            self._progress.committing()
            self._writer.commit(tuple(self._pending.values()))
            self._pending = {}
        self._last = time.monotonic()


class _Reader:
    """All sources as batches; a batch may span many small sources."""

    def __init__(
        self,
        sources: Iterable[Source],
        known: dict[str, Checkpoint],
        report: IndexingReport,
        progress: Progress,
    ) -> None:
        self._sources = sources
        self._known = known
        self._report = report
        self._progress = progress
        self._batch = _Batch()
        self._current: Source | None = None
        self._stopped = False

    def stop(self) -> None:
        """End the reading in another thread, which may wait for a network."""
        self._stopped = True
        if self._current is not None:
            self._current.stop()

    def batches(self) -> Iterator[_Batch]:
        """Everything that has to be read. Runs in the reading thread."""
        for source in self._sources:
            self._current = source
            if self._stopped:
                return
            try:
                yield from self._read(source)
            except SourceError as error:
                detail = str(error).encode("utf-8", "backslashreplace").decode()
                self._report.failed.append((source.name, detail))
                self._batch.skips.append(Skip(source.name, Reason.UNREADABLE.value, detail))
        yield self._batch

    def _read(self, source: Source) -> Iterator[_Batch]:
        """The batches that become full within one source; the last stays open for the next."""
        mark = source.fingerprint()
        start: str | None = None
        if (known := checkpoint_of(self._known, source.name)) is not None:
            known_mark, _, position = known.position.partition(" ")
            if known_mark == mark and known.done and source.is_unchanged(position):
                self._report.unchanged += 1
                self._progress.unchanged(source)
                return
            start = position or None if known_mark == mark and not known.done else None
        batch, position = self._batch, start or ""
        for file, position in source.read(start):
            if isinstance(file, Skip):
                batch.skips.append(file)
            else:
                batch.files.append(file)
                batch.content_bytes += len(file.content)
            items = len(batch.files) + len(batch.skips)
            if batch.content_bytes >= _BATCH_BYTES or items >= _BATCH_ITEMS:
                batch.checkpoints[source.name] = Checkpoint(source.name, f"{mark} {position}")
                yield batch
                batch = self._batch = _Batch()
        batch.checkpoints[source.name] = Checkpoint(source.name, f"{mark} {position}", done=True)
        self._report.sources += 1


def _read_ahead(source_reader: _Reader) -> Iterator[_Batch]:
    """All batches, read in a thread that is at most `_READ_AHEAD` of them ahead."""
    batches = source_reader.batches()
    reader = ThreadPoolExecutor(1, "whence-reader")
    try:
        ahead = deque(reader.submit(next, batches, None) for _ in range(_READ_AHEAD))
        while (batch := ahead.popleft().result()) is not None:
            ahead.append(reader.submit(next, batches, None))
            yield batch
    except BaseException:
        source_reader.stop()
        raise
    finally:
        reader.shutdown(cancel_futures=True)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Switches Python's collector of reference cycles off, so call `gc.collect` now and then.

    Up to a million file objects are in memory, none of them in a cycle. The collector would
    traverse them again and again, which takes a twentieth of the time of indexing.
    """
    active = gc.isenabled()
    gc.disable()
    gc.freeze()  # imported modules stay: no collection need look at them
    try:
        yield
    finally:
        gc.unfreeze()
        if active:
            gc.enable()
