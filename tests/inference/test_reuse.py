"""Caches of earlier requests are reused for prompts with the same beginning."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from inference.interface import Completion, Generation, Parameters
from inference.local import LocalGenerator
from inference.local.caches import dynamic_cache
from inference.local.reuse import KeptCaches
from tests.support.small_models import TEXT, make_generator, make_model, one_thread  # noqa: F401

PROMPT = TEXT[:120]
GREEDY = Parameters(max_tokens=40, temperature=0)


def texts(generation: Generation, n: int = 1) -> list[str]:
    out = [""] * n
    for piece in generation:
        out[piece.choice] += piece.text
    return out


def read_tokens(generator: LocalGenerator) -> list[int]:
    """The number of prompt tokens computed in each turn from now on."""
    engine: Any = generator._scheduler._engine
    forward = engine.forward
    seen: list[int] = []

    def watched(**arguments: Any) -> Any:
        seen.append(arguments["input_ids"].shape[1])
        return forward(**arguments)

    engine.forward = watched
    return seen


def test_a_common_beginning_is_not_computed_again() -> None:
    first, further = TEXT[:200], TEXT[:230]
    with make_generator() as fresh:
        expected = [
            texts(fresh.generate(Completion(further), GREEDY)),
            texts(fresh.generate(Completion(TEXT[:170] + "other"), GREEDY)),
        ]
    with make_generator() as generator:
        seen = read_tokens(generator)
        before = generator.generate(Completion(first), GREEDY)
        whole = texts(before)
        assert before.prompt_tokens == sum(seen)
        seen.clear()
        assert texts(generator.generate(Completion(first), GREEDY)) == whole
        assert seen == [1]  # the last token, for its logits
        seen.clear()
        assert texts(generator.generate(Completion(further), GREEDY)) == expected[0]
        assert texts(generator.generate(Completion(TEXT[:170] + "other"), GREEDY)) == expected[1]
        assert 0 < sum(seen) < before.prompt_tokens
        seen.clear()
        assert texts(generator.generate(Completion(first), Parameters(40, 0, n=2)), 2) == whole * 2
        assert sum(seen) < before.prompt_tokens


def test_continuing_an_answer_reads_little() -> None:
    with make_generator(model=make_model(seed=3, context=512)) as generator:
        seen = read_tokens(generator)
        asked = Parameters(max_tokens=30, temperature=0)
        [whole] = texts(generator.generate(Completion(PROMPT), asked))
        with make_generator(model=make_model(seed=3, context=512)) as fresh:
            expected = texts(fresh.generate(Completion(PROMPT + whole), asked))
        seen.clear()
        assert texts(generator.generate(Completion(PROMPT + whole), asked)) == expected
        assert sum(seen) < 60


def test_the_size_of_kept_caches_is_limited() -> None:
    kept = KeptCaches(most_bytes=100_000)
    for i in range(50):
        cache = dynamic_cache(make_model().config)
        for layer in cache.layers:
            layer.update(torch.zeros(1, 1, 20, 8), torch.zeros(1, 1, 20, 8))
        kept.keep(tuple(range(i, i + 20)), cache)
        assert sum(layer.nbytes for _, c in kept._kept for layer in c.layers) <= 100_000
    assert kept.take(range(40, 70)) == (None, 0)  # only the latest are there
    cache, tokens = kept.take(range(49, 100))
    assert tokens == cache.get_seq_length() == 20
    assert kept.take(range(49, 100)) == (None, 0)  # lent to one


def test_a_failed_turn_leaves_no_cache() -> None:
    with make_generator() as generator:
        engine: Any = generator._scheduler._engine
        whole = texts(generator.generate(Completion(PROMPT), GREEDY))
        forward = engine.step

        def breaks(**arguments: Any) -> Any:
            arguments["past_key_values"].layers[0].crop(-5)
            raise ValueError("half done")

        engine.step = breaks
        with pytest.raises(ValueError, match="half done"):
            list(generator.generate(Completion(PROMPT), GREEDY))
        engine.step = forward
        assert texts(generator.generate(Completion(PROMPT), GREEDY)) == whole
