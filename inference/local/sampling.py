"""From logits to tokens: penalties, temperature, top-k, top-p, and a random draw per choice.

The order is the usual one (penalties, temperature, top-k, top-p, draw). Each choice draws from a
its own generator, so a seed gives the same text whatever else is computed at the same time.
Nothing here waits for the device.
"""

from __future__ import annotations

import torch

from inference.interface import Parameters

__all__ = ["Sampler"]

_GREEDY = 1e-5  # temperatures below this are 0: logits over them would overflow
# How many candidates are tried for top-p. Sorting a vocabulary of 49,152 takes a CPU 14 ms, more
# than a step of a small model; so few nearly always have the share that is needed.
_CANDIDATES = (128, 2048)
_SPREAD = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: moves the seeds of choices far apart


class Sampler:
    """Chooses the next token of each choice. Not thread-safe."""

    def __init__(self, parameters: Parameters, device: torch.device) -> None:
        self._parameters = parameters
        self._greedy = parameters.temperature < _GREEDY
        self._penalized = bool(parameters.frequency_penalty or parameters.presence_penalty)
        self._counts: torch.Tensor | None = None  # [rows, vocabulary] float32: tokens so far
        self._generators = [
            _generator(parameters.seed, choice, device) for choice in range(parameters.n)
        ]

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits [rows, vocabulary] -> tokens [rows] int64."""
        if self._penalized:
            logits = self._penalize(logits.float())
        tokens = logits.argmax(-1) if self._greedy else self._draw(logits.float())
        if self._counts is not None:
            self._counts.scatter_add_(1, tokens[:, None], torch.ones_like(tokens[:, None]).float())
        return tokens

    def keep(self, rows: list[int]) -> None:
        """Keep these rows only."""
        self._generators = [self._generators[row] for row in rows]
        if self._counts is not None:
            self._counts = self._counts[rows]

    def _penalize(self, scores: torch.Tensor) -> torch.Tensor:
        if self._counts is None:
            self._counts = torch.zeros_like(scores)
        scores = scores - self._parameters.frequency_penalty * self._counts
        return scores - self._parameters.presence_penalty * (self._counts > 0)

    def _draw(self, scores: torch.Tensor) -> torch.Tensor:
        scores = scores / self._parameters.temperature
        numbers: torch.Tensor | None = None  # tokens of the columns; None: column = token
        if self._parameters.top_k is not None and self._parameters.top_k < scores.shape[-1]:
            scores, numbers = scores.topk(self._parameters.top_k)
        shares = scores.softmax(-1)
        if self._parameters.top_p < 1.0:
            shares, order = self._nucleus(shares, ordered=numbers is not None)
            if order is not None:
                numbers = order if numbers is None else numbers.gather(-1, order)
        picked = self._pick(shares)
        return picked if numbers is None else numbers.gather(-1, picked[:, None])[:, 0]

    def _nucleus(
        self, shares: torch.Tensor, *, ordered: bool
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Set all shares to 0 but the largest ones that add up to top_p.

        Returns shares and their columns (None: unchanged). `ordered`: they are sorted already.
        """
        top_p = self._parameters.top_p
        order = None
        if not ordered:
            shares, order = _likeliest(shares, top_p)
        before = shares.cumsum(-1) - shares  # the sum of all larger shares
        return shares.masked_fill(before >= top_p, 0.0), order

    def _pick(self, shares: torch.Tensor) -> torch.Tensor:
        """Draw a column of each row with the odds `shares`, whose sum need not be 1."""
        draw = _by_sum if shares.device.type == "cpu" else _by_race
        return torch.stack(
            [draw(row, self._generators[i]) for i, row in enumerate(shares.unbind(0))]
        )


def _likeliest(shares: torch.Tensor, top_p: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest shares and their columns, sorted: enough for a sum of `top_p`, or more."""
    if shares.device.type == "cpu":
        for few in _CANDIDATES:
            if few >= shares.shape[-1]:
                break
            likeliest, order = shares.topk(few)
            if float(likeliest.sum(-1).min()) >= top_p:
                return likeliest, order
    # on other devices, reading the sum would wait for the device, and sorting is cheap
    ordered, order = shares.sort(-1, descending=True)
    return ordered, order


def _by_sum(shares: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw where the cumulative sum reaches a random number, which is fast on a CPU."""
    sums = shares.cumsum(-1, dtype=torch.float64)
    drawn = torch.rand(1, generator=generator, dtype=torch.float64) * sums[-1]
    return torch.searchsorted(sums, drawn, right=True)[0].clamp_(max=len(sums) - 1)


def _by_race(shares: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw by an exponential race: E_i / p_i is the smallest with probability p_i.

    Unlike cumulative sums on CUDA, its result does not differ from run to run.
    """
    noise = torch.empty_like(shares).exponential_(generator=generator)
    return (shares / noise).argmax(-1)


def _generator(seed: int | None, choice: int, device: torch.device) -> torch.Generator:
    generator = torch.Generator(device)
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed((seed + choice * _SPREAD) % (1 << 64))
    return generator
