"""Caches of finished requests, for later requests with the same beginning.

Retrying a prompt, continuing a text and typing in an editor all send prompts with the beginning of
an earlier one. Its cache saves most of the time to the first token on a CPU. Only growing caches
are kept, because they can be shortened to the common part, and only up to a total size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inference.local.caches import GrowingLayer

__all__ = ["KeptCaches"]

_MOST_BYTES = 512 << 20  # of all that are kept: 20,000 tokens of StarCoderBase-1B
_LEAST = 16  # tokens in common; for fewer, reuse is not worthwhile


class KeptCaches:
    """Growing caches of one row, with their tokens. Not thread-safe."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: list[tuple[tuple[int, ...], Any]] = []  # the latest last

    def keep(self, tokens: tuple[int, ...], cache: Any) -> None:
        """Keep a cache of exactly these tokens, in one row."""
        if not all(isinstance(layer, GrowingLayer) for layer in cache.layers):
            return
        self._kept.append((tokens, cache))
        while self._kept and sum(_bytes(cache) for _, cache in self._kept) > self._most_bytes:
            del self._kept[0]

    def take(self, prompt: Sequence[int]) -> tuple[Any, int]:
        """The cache with the longest common beginning, cut to that, and its number of tokens.

        It never includes the prompt's last token, whose logits are needed. None, 0: there is no
        such cache.
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
        """Free all caches."""
        self._kept.clear()


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """The length of the common beginning."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def _bytes(cache: Any) -> int:
    return sum(layer.nbytes for layer in cache.layers)
