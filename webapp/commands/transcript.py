"""`Transcript`: the text of one generation, collected while it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inference.errors import GenerationError
from inference.interface import Generation

__all__ = ["Transcript"]


class Transcript:
    """Text, tokens and notes of a generation with one choice."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.text = ""
        self.tokens = 0
        self.prompt_tokens: int | None = None  # None: the engine does not know
        self.finish_reason: str | None = None
        self.notes: tuple[str, ...] = ()
        self.error: GenerationError | None = None  # why it ended too early

    def pieces(self, generation: Generation) -> Iterator[str]:
        """The parts of the text as they arrive.

        Raises:
            GenerationError: it failed before any text came; later failures are kept in `error`.
        """
        try:
            for piece in generation:
                self.text += piece.text
                self.tokens += piece.tokens
                if piece.finish_reason is not None:
                    self.finish_reason = piece.finish_reason.value
                if piece.text:
                    yield piece.text
        except GenerationError as error:
            if not self.text:
                raise
            self.error = error
        self.prompt_tokens = generation.prompt_tokens
        self.notes = generation.notes

    def as_json(self) -> dict[str, Any]:
        """As `whence generate --format json` prints it."""
        return {
            "model": self.model,
            "text": self.text,
            "finish_reason": self.finish_reason,
            "usage": {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.tokens},
            "notes": list(self.notes),
            "error": None if self.error is None else str(self.error),
        }
