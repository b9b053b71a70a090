"""The processes of `whence index --jobs`: what they do, and what they report.

A process asks for units one at a time, and reports now and then how far it is.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from attribution.errors import WhenceError
from attribution.index.embedded.assembly import Tuning
from attribution.index.embedded.index import EmbeddedIndex
from attribution.index.embedded.manifest import NAME
from attribution.index.interface import Checkpoint
from attribution.ordered_pool import in_order
from attribution.types import Skip
from attribution.worker_processes import begin_work, worker_context
from indexer.parts import size_of
from indexer.pipeline import index_sources
from indexer.progress import IndexingReport, Progress
from indexer.sources import Source
from indexer.sources.contents import ContentStore

__all__ = ["Work", "Workers", "gather"]

_SHOWN_EVERY = 0.5  # seconds
_WHILE_INDEXING = 32  # segments of a part before any are merged: no one looks code up in it yet


@dataclass(frozen=True, slots=True)
class Work:
    """What all processes share."""

    units: Sequence[Source]
    store: ContentStore  # of these units
    known: tuple[Checkpoint, ...]  # of the index
    most_segments: int  # small ones of a part, in the end
    with_skips: bool  # whether the parent wants to know them


@dataclass(frozen=True, slots=True)
class _Message:
    """What a process reports."""

    report: IndexingReport
    done_bytes: dict[int, int]  # of its units, by number
    skips: list[Skip]  # since the last message
    ended: bool = False
    failure: str = ""


class Workers:
    """The processes, as the parent sees them."""

    def __init__(
        self,
        folders: Sequence[Path],
        work: Work,
        progress: Progress,
        on_skip: Callable[[Skip], None] | None,
    ) -> None:
        """Start a process for each of the folders, which are those of new parts."""
        self._units = work.units
        self._next = iter(range(len(work.units)))
        self._progress = progress
        self._on_skip = on_skip
        self._started = monotonic()
        self._reports: dict[Connection, IndexingReport] = {}
        self._running: dict[Connection, BaseProcess] = {}
        pickled = pickle.dumps(work)
        context: Any = worker_context(("indexer.workers",))
        for folder in folders:
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(folder, pickled, theirs))
            process.start()
            theirs.close()  # so that the pipe ends with the process
            self._running[ours] = process

    def run(self) -> IndexingReport:
        """Hand out all units; returns when all processes have ended."""
        try:
            while self._running:
                for connection in wait(list(self._running)):
                    assert isinstance(connection, Connection)
                    self._receive(connection)
        finally:
            for process in self._running.values():  # after a failure, or Ctrl-C
                process.terminate()
                process.join()
        return self._total()

    def _receive(self, connection: Connection) -> None:
        try:
            message = connection.recv()
            if message is None:
                connection.send(next(self._next, None))
                return
        except (EOFError, ConnectionError):
            process = self._running[connection]
            process.join()
            raise WhenceError(
                f"a worker process {_end_of(process)}. Run the command again to resume, perhaps "
                "with fewer --jobs"
            ) from None
        assert isinstance(message, _Message)
        if message.failure:
            raise WhenceError(message.failure)
        self._reports[connection] = message.report
        for number, done in message.done_bytes.items():
            self._units[number].done_bytes = done
        if self._on_skip is not None:
            for skip in message.skips:
                self._on_skip(skip)
        if message.ended:
            self._running.pop(connection).join()
        self._progress.advanced(self._total())

    def _total(self) -> IndexingReport:
        total = IndexingReport(seconds=monotonic() - self._started)
        for report in self._reports.values():
            total.add(report)
        return total


def gather(folders: Sequence[Path], most: int) -> None:
    """Merge parts with one another, in several processes, until at most `most` are left.

    Raises:
        WhenceError: a process was killed; what it had not merged is still a part.
    """
    groups = [folders[n::most] for n in range(most)]
    tasks = ((None, group) for group in groups if len(group) > 1)
    with closing(in_order(tasks, _merge, most, preload=("indexer.workers",))) as merged:
        for _ in merged:
            pass


def _end_of(process: BaseProcess) -> str:
    code = process.exitcode or 0
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by signal {-code}, perhaps because memory ran out"


# ---- in the worker process ----


def _work(folder: Path, work: bytes, connection: Connection) -> None:
    """Fill a part."""
    begin_work()
    with connection, suppress(EOFError, BrokenPipeError):  # the parent was killed
        parent = _Parent(connection, pickle.loads(work))
        try:
            report = parent.fill(folder)
        except WhenceError as error:
            parent.send(IndexingReport(), failure=str(error))
        else:
            parent.send(report, ended=True)


def _merge(folders: Sequence[Path]) -> None:
    """Merge parts into the first of them, as one segment."""
    first, *others = folders
    with EmbeddedIndex(first, tuning=Tuning(threads=1)) as index:
        index.adopt(others)
        index.merge_segments(1)
    for folder in others:  # no part any more
        (folder / NAME).unlink()


class _Parent(Progress):
    """The parent process, as a worker sees it."""

    def __init__(self, connection: Connection, work: Work) -> None:
        self._connection = connection
        self._work = work
        self._sending = Lock()  # units are asked for by the thread that reads
        self._sent = 0.0
        self._skips: list[Skip] = []
        self._taken: list[int] = []  # numbers of units that may not be done

    def fill(self, folder: Path) -> IndexingReport:
        """Index units until there are no more."""
        work = self._work
        with (
            EmbeddedIndex(folder, tuning=Tuning(threads=1, max_segments=_WHILE_INDEXING)) as index,
            EmbeddedIndex(folder.parents[1]) as target,
            closing(work.store),
        ):
            work.store.known = lambda ids: [
                ours or theirs
                for ours, theirs in zip(index.fetch(ids), target.fetch(ids), strict=True)
            ]
            on_skip = self._skips.append if work.with_skips else None
            report = index_sources(index, self._sources(), self, known=work.known, on_skip=on_skip)
            index.merge_segments(work.most_segments)  # here, since the parent does it alone
            return report

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

    def unchanged(self, source: Source) -> None:
        source.done_bytes = size_of(source)

    def advanced(self, report: IndexingReport) -> None:
        if monotonic() - self._sent > _SHOWN_EVERY:
            self._sent = monotonic()
            self.send(report)

    def send(self, report: IndexingReport, *, ended: bool = False, failure: str = "") -> None:
        """Send what was done so far."""
        units = self._work.units
        with self._sending:
            done = {number: units[number].done_bytes for number in self._taken}
            self._taken = self._taken[-1:]
            self._connection.send(_Message(report, done, self._skips, ended, failure))
            self._skips.clear()
