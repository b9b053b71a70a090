"""A request between the thread that computes and the one that reads: turns in, pieces out."""

from __future__ import annotations

import queue
import time
import weakref
from collections.abc import Callable, Sequence

from inference.choice import Choice
from inference.engine import Engine, Request, TokenSequence
from inference.interface import FinishReason, Generation, Piece

__all__ = ["Job", "JobGeneration"]


class Job:
    """One request on its way. All but `cancelled` and `outbox` belong to the scheduler's thread."""

    def __init__(self, request: Request, decode: Callable[[Sequence[int]], str]) -> None:
        self.cancelled = False  # set by any thread; takes no lock, so a finalizer may set it
        # Pieces, then None; or an error, then None. Not bounded: max_tokens bounds it.
        self.outbox: queue.SimpleQueue[Piece | Exception | None] = queue.SimpleQueue()
        self._request = request
        self._sequence: TokenSequence | None = None
        self._began: float | None = None
        self._choices = [Choice(i, request, decode) for i in range(request.parameters.n)]

    @property
    def seconds(self) -> float:
        """Since its first turn; 0 before."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    def turn(self, engine: Engine, *, alone: bool) -> bool:
        """Compute one turn. Returns whether there is more to do; if not, all was given back."""
        try:
            if not self.cancelled:
                if self._sequence is None:
                    self._began = time.monotonic()
                    self._sequence = engine.begin(self._request)
                self._take(self._sequence, self._sequence.advance(alone=alone))
        except Exception as exc:  # whatever it is, it is the reader's, and the thread lives on
            self._finish(exc)
            return False
        if self.cancelled:
            for choice in self._choices:
                if not choice.ended:
                    self.outbox.put(choice.end(FinishReason.CANCELLED))
        if not all(choice.ended for choice in self._choices):
            return True
        self._finish()
        return False

    def _take(self, sequence: TokenSequence, tokens: list[tuple[int, int]] | None) -> None:
        for number, token in tokens or ():
            choice = self._choices[number]
            if choice.ended:
                continue
            piece = choice.take(token)
            if piece is not None:
                self.outbox.put(piece)
            if choice.ended:
                sequence.drop(number)

    def _finish(self, error: Exception | None = None) -> None:
        if self._sequence is not None:
            self._sequence.release()
            self._sequence = None
        if error is not None:
            self.outbox.put(error)
        self.outbox.put(None)


class JobGeneration(Generation):
    """The reader's end of a Job. When nobody holds it any more, the job is cancelled."""

    def __init__(self, job: Job, prompt_tokens: int, notes: tuple[str, ...]) -> None:
        self.prompt_tokens = prompt_tokens
        self.notes = notes
        self._job = job
        self._over = False
        weakref.finalize(self, _cancel, job).atexit = False

    def __next__(self) -> Piece:
        if self._over:
            raise StopIteration
        item = self._job.outbox.get()
        if isinstance(item, Piece):
            return item
        self._over = True
        if item is None:
            raise StopIteration
        raise item

    def cancel(self) -> None:
        """Stop within one turn; what was ready can still be read, then comes the last piece."""
        _cancel(self._job)


def _cancel(job: Job) -> None:
    job.cancelled = True
