"""One request between the thread that computes and the one that reads: tokens in, pieces out."""

from __future__ import annotations

import queue
import time
import weakref
from collections.abc import Callable, Sequence

from inference.detokenizer import Detokenizer
from inference.engine import Engine, Request, TokenSequence
from inference.interface import FinishReason, Generation, Piece
from inference.stops import StopFinder

__all__ = ["Job", "JobGeneration"]


class _Choice:
    """The text of one choice as it grows."""

    def __init__(
        self, number: int, request: Request, decode: Callable[[Sequence[int]], str]
    ) -> None:
        self.ended = False
        self._number = number
        self._request = request
        self._detokenizer = Detokenizer(decode, request.prompt)
        self._stops = StopFinder(request.parameters.stop)
        self._tokens = 0
        self._unreported = 0  # tokens in no piece yet, because their text is held back

    def add(self, token: int) -> Piece | None:
        """The piece that a token completes; None while its text is held back."""
        self._tokens += 1
        self._unreported += 1
        if token in self._request.end_tokens:
            return self.end(FinishReason.STOP)
        text, stopped = self._stops.feed(self._detokenizer.feed(token))
        if stopped:
            return self._piece(text, FinishReason.STOP)
        if self._tokens >= self._request.max_new_tokens:
            return self.end(FinishReason.LENGTH, text)
        return self._piece(text) if text else None

    def end(self, reason: FinishReason, text: str = "") -> Piece:
        """The last piece, with the text that was held back."""
        rest, stopped = self._stops.feed(self._detokenizer.finish())
        if stopped:
            return self._piece(text + rest, FinishReason.STOP)
        return self._piece(text + rest + self._stops.finish(), reason)

    def _piece(self, text: str, reason: FinishReason | None = None) -> Piece:
        tokens, self._unreported = self._unreported, 0
        self.ended = reason is not None
        return Piece(text, tokens, self._number, reason)


class Job:
    """A request under way. The scheduler's thread owns all but `cancelled` and `outbox`."""

    def __init__(self, request: Request, decode: Callable[[Sequence[int]], str]) -> None:
        self.cancelled = False  # set by any thread; without a lock, so a finalizer may set it
        # Pieces, then None; or an error, then None. max_tokens limits its size.
        self.outbox: queue.SimpleQueue[Piece | Exception | None] = queue.SimpleQueue()
        self._request = request
        self._sequence: TokenSequence | None = None
        self._start: float | None = None
        self._choices = [_Choice(i, request, decode) for i in range(request.parameters.n)]

    @property
    def seconds(self) -> float:
        """Since its first turn; 0 before."""
        return 0.0 if self._start is None else time.monotonic() - self._start

    def turn(self, engine: Engine, *, alone: bool) -> bool:
        """Compute one turn. Returns whether more turns are needed; if not, memory is released."""
        try:
            if not self.cancelled:
                if self._sequence is None:
                    self._start = time.monotonic()
                    self._sequence = engine.begin(self._request)
                self._add(self._sequence, self._sequence.advance(alone=alone))
        except Exception as exc:  # the reader gets it, and the thread continues with other jobs
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

    def _add(self, sequence: TokenSequence, tokens: list[tuple[int, int]] | None) -> None:
        for number, token in tokens or ():
            choice = self._choices[number]
            if choice.ended:
                continue
            piece = choice.add(token)
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
    """The reader's end of a Job. The job is cancelled when this is garbage-collected."""

    def __init__(self, job: Job, prompt_tokens: int, notes: tuple[str, ...]) -> None:
        self.prompt_tokens = prompt_tokens
        self.notes = notes
        self._job = job
        self._over = False
        weakref.finalize(self, setattr, job, "cancelled", True).atexit = False

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
        """Stop within one turn. Pieces that are ready can still be read; then comes the last."""
        self._job.cancelled = True
