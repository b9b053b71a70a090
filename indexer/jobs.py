"""`whence index --jobs`: several processes read at once, each into a part of the index.

Units are handed out one at a time, large ones first, so all processes end together, however wrong
the sizes are. What a killed run has read is merged by the next one, which resumes from there.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from attribution.errors import SourceError, WhenceError
from attribution.index.checkpoints import join_checkpoints
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.interface import Checkpoint
from attribution.types import Skip
from attribution.worker_processes import begin_work, worker_context
from indexer.parts import cut, size_of
from indexer.pipeline import index_sources
from indexer.progress import IndexingReport, Progress
from indexer.sources import Source

__all__ = ["index_in_parallel", "jobs_for"]

# Below this, starting a process (a second of its time) costs more than it saves.
_WORTH_A_PROCESS = 32 << 20  # bytes of sources
_SHOWN_EVERY = 0.5  # seconds
_SEGMENTS = 16  # small ones in all parts together, when they are merged


def jobs_for(sources: Sequence[Source], most: int) -> int:
    """How many processes are worth starting, at most `most`."""
    return max(1, min(most, sum(map(size_of, sources)) // _WORTH_A_PROCESS))


def index_in_parallel(
    index: EmbeddedIndex,
    sources: Sequence[Source],
    jobs: int,
    progress: Progress,
    on_skip: Callable[[Skip], None] | None = None,
) -> IndexingReport:
    """Read all sources into an index, with several processes.

    Args:
        on_skip: called in those processes; a function of a module, so that they find it.

    Raises:
        IndexLockedError, StorageError: raised by the index; what was committed is merged next time.
        WhenceError: a process failed or was killed.
    """
    started = monotonic()
    with index.parts() as parts:
        before = parts.manifest
        known = join_checkpoints(before.checkpoints)
        units = sorted(_units(sources, known), key=size_of, reverse=True)
        tuning = Tuning(threads=1, max_segments=max(2, _SEGMENTS // jobs))
        work = pickle.dumps(_Work(units, tuple(known.values()), tuning, on_skip))
        with progress:
            progress.begin(units)
            folders = [parts.create(number) for number in range(1, min(jobs, len(units)) + 1)]
            report = _Workers(folders, work, units, progress, started).run()
            progress.committing()
            parts.merge()
        after = parts.manifest
    report.documents = after.documents - before.documents
    report.occurrences = after.occurrences - before.occurrences
    report.seconds = monotonic() - started
    return report


def _units(sources: Sequence[Source], known: dict[str, Checkpoint]) -> list[Source]:
    """All units; sources that were read before, to their end or not, stay whole."""
    whole = {source.name: source for source in sources if _is_known(source, known)}
    return [*cut([source for source in sources if source.name not in whole]), *whole.values()]


def _is_known(source: Source, known: dict[str, Checkpoint]) -> bool:
    try:
        checkpoint = known.get(source.name)
        return checkpoint is not None and checkpoint.mark == source.fingerprint()
    except SourceError:  # reported when it is read
        return True


@dataclass(frozen=True, slots=True)
class _Work:
    """What all processes share."""

    units: Sequence[Source]
    known: tuple[Checkpoint, ...]  # of the index
    tuning: Tuning
    on_skip: Callable[[Skip], None] | None


@dataclass(frozen=True, slots=True)
class _News:
    """What a process says."""

    report: IndexingReport
    done_bytes: dict[int, int]  # of its units, by number
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
        started: float,
    ) -> None:
        self._units = units
        self._next = iter(range(len(units)))
        self._progress = progress
        self._started = started
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
        self._taken: list[int] = []  # numbers of units that may not be done

    def fill(self, folder: Path) -> IndexingReport:
        """Index units until there are no more."""
        work = self._work
        with EmbeddedIndex(folder, tuning=work.tuning) as index:
            return index_sources(
                index, self._sources(), self, known=work.known, on_skip=work.on_skip
            )

    def _sources(self) -> Iterator[Source]:
        while True:
            with self._sending:
                self._connection.send(None)
            number = self._connection.recv()
            if number is None:
                return
            self._taken.append(number)
            yield self._work.units[number]

    def advanced(self, report: IndexingReport) -> None:
        if monotonic() - self._said > _SHOWN_EVERY:
            self._said = monotonic()
            self.say(report)

    def say(self, report: IndexingReport, *, ended: bool = False, failure: str = "") -> None:
        """Send what was done so far."""
        taken, units = list(self._taken), self._work.units
        news = _News(report, {n: units[n].done_bytes for n in taken}, ended, failure)
        self._taken = self._taken[len(taken) - 1 :]
        with self._sending:
            self._connection.send(news)
