"""Progress of the demo model's training: an object that is told; the default says nothing."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

__all__ = ["TerminalTraining", "TrainingProgress"]


class TrainingProgress:
    """Silent."""

    def waiting(self) -> None:
        """Another process trains the same model; this one waits for it."""

    def advanced(self, done: int, steps: int, loss: float) -> None:
        """So many steps of all are done; the loss is in nats a token, 0 before the first."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The end, or an error."""


class TerminalTraining(TrainingProgress):
    """A bar on standard error, from the first step on; nothing where the model is there."""

    def __init__(self) -> None:
        self._bar: Bar | None = None

    def waiting(self) -> None:
        from rich.console import Console

        Console(stderr=True).print("Another process trains the demo model; waiting for it ...")

    def advanced(self, done: int, steps: int, loss: float) -> None:
        if self._bar is None:
            self._bar = self._open(steps)
        by_heart = f"{100 * 2.718281828**-loss:.0f}" if done else "0"
        self._bar.update(self._bar.task_ids[0], completed=done, by_heart=by_heart)
        if done == steps:
            self._bar.stop()

    def _open(self, steps: int) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            # e^-loss: how sure it is of each next token, which says more than a loss
            TextColumn("{task.percentage:>3.0f} %, {task.fields[by_heart]} % by heart,"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(stderr=True),
        )
        bar.add_task("Training the demo model", total=steps, by_heart="0")
        bar.start()
        return bar

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
