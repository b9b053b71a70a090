"""Caches of requests that ended, for later ones that begin alike.

Whoever asks again, goes on with what was written, or writes on in an editor sends a prompt that
begins as the one before. What was computed for that beginning is not computed again: on a CPU,
reading a prompt is most of the wait for the first token. Only growing caches are kept, which can be
shortened to what is common; and few of them, by their bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inference.local.caches import GrowingLayer

__all__ = ["KeptCaches"]

_MOST_BYTES = 512 << 20  # of all that are kept: 20,000 tokens of StarCoderBase-1B
_LEAST = 16  # tokens in common, below which it is not worth the trouble


class KeptCaches:
    """Growing caches of one row, with the tokens that they stand for. Used by one thread."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: list[tuple[tuple[int, ...], Any]] = []  # the latest last

    def keep(self, tokens: tuple[int, ...], cache: Any) -> None:
        """Keep a cache that holds just these tokens, in one row."""
        if not all(isinstance(layer, GrowingLayer) for layer in cache.layers):
            return
        self._kept.append((tokens, cache))
        while self._kept and sum(_bytes(cache) for _, cache in self._kept) > self._most_bytes:
            del self._kept[0]

    def take(self, prompt: Sequence[int]) -> tuple[Any, int]:
        """The cache that has most in common with a prompt, cut to that, and its tokens.

        The prompt's last token is never among them: its logits are to be computed. None, 0: there
        is no such cache.
        """
        best, most = -1, _LEAST - 1
        for i, (tokens, _) in enumerate(self._kept):
            common = _common(tokens, prompt[:-1])
            if common >= most and common >= _LEAST:
                best, most = i, common
        if best < 0:
            return None, 0
        tokens, cache = self._kept.pop(best)
        cache.crop(most - len(tokens))
        return cache, most

    def clear(self) -> None:
        """Free all."""
        self._kept.clear()


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """Tokens in which both begin alike."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def _bytes(cache: Any) -> int:
    return sum(layer.nbytes for layer in cache.layers)
