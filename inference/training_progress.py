"""Progress of the demo model's training; the default shows nothing."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["TerminalTraining", "TrainingProgress"]


class TrainingProgress(AbstractContextManager["TrainingProgress"]):
    """Silent; the methods are called while the model is trained."""

    def waiting(self) -> None:
        """Another process trains the same model; this one waits for it."""

    def advanced(self, done: int, steps: int, loss: float) -> None:
        """`done` of all steps are done; the loss is in nats per token, 0 before the first."""

    def __exit__(self, *_error: object) -> None:
        pass


class TerminalTraining(TrainingProgress):
    """A bar on standard error, from the first step on; nothing if the model exists."""

    def __init__(self) -> None:
        self._bar: Progress | None = None

    def waiting(self) -> None:
        from rich.console import Console

        Console(stderr=True).print("Another process is training the demo model; waiting for it ...")

    def advanced(self, done: int, steps: int, loss: float) -> None:
        if self._bar is None:
            self._bar = self._open(steps)
        # e^-loss is the mean probability of each next token, which says more than a loss
        by_heart = f"{100 * math.exp(-loss):.0f}" if done else "0"
        self._bar.update(self._bar.task_ids[0], completed=done, by_heart=by_heart)
        if done == steps:
            self._bar.stop()

    def _open(self, steps: int) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %, {task.fields[by_heart]} % by heart,"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(stderr=True),
        )
        bar.add_task("Training the demo model", total=steps, by_heart="0")
        bar.start()
        return bar

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.stop()
