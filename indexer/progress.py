"""What a run of the indexer has done, and objects that show it; the default shows nothing."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from attribution.reports.numbers import count_of
from indexer.parts import size_of

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from indexer.sources import Source

__all__ = ["IndexingReport", "LineProgress", "Progress", "TerminalProgress"]

_LINE_SECONDS = 10.0


@dataclass(slots=True)
class IndexingReport:
    """What one run did."""

    files: int = 0  # that were read, including those of repositories that opted out
    content_bytes: int = 0  # of those files
    documents: int = 0  # distinct contents that were not in the index before
    occurrences: int = 0  # that were not in the index before
    skipped: Counter[str] = field(default_factory=Counter)  # by reason
    sources: int = 0  # that were read, wholly or from where an earlier run stopped
    unchanged: int = 0  # sources that were not read again
    failed: list[tuple[str, str]] = field(default_factory=list)  # sources, and why
    seconds: float = 0.0

    def add(self, other: IndexingReport) -> None:
        """Add what another process did; the time is that of the longest."""
        self.files += other.files
        self.content_bytes += other.content_bytes
        self.documents += other.documents
        self.occurrences += other.occurrences
        self.skipped += other.skipped
        self.sources += other.sources
        self.unchanged += other.unchanged
        self.failed += other.failed
        self.seconds = max(self.seconds, other.seconds)


class Progress:
    """Shows nothing."""

    def begin(self, sources: Sequence[Source]) -> None:
        """All sources, in the order in which they will be read."""

    def unchanged(self, source: Source) -> None:
        """A source was read in an earlier run and is not read again."""

    def advanced(self, report: IndexingReport) -> None:
        """More files were read."""

    def committing(self) -> None:
        """The files read so far are about to be committed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """The end of the run, or an error."""


class _Measured(Progress):
    """Knows how much there is to read."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}  # bytes by source
        self._sources: Sequence[Source] = ()

    def begin(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        for source in sources:
            self._sizes[source.name] = size_of(source)

    def unchanged(self, source: Source) -> None:
        source.done_bytes = self._sizes[source.name]

    @property
    def total(self) -> int:
        """Bytes of all sources."""
        return sum(self._sizes.values())

    @property
    def done(self) -> int:
        """Bytes that were read, or that need not be read."""
        return sum(source.done_bytes for source in self._sources)


class LineProgress(_Measured):
    """A line on standard error every ten seconds, where there is no terminal for a bar."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = time.monotonic()

    def advanced(self, report: IndexingReport) -> None:
        if time.monotonic() - self._shown > _LINE_SECONDS:
            self._shown = time.monotonic()
            percent = 100 * self.done // max(self.total, 1)
            sys.stderr.write(f"indexing: {percent} %, {count_of(report.files, 'file')}\n")
            sys.stderr.flush()


class TerminalProgress(_Measured):
    """A bar on standard error with files, rate and time left."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar: Bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[files]}, {task.fields[rate]:.1f} MB/s,"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("looking", total=None, files="0 files", rate=0.0)

    def begin(self, sources: Sequence[Source]) -> None:
        super().begin(sources)
        self._bar.update(self._task, total=self.total or None, description="indexing")

    def advanced(self, report: IndexingReport) -> None:
        self._bar.update(
            self._task,
            completed=self.done,
            files=count_of(report.files, "file"),
            rate=report.content_bytes / 1e6 / max(report.seconds, 0.001),
            description="indexing",
        )

    def committing(self) -> None:
        self._bar.update(self._task, description="writing")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()
