"""The engine on torch: computes a prompt in parts, then one token of each choice at a time.

It calls the model's `forward` directly; `generate` would add its own bookkeeping, stopping rules
and copies to each token. All choices of a request are rows of one batch, always of the same length,
so the weights are read once for all of them. A step waits for the device once, to read the tokens.
"""

from __future__ import annotations

import gc
import inspect
import os
from typing import Any

import torch

from inference.engine import Engine, Request, TokenSequence
from inference.errors import OutOfMemoryError
from inference.local.caches import StaticCaches, dynamic_cache
from inference.local.reuse import KeptCaches
from inference.local.sampling import Sampler
from inference.options import LocalOptions

__all__ = ["TorchEngine"]

# Tokens of a prompt that are computed in one turn, while other requests wait. Alone, larger parts
# take less time in all, but still limit how late a cancellation is noticed.
_PART = {"cpu": 64, "cuda": 512}
_PART_ALONE = {"cpu": 512, "cuda": 4096}
_SMALL = 20_000_000  # weights: below this, one thread computes
# Messages of the CPU's allocator, for which torch has no exception class.
_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")


class TorchEngine(Engine):
    """A transformers model on its device."""

    def __init__(self, model: Any, options: LocalOptions, context_tokens: int) -> None:
        self.model = model.eval()
        self.device: torch.device = model.get_input_embeddings().weight.device
        on_cuda = self.device.type == "cuda"
        static = options.cache == "static" or (options.cache is None and on_cuda)
        self.caches: StaticCaches | None = None
        if static:
            self.caches = StaticCaches(model.config, context_tokens, keep=options.compile)
        self.kept = KeptCaches()
        # only the last position's logits are needed; a few models cannot leave out the others
        takes = inspect.signature(model.forward).parameters
        self.only_last = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}
        self.part = _PART["cuda" if on_cuda else "cpu"]
        self.part_alone = _PART_ALONE["cuda" if on_cuda else "cpu"]
        self.forward: Any = model.forward
        self.step: Any = model.forward
        if options.compile:
            # with CUDA graphs, which need the fixed addresses of a static cache
            mode = "reduce-overhead" if on_cuda and static else "default"
            self.step = torch.compile(model.forward, mode=mode, dynamic=False if static else None)
        self.threads = 0  # leave torch's number
        if self.device.type == "cpu":
            self.threads = options.threads or _threads(model)

    def begin(self, request: Request) -> TokenSequence:
        """Nothing is computed or allocated before the first turn."""
        # here, because the number belongs to the thread that computes
        if self.threads and torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        return _TorchSequence(self, request)

    def free(self) -> None:
        """Free caches that are kept for later requests, because memory ran out."""
        self.kept.clear()
        if self.caches is not None:
            self.caches.clear()
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def close(self) -> None:
        """Free the model."""
        self.model = self.forward = self.step = None
        self.free()


class _TorchSequence(TokenSequence):
    """One request: its cache and the last tokens of its choices."""

    def __init__(self, engine: TorchEngine, request: Request) -> None:
        self._engine = engine
        self._request = request
        self._rows = list(range(request.parameters.n))  # the choice that each row computes
        self._ended: set[int] = set()
        self._done = 0  # tokens of the prompt that are in the cache
        self._fed: list[int] = []  # tokens of the first row that came after the prompt
        self._whole = True  # the cache holds just these tokens: no turn broke off
        self._cache: Any = None
        self._key: tuple[int, int] | None = None  # of a static cache
        self._prompt: torch.Tensor | None = None  # [rows, tokens] int64
        self._last: torch.Tensor | None = None  # [rows, 1] int64
        self._written = -1  # the first row's latest token
        self._sampler = Sampler(request.parameters, engine.device)

    def advance(self, *, alone: bool) -> list[tuple[int, int]] | None:
        self._whole = False
        try:
            with torch.inference_mode():
                tokens = self._advance(alone)
            self._whole = True
            return tokens
        except (RuntimeError, MemoryError) as exc:  # torch.OutOfMemoryError is a RuntimeError
            if not _is_no_memory(exc):
                raise
        # outside the handler, whose traceback keeps the tensors of the step alive
        self.release()
        self._engine.free()
        request = self._request
        raise OutOfMemoryError(
            f"{self._engine.device} ran out of memory with {len(request.prompt):,} tokens of "
            f"prompt, up to {request.max_new_tokens:,} of answer and {request.parameters.n} "
            "choices; shorten the prompt, ask for fewer tokens or choices, or load the model in 8 "
            "or 4 bits"
        )

    def drop(self, choice: int) -> None:
        self._ended.add(choice)

    def release(self) -> None:
        if self._key is not None and self._engine.caches is not None:
            self._engine.caches.give_back(self._key, self._cache)
        elif self._cache is not None and self._whole and self._request.parameters.n == 1:
            tokens = (*self._request.prompt[: self._done], *self._fed)
            self._engine.kept.keep(tokens, self._cache)
        self._key = self._cache = self._prompt = self._last = None

    def _advance(self, alone: bool) -> list[tuple[int, int]] | None:
        engine = self._engine
        if self._last is None:
            logits = self._read_prompt(engine.part_alone if alone else engine.part)
            if logits is None:
                return None
        else:
            self._drop_ended_rows()
            logits = engine.step(
                input_ids=self._last,
                past_key_values=self._cache,
                use_cache=True,
                **engine.only_last,
            ).logits[:, -1]
            self._fed.append(self._written)
        # a model on several devices returns logits on the last of them
        tokens = self._sampler(logits.to(engine.device))
        self._last = tokens[:, None]
        written = tokens.tolist()
        self._written = written[0]
        return list(zip(self._rows, written, strict=True))

    def _read_prompt(self, part: int) -> torch.Tensor | None:
        """Compute a part of the prompt; at its end, return logits [rows, vocabulary], else None."""
        engine, request = self._engine, self._request
        if self._prompt is None:
            self._begin()
            assert self._prompt is not None
        until = min(self._done + part, self._prompt.shape[1])
        logits: torch.Tensor = engine.forward(
            input_ids=self._prompt[:, self._done : until],
            past_key_values=self._cache,
            use_cache=True,
            **engine.only_last,
        ).logits[:, -1]
        self._done = until
        if until < self._prompt.shape[1]:
            return None
        if logits.shape[0] < request.parameters.n:
            self._cache.batch_repeat_interleave(request.parameters.n)
            logits = logits.expand(request.parameters.n, -1)
        return logits

    def _begin(self) -> None:
        engine, request = self._engine, self._request
        prompt = torch.tensor([request.prompt], device=engine.device)
        if engine.caches is None:
            self._cache, self._done = engine.kept.take(request.prompt)
            if self._cache is None:
                self._cache = dynamic_cache(engine.model.config)
        else:
            # a static cache cannot be repeated, so each row computes the prompt
            choices = request.parameters.n
            tokens = len(request.prompt) + request.max_new_tokens
            self._key, self._cache = engine.caches.borrow(tokens, choices)
            prompt = prompt.expand(choices, -1)
        self._prompt = prompt

    def _drop_ended_rows(self) -> None:
        """Remove the rows of ended choices, if the cache can; else they are still computed."""
        if not self._ended or self._key is not None or self._last is None:
            return
        rows = [row for row, choice in enumerate(self._rows) if choice not in self._ended]
        self._ended.clear()
        kept = torch.tensor(rows, device=self._engine.device)
        self._cache.batch_select_indices(kept)
        self._last = self._last[kept]
        self._sampler.keep(rows)
        self._rows = [self._rows[row] for row in rows]


def _is_no_memory(exc: BaseException) -> bool:
    if isinstance(exc, MemoryError | torch.OutOfMemoryError):
        return True
    return any(text in str(exc).lower() for text in _NO_MEMORY)


def _threads(model: Any) -> int:
    """All cores, or all but one if there are four or more, for the threads of the service.

    One for a small model, whose operations take less time than waiting for another thread: a step
    of the demo model (1.9 M weights) took 1.1 ms with one thread and 1.5 with two, and 16 while
    other programs kept the cores busy.
    """
    if sum(weight.numel() for weight in model.parameters()) < _SMALL:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    return cores - 1 if cores >= 4 else cores
