"""One choice of a request: its tokens become pieces of text, until something ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inference.detokenizer import Detokenizer
from inference.engine import Request
from inference.interface import FinishReason, Piece
from inference.stops import StopFinder

__all__ = ["Choice"]


class Choice:
    """The text of one choice as it grows. Not thread-safe."""

    def __init__(
        self, number: int, request: Request, decode: Callable[[Sequence[int]], str]
    ) -> None:
        self.ended = False
        self._number = number
        self._request = request
        self._detokenizer = Detokenizer(decode, request.prompt)
        self._stops = StopFinder(request.parameters.stop)
        self._tokens = 0
        self._untold = 0  # tokens that no piece stood for yet: their text is held back

    def take(self, token: int) -> Piece | None:
        """The piece that a token completes; None while its text has to wait."""
        self._tokens += 1
        self._untold += 1
        if token in self._request.ends:
            return self.end(FinishReason.STOP)
        text, stopped = self._stops.feed(self._detokenizer.feed(token))
        if stopped:
            return self._piece(text, FinishReason.STOP)
        if self._tokens >= self._request.most:
            return self.end(FinishReason.LENGTH, text)
        return self._piece(text) if text else None

    def end(self, reason: FinishReason, text: str = "") -> Piece:
        """The last piece, with what was held back."""
        rest, stopped = self._stops.feed(self._detokenizer.finish())
        if stopped:
            return self._piece(text + rest, FinishReason.STOP)
        return self._piece(text + rest + self._stops.finish(), reason)

    def _piece(self, text: str, reason: FinishReason | None = None) -> Piece:
        told, self._untold = self._untold, 0
        self.ended = reason is not None
        return Piece(text, told, self._number, reason)
