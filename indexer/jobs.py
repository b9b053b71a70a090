"""`whence index --jobs`: several processes read at once, each into a part of the index.

Units are handed out one at a time, large ones first, so all processes end together, however wrong
the sizes are. What a killed run has read is merged by the next one, which resumes from there.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from attribution.errors import InputError, SourceError, WhenceError
from attribution.index.checkpoints import join_checkpoints
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.interface import Checkpoint, IndexAdmin
from attribution.types import Skip
from attribution.worker_processes import available_cores, begin_work, worker_context
from indexer.parts import cut, size_of
from indexer.pipeline import index_sources
from indexer.progress import IndexingReport, Progress
from indexer.sources import Source
from indexer.sources.contents import ContentStore

__all__ = ["index_on_cores"]

# Below this, starting a process (a second of its time) costs more than it saves.
_WORTH_A_PROCESS = 32 << 20  # bytes of sources
_SHOWN_EVERY = 0.5  # seconds
_SEGMENTS = 16  # small ones in all parts together, when they are merged


def index_on_cores(
    index: IndexAdmin,
    sources: Sequence[Source],
    jobs: int | None,
    store: ContentStore,
    progress: Progress,
    *,
    part: str | None = None,
    on_skip: Callable[[Skip], None] | None = None,
) -> IndexingReport:
    """Read all sources into an index, with as many processes as are worth it.

    Args:
        jobs: at most that many; None: one for each core.
        store: that of the sources.
        part, on_skip: as for `index_sources`. The sources of a part are units already.

    Raises:
        InputError: only one process at a time can write to such an index.
        WhenceError: a process failed or was killed.
    """
    if not isinstance(index, EmbeddedIndex):
        if jobs is not None and jobs > 1:
            raise InputError(
                "--jobs is for an index in a folder; for Elasticsearch, start --part I/N as often"
            )
        store.known = index.fetch
        return index_sources(index, sources, progress, part=part, on_skip=on_skip)
    worth = sum(map(size_of, sources)) // _WORTH_A_PROCESS
    jobs = min(available_cores() if jobs is None else jobs, worth)
    if jobs <= 1:
        store.known = index.fetch
        return index_sources(index, sources, progress, part=part, on_skip=on_skip)
    if part is not None:
        _record(index, Checkpoint(part, ""))
    report = _index(index, sources, jobs, store, progress, on_skip, cut_=part is None)
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
    cut_: bool,
) -> IndexingReport:
    started = monotonic()
    with index.parts() as parts:
        before = parts.manifest
        known = join_checkpoints(before.checkpoints)
        units = cut(sources, lambda source: _is_known(source, known)) if cut_ else [*sources]
        units.sort(key=size_of, reverse=True)
        tuning = Tuning(threads=1, max_segments=max(2, _SEGMENTS // jobs))
        work = pickle.dumps(_Work(units, store, tuple(known.values()), tuning, on_skip is not None))
        with progress:
            progress.begin(units)
            folders = [parts.create(number) for number in range(1, min(jobs, len(units)) + 1)]
            report = _Workers(folders, work, units, progress, on_skip).run()
            progress.committing()
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


@dataclass(frozen=True, slots=True)
class _Work:
    """What all processes share."""

    units: Sequence[Source]
    store: ContentStore  # of these units
    known: tuple[Checkpoint, ...]  # of the index
    tuning: Tuning
    with_skips: bool  # whether the parent wants to know them


@dataclass(frozen=True, slots=True)
class _News:
    """What a process says."""

    report: IndexingReport
    done_bytes: dict[int, int]  # of its units, by number
    skips: list[Skip]  # since the last news
    ended: bool = False
    failure: str = ""


class _Workers:
    """The processes, as the parent sees them."""

    def __init__(
        self,
        folders: Sequence[Path],
        work: bytes,
        units: Sequence[Source],
        progress: Progress,
        on_skip: Callable[[Skip], None] | None,
    ) -> None:
        self._units = units
        self._next = iter(range(len(units)))
        self._progress = progress
        self._on_skip = on_skip
        self._started = monotonic()
        self._reports: dict[Connection, IndexingReport] = {}
        self._running: dict[Connection, BaseProcess] = {}
        context: Any = worker_context(("indexer.jobs",))
        for folder in folders:
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(folder, work, theirs))
            process.start()
            theirs.close()  # so that the pipe ends with the process
            self._running[ours] = process

    def run(self) -> IndexingReport:
        """Hand out all units; returns when all processes have ended."""
        try:
            while self._running:
                for connection in wait(list(self._running)):
                    assert isinstance(connection, Connection)
                    self._hear(connection)
        finally:
            for process in self._running.values():  # after a failure, or Ctrl-C
                process.terminate()
                process.join()
        return self._total()

    def _hear(self, connection: Connection) -> None:
        try:
            news = connection.recv()
        except (EOFError, ConnectionResetError):
            process = self._running[connection]
            process.join()
            raise WhenceError(
                f"a worker process {_end_of(process)}. Run the command again to resume, perhaps "
                "with fewer --jobs"
            ) from None
        if news is None:
            connection.send(next(self._next, None))
            return
        assert isinstance(news, _News)
        if news.failure:
            raise WhenceError(news.failure)
        self._reports[connection] = news.report
        for number, done in news.done_bytes.items():
            self._units[number].done_bytes = done
        if self._on_skip is not None:
            for skip in news.skips:
                self._on_skip(skip)
        if news.ended:
            self._running.pop(connection).join()
        self._progress.advanced(self._total())

    def _total(self) -> IndexingReport:
        total = IndexingReport(seconds=monotonic() - self._started)
        for report in self._reports.values():
            total.add(report)
        return total


def _end_of(process: BaseProcess) -> str:
    code = process.exitcode or 0
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by signal {-code}, perhaps because memory ran out"


# ---- in the worker process ----


def _work(folder: Path, work: bytes, connection: Connection) -> None:
    """Fill a part."""
    begin_work()
    with connection:
        parent = _Parent(connection, pickle.loads(work))
        try:
            report = parent.fill(folder)
        except WhenceError as error:
            parent.say(IndexingReport(), failure=str(error))
        else:
            parent.say(report, ended=True)


class _Parent(Progress):
    """The parent process, as a worker sees it."""

    def __init__(self, connection: Connection, work: _Work) -> None:
        self._connection = connection
        self._work = work
        self._sending = Lock()  # units are asked for by the thread that reads
        self._said = 0.0
        self._skips: list[Skip] = []
        self._taken: list[int] = []  # numbers of units that may not be done

    def fill(self, folder: Path) -> IndexingReport:
        """Index units until there are no more."""
        work = self._work
        with (
            EmbeddedIndex(folder, tuning=work.tuning) as index,
            EmbeddedIndex(folder.parents[1]) as target,
            closing(work.store),
        ):
            work.store.known = lambda ids: [
                ours or theirs
                for ours, theirs in zip(index.fetch(ids), target.fetch(ids), strict=True)
            ]
            on_skip = self._skips.append if work.with_skips else None
            return index_sources(index, self._sources(), self, known=work.known, on_skip=on_skip)

    def _sources(self) -> Iterator[Source]:
        while True:
            with self._sending:
                self._connection.send(None)
            number = self._connection.recv()
            if number is None:
                return
            with self._sending:
                self._taken.append(number)
            yield self._work.units[number]

    def advanced(self, report: IndexingReport) -> None:
        if monotonic() - self._said > _SHOWN_EVERY:
            self._said = monotonic()
            self.say(report)

    def say(self, report: IndexingReport, *, ended: bool = False, failure: str = "") -> None:
        """Send what was done so far."""
        units = self._work.units
        with self._sending:
            done = {number: units[number].done_bytes for number in self._taken}
            self._taken = self._taken[-1:]
            self._connection.send(_News(report, done, self._skips, ended, failure))
            self._skips.clear()
