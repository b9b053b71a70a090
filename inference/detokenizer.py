"""Tokens to text as they come, without half characters.

Decoding each token alone breaks characters that are spelled by several tokens and loses the spaces
that some tokenizers write only inside a text; decoding everything again for each token costs the
square. So a short window is decoded: a few tokens that are already shown, for context, and the new
ones. What is longer than the context's own text is new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["Detokenizer"]

_CONTEXT = 4  # tokens; a tokenizer looks back one for a space, a character has at most four
_BROKEN = "�"
# A character has at most four bytes, so tokens beyond that are not waiting for the rest of one:
# they are bytes that are no text, and are shown as such.
_MOST_WAITING = 8


class Detokenizer:
    """Turns one choice's tokens into text. Not thread-safe."""

    def __init__(self, decode: Callable[[list[int]], str], prompt: Sequence[int] = ()) -> None:
        self._decode = decode
        self._window = list(prompt[-_CONTEXT:])
        self._shown = len(self._window)  # tokens of the window whose text was given out
        self._text = decode(self._window) if self._window else ""  # of those

    def feed(self, token: int) -> str:
        """The text that a token completes; empty while a character is incomplete."""
        self._window.append(token)
        text = self._decode(self._window)
        waiting = len(self._window) - self._shown
        if text.endswith(_BROKEN) and waiting < _MOST_WAITING:
            return ""
        return self._give(text)

    def finish(self) -> str:
        """The rest, where the tokens end inside a character."""
        return self._give(self._decode(self._window)) if len(self._window) > self._shown else ""

    def _give(self, text: str) -> str:
        new = text[len(self._text) :]
        del self._window[:-_CONTEXT]
        self._shown = len(self._window)
        self._text = self._decode(self._window)
        return new
