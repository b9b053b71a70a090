"""Sources to index: one thread reads, the other sketches and writes; memory stays bounded.

After each commit the index holds, beside the files, how far each source was read: killed at any
moment and started again, it goes on from there. A source that was read to its end is passed over
as long as its fingerprint is the same; one that has changed is read anew, and what it adds to the
occurrences already held is added.
"""

from __future__ import annotations

import gc
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from attribution.errors import SourceError
from attribution.index.interface import Checkpoint, IndexAdmin, IndexWriter
from attribution.types import NewFile, Skip
from indexer.collector import collector_off
from indexer.filters import Reason
from indexer.progress import Progress
from indexer.report import IndexingReport
from indexer.sources import Source

__all__ = ["index_sources"]

# Enough that the sketcher's fixed costs vanish, little enough to stay in cache and in step.
_BATCH_BYTES = 6 << 20
_BATCH_ITEMS = 4096
_QUEUE = 3  # batches read ahead
# What a kill may lose at most. Each commit makes a segment, so not too often.
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
    sources: Sequence[Source],
    progress: Progress | None = None,
    *,
    on_skip: Callable[[Skip], None] | None = None,
    commit_bytes: int = COMMIT_BYTES,
    commit_seconds: float = COMMIT_SECONDS,
) -> IndexingReport:
    """Read all sources into an index.

    Args:
        on_skip: called with each file that is left out.
        commit_bytes, commit_seconds: commit when so much was added, or so long ago.

    Raises:
        IndexLockedError, StorageError: of the index; what was committed stays.
    """
    progress = progress or Progress()
    report = IndexingReport()
    sources = list({source.name: source for source in sources}.values())  # each once
    began = time.monotonic()
    index.refresh()
    before = index.summary()
    opted_out = _opted_out(index)
    with collector_off(), progress, index.writer() as writer:
        progress.begin(sources)
        reader = _Reader(sources, writer.checkpoints(), report, progress)
        committer = _Committer(writer, progress, commit_bytes, commit_seconds)
        for batch in _in_thread(reader.batches()):
            writer.skip(batch.skips)
            if batch.files:
                writer.add(batch.files)
            report.files += len(batch.files)
            report.content_bytes += batch.content_bytes
            report.skipped.update(skip.reason for skip in batch.skips)
            if on_skip is not None:
                for skip in batch.skips:
                    on_skip(skip)
            report.seconds = time.monotonic() - began
            progress.advanced(report)
            committer.took(batch.checkpoints)
        committer.commit()
    index.refresh()
    after = index.summary()
    report.documents = after.documents - before.documents
    report.occurrences = after.occurrences - before.occurrences
    if newly := _opted_out(index) - opted_out:
        report.skipped[Reason.OPTED_OUT.value] += newly
    report.seconds = time.monotonic() - began
    return report


def _opted_out(index: IndexAdmin) -> int:
    """Files that the index itself refused so far; only counted where there are opt-outs."""
    if not index.summary().opt_outs:
        return 0
    return index.describe().skipped.get(Reason.OPTED_OUT.value, 0)


class _Committer:
    """Commits often enough, and never without the positions that belong to the files."""

    def __init__(self, writer: IndexWriter, progress: Progress, size: int, seconds: float) -> None:
        self._writer = writer
        self._progress = progress
        self._size = size
        self._seconds = seconds
        self._pending: dict[str, Checkpoint] = {}
        self._last = time.monotonic()

    def took(self, checkpoints: dict[str, Checkpoint]) -> None:
        """So far the writer has what the sources hold up to these positions."""
        self._pending.update(checkpoints)
        waited = time.monotonic() - self._last
        if self._writer.pending_bytes >= self._size or waited >= self._seconds:
            self.commit()

    def commit(self) -> None:
        """Make it durable, if there is anything new."""
        if self._pending or self._writer.pending_bytes:
            self._progress.committing()
            self._writer.commit(tuple(self._pending.values()))
            self._pending = {}
            gc.collect()  # what cycles there are
        self._last = time.monotonic()


class _Reader:
    """All sources as batches; a batch may span many small sources."""

    def __init__(
        self,
        sources: Sequence[Source],
        known: dict[str, Checkpoint],
        report: IndexingReport,
        progress: Progress,
    ) -> None:
        self._sources = sources
        self._known = known
        self._report = report
        self._progress = progress
        self._batch = _Batch()

    def batches(self) -> Iterator[_Batch]:
        """All that has to be read. Runs in the reading thread."""
        for source in self._sources:
            try:
                yield from self._read(source)
            except SourceError as error:
                why = str(error).encode("utf-8", "backslashreplace").decode()
                self._report.failed.append((source.name, why))
                self._batch.skips.append(Skip(source.name, Reason.UNREADABLE.value, why))
        yield self._batch

    def _read(self, source: Source) -> Iterator[_Batch]:
        """The batches that get full within one source; the last one stays open for the next."""
        mark = source.fingerprint()
        known = self._known.get(source.name)
        position: str | None = None
        if known is not None:
            known_mark, _, at = known.position.partition(" ")
            if known_mark == mark and known.done:
                self._report.unchanged += 1
                self._progress.unchanged(source)
                return
            position = at or None if known_mark == mark else None
        self._report.sources += 1
        batch = self._batch
        for what, position in source.read(position):  # noqa: B020  (where to start, then how far)
            if isinstance(what, Skip):
                batch.skips.append(what)
            else:
                batch.files.append(what)
                batch.content_bytes += len(what.content)
            if batch.content_bytes >= _BATCH_BYTES or len(batch.skips) >= _BATCH_ITEMS:
                batch.checkpoints[source.name] = Checkpoint(source.name, f"{mark} {position}")
                yield batch
                batch = self._batch = _Batch()
        end = f"{mark} {position or ''}"
        batch.checkpoints[source.name] = Checkpoint(source.name, end, done=True)


def _in_thread(batches: Iterator[_Batch]) -> Iterator[_Batch]:
    """The same batches, made in a thread that is at most `_QUEUE` of them ahead."""
    ahead: queue.Queue[_Batch | BaseException | None] = queue.Queue(_QUEUE)
    stopped = threading.Event()

    def put(item: _Batch | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                ahead.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for batch in batches:
                if not put(batch):
                    return
            put(None)
        except BaseException as error:  # it belongs to the thread that waits for the batches
            put(error)

    thread = threading.Thread(target=work, name="whence-reader", daemon=True)
    thread.start()
    try:
        while (item := ahead.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()
