"""Progress of indexing: an object that is told what happens; the default says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from attribution.errors import SourceError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from indexer.report import IndexingReport
    from indexer.sources import Source

__all__ = ["Progress", "TerminalProgress"]


class Progress:
    """Silent."""

    def begin(self, sources: Sequence[Source]) -> None:
        """All that will be read, in order."""

    def unchanged(self, source: Source) -> None:
        """A source was read in an earlier run and is passed over."""

    def advanced(self, report: IndexingReport) -> None:
        """Some more files were taken in."""

    def committing(self) -> None:
        """What was taken in is being made durable."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The end, or an error."""


class TerminalProgress(Progress):
    """A bar on standard error with files, rate and time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar: Bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[files]:,} files, {task.fields[rate]:.1f} MB/s,"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("looking", total=None, files=0, rate=0.0)
        self._sizes: dict[str, int] = {}
        self._sources: Sequence[Source] = ()

    def begin(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        for source in sources:
            try:
                self._sizes[source.name] = source.total_bytes()
            except (SourceError, OSError):  # told when it is read
                self._sizes[source.name] = 0
        total = sum(self._sizes.values())
        self._bar.update(self._task, total=total or None, description="indexing")

    def unchanged(self, source: Source) -> None:
        source.done_bytes = self._sizes[source.name]

    def advanced(self, report: IndexingReport) -> None:
        self._bar.update(
            self._task,
            completed=sum(source.done_bytes for source in self._sources),
            files=report.files,
            rate=report.content_bytes / 1e6 / max(report.seconds, 0.001),
            description="indexing",
        )

    def committing(self) -> None:
        self._bar.update(self._task, description="writing")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
