"""Progress of an audit: an object that receives events; the default shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.reports.numbers import count_of
from audit.types import FileReport, FileState, Item, LeftOut, Severity

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

__all__ = ["Progress", "TerminalProgress"]


class Progress:
    """Silent."""

    def begin(self, total: int | None) -> None:
        """`total` entries will follow; None: unknown."""

    def read(self, entry: Item | LeftOut) -> None:
        """An entry was read; may be called on another thread."""

    def done(self, report: FileReport) -> None:
        """A file was checked and judged."""

    def end(self) -> None:
        """The audit has ended."""


class TerminalProgress(Progress):
    """A progress bar on standard error with files, findings and remaining time."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar: Bar = Progress(
            TextColumn("checking"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[counts]},"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("checking", total=None, counts="0 files")
        self._findings = self._done = 0

    def begin(self, total: int | None) -> None:
        self._bar.update(self._task, total=total)
        self._bar.start()

    def done(self, report: FileReport) -> None:
        self._done += report.state is not FileState.LEFT_OUT
        self._findings += sum(
            finding.open and finding.ruling.severity > Severity.NOTE for finding in report.findings
        )
        counts = f"{count_of(self._done, 'file')}, {count_of(self._findings, 'open finding')}"
        self._bar.update(self._task, completed=self._done, counts=counts)

    def end(self) -> None:
        self._bar.stop()
