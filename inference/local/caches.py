"""Caches of the keys and values of the tokens so far; each step reads them and adds one token.

Dynamic caches grow with the request, which suits a CPU. Transformers' own copies everything for
each token; here a layer doubles its buffer and writes tokens in place. Static caches have a fixed
size, rounded up so that there are few sizes, which suits CUDA and `torch.compile`. A compiled step
depends on their addresses, so they are reused for later requests.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import DynamicCache, StaticCache
from transformers.cache_utils import DynamicLayer

__all__ = ["GrowingLayer", "StaticCaches", "dynamic_cache"]

_LEAST = 256  # tokens: the first size of a growing layer, and the smallest static cache
_IDLE = 4  # static caches that are kept


class GrowingLayer(DynamicLayer):  # type: ignore[no-untyped-call]  # partly typed upstream
    """One layer's keys and values, [rows, heads, tokens, size], in buffers with room to grow."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._buffers: tuple[torch.Tensor, torch.Tensor] | None = None
        self._used = 0

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add new tokens; returns the keys and values of all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        used = self._used + key_states.shape[-2]
        if self._buffers is None or self._buffers[0].shape[-2] < used:
            self._grow(key_states, value_states, used)
        assert self._buffers is not None
        keys, values = self._buffers
        keys[:, :, self._used : used] = key_states
        values[:, :, self._used : used] = value_states
        self._used = used
        self.keys, self.values = keys[:, :, :used], values[:, :, :used]
        return self.keys, self.values

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Repeat each row."""
        self._replace(lambda tensor: tensor.repeat_interleave(repeats, 0))

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows only."""
        self._replace(lambda tensor: tensor[indices])

    def crop(self, tokens_to_remove: int) -> None:
        """Remove the last tokens; their number is negative, by the convention of transformers."""
        self._used += tokens_to_remove
        self._replace(lambda tensor: tensor)

    @property
    def nbytes(self) -> int:
        """Size of its buffers."""
        return sum(buffer.nbytes for buffer in self._buffers or ())

    def _replace(self, change: Any) -> None:
        if self._buffers is None:
            return
        keys, values = change(self._buffers[0]), change(self._buffers[1])
        self._buffers = keys, values
        self.keys, self.values = keys[:, :, : self._used], values[:, :, : self._used]

    def _grow(self, keys: torch.Tensor, values: torch.Tensor, need: int) -> None:
        size = max(_LEAST, 1 << (need - 1).bit_length())
        grown = []
        for i, new in enumerate((keys, values)):
            rows, heads, _, width = new.shape
            buffer = new.new_empty((rows, heads, size, width))
            if self._buffers is not None:
                buffer[:, :, : self._used] = self._buffers[i][:, :, : self._used]
            grown.append(buffer)
        self._buffers = grown[0], grown[1]


def dynamic_cache(config: Any) -> Any:
    """A growing cache; layers of other kinds (sliding windows) are those of transformers."""
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer() if type(old) is DynamicLayer else old for old in cache.layers]
    return cache


class StaticCaches:
    """Caches of fixed sizes, each used by one request at a time. Not thread-safe."""

    def __init__(self, config: Any, most: int, *, keep: bool) -> None:
        self._config = config
        self._keep = keep  # for later requests
        self._most = most  # tokens: the model's context
        self._idle: list[tuple[tuple[int, int], Any]] = []  # ((size, rows), cache), oldest first

    def borrow(self, tokens: int, rows: int) -> tuple[tuple[int, int], Any]:
        """A cache for that many tokens and rows, and the key for `give_back`."""
        size = min(self._most, max(_LEAST, 1 << (tokens - 1).bit_length()))
        key = (max(size, tokens), rows)
        for i, (idle, cache) in enumerate(self._idle):
            if idle == key:
                del self._idle[i]
                cache.reset()
                return key, cache
        return key, StaticCache(config=self._config, max_cache_len=key[0])

    def give_back(self, key: tuple[int, int], cache: Any) -> None:
        """Return a cache, for later requests."""
        if self._keep:
            self._idle.append((key, cache))
            del self._idle[:-_IDLE]

    def clear(self) -> None:
        """Free the caches that are not in use."""
        self._idle.clear()
