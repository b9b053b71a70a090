"""Tokens to text as they come, without half characters.

Decoding each token alone would break characters that consist of several tokens, and lose spaces
that some tokenizers write only inside a text; decoding the whole text each time takes quadratic
time. So a short window is decoded: a few tokens that are shown already, for context, and the new
ones. The new text is what follows the context's own text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["Detokenizer"]

_CONTEXT = 4  # tokens; a tokenizer looks back one for a space, a character has at most four
_BROKEN = "�"
# A character has at most four bytes: more tokens are not the start of one, but not text at all.
_MOST_WAITING = 8


class Detokenizer:
    """Turns one choice's tokens into text. Not thread-safe."""

    def __init__(self, decode: Callable[[list[int]], str], prompt: Sequence[int] = ()) -> None:
        self._decode = decode
        self._window = list(prompt[-_CONTEXT:])
        self._shown = len(self._window)  # tokens of the window whose text was returned already
        self._text = decode(self._window) if self._window else ""  # of those

    def feed(self, token: int) -> str:
        """The text that a token completes; empty while a character is incomplete."""
        self._window.append(token)
        text = self._decode(self._window)
        waiting = len(self._window) - self._shown
        if text.endswith(_BROKEN) and waiting < _MOST_WAITING:
            return ""
        return self._new_text(text)

    def finish(self) -> str:
        """The rest, where the tokens end inside a character."""
        return self._new_text(self._decode(self._window)) if len(self._window) > self._shown else ""

    def _new_text(self, text: str) -> str:
        new = text[len(self._text) :]
        del self._window[:-_CONTEXT]
        self._shown = len(self._window)
        self._text = self._decode(self._window)
        return new
