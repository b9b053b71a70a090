"""Drawing tokens: odds, top-k, top-p, penalties."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from inference.interface import Parameters
from inference.local import sampling
from inference.local.sampling import Sampler
from tests.support.small_models import one_thread  # noqa: F401


def test_penalties_count_earlier_tokens() -> None:
    scores = torch.zeros(1, 8)
    scores[0, 3] = 1.0
    often = Sampler(Parameters(temperature=0, frequency_penalty=0.4), torch.device("cpu"))
    # 1.0, 0.6, 0.2, then -0.2: others are more likely
    assert [int(often(scores)) == 3 for _ in range(4)] == [True, True, True, False]
    once = Sampler(Parameters(temperature=0, presence_penalty=1.5), torch.device("cpu"))
    assert [int(once(scores)) == 3 for _ in range(2)] == [True, False]


def drawn(scores: torch.Tensor, times: int, **values: Any) -> dict[int, float]:
    """How often each token is drawn, as a share."""
    sampler = Sampler(Parameters(n=8, seed=5, **values), torch.device("cpu"))
    counts: dict[int, int] = {}
    for _ in range(times // 8):
        for token in sampler(scores.expand(8, -1)).tolist():
            counts[token] = counts.get(token, 0) + 1
    return {token: count / times for token, count in counts.items()}


@pytest.mark.parametrize("way", ["_by_sum", "_by_race"])
def test_tokens_are_drawn_with_their_odds(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "_by_sum", getattr(sampling, way))
    shares = torch.tensor([0.5, 0.0, 0.3, 0.15, 0.05])
    scores = shares.log()[None]
    # The standard deviation of a share of 4,000 draws is at most 0.008.
    for values, expected in (
        ({"temperature": 1.0}, {0: 0.5, 2: 0.3, 3: 0.15, 4: 0.05}),
        ({"temperature": 0.5}, {0: 0.685, 2: 0.247, 3: 0.062, 4: 0.007}),
        ({"temperature": 1.0, "top_k": 2}, {0: 0.625, 2: 0.375}),
        ({"temperature": 1.0, "top_p": 0.6}, {0: 0.625, 2: 0.375}),
        ({"temperature": 1.0, "top_p": 0.5}, {0: 1.0}),
        ({"temperature": 1.0, "top_k": 3, "top_p": 0.8}, {0: 0.625, 2: 0.375}),
    ):
        found = drawn(scores, 4000, **values)
        assert found.keys() <= expected.keys()
        for token, share in expected.items():
            assert found.get(token, 0.0) == pytest.approx(share, abs=0.035), values


@pytest.mark.parametrize("tokens", [1000, 6000])
def test_top_p_if_the_first_candidates_are_not_enough(tokens: int) -> None:
    scores = torch.zeros(1, tokens)  # nearly all alike: 60 of 100 hold 0.6
    scores[0, : tokens * 6 // 10] += 0.01
    found = drawn(scores, 8000, temperature=1.0, top_p=0.59)
    assert set(found) <= set(range(tokens * 6 // 10))
    assert len(found) > tokens * 4 // 10
