"""Small models of StarCoder's and StarCoder2's architectures, computed by our own loop."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from inference.errors import (
    GenerationError,
    LicenseNotAcceptedError,
    OutOfMemoryError,
    PromptError,
    UnsupportedPromptError,
)
from inference.interface import (
    Chat,
    Completion,
    FinishReason,
    Generation,
    Infill,
    Message,
    Mode,
    ModelLicense,
    Parameters,
    Piece,
)
from inference.local import LocalGenerator
from tests.support.small_models import (  # noqa: F401
    CONTEXT,
    TEXT,
    VOCABULARY,
    make_generator,
    make_model,
    make_tokenizer,
    one_thread,
)

KINDS = ("bigcode", "starcoder2")
CACHES = ("dynamic", "static")
PROMPT = TEXT[:120]
GREEDY = Parameters(max_tokens=40, temperature=0)


@pytest.fixture(scope="module", params=KINDS)
def generator(request: pytest.FixtureRequest) -> Iterator[LocalGenerator]:
    with make_generator(request.param) as generator:
        yield generator


def texts(generation: Generation, n: int = 1) -> list[str]:
    out = [""] * n
    for piece in generation:
        out[piece.choice] += piece.text
    return out


def plain(kind: str, prompt: list[int], ends: frozenset[int], tokens: int) -> list[int]:
    """New tokens by transformers' own `generate`, with the end token if one came."""
    model = make_model(kind)
    with torch.inference_mode():
        out = model.generate(
            torch.tensor([prompt]), max_new_tokens=tokens, do_sample=False,
            eos_token_id=sorted(ends), pad_token_id=0,
        )  # fmt: skip
    return list(out[0, len(prompt) :].tolist())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("part", [7, 4096])
def test_greedy_equals_generate(kind: str, cache: str, part: int) -> None:
    tokenizer = make_tokenizer()
    prompts = [TEXT[i * 9 : i * 9 + 40 + 60 * i] for i in range(3)]
    with make_generator(kind, cache=cache) as generator:
        engine: Any = generator._scheduler._engine
        engine.part = engine.part_alone = part
        lengths = set()
        for prompt in prompts:
            tokens = tokenizer(prompt)["input_ids"]
            expected = plain(kind, tokens, generator._vocabulary.end_tokens, 40)
            pieces = list(generator.generate(Completion(prompt), GREEDY))
            shown = "".join(piece.text for piece in pieces)
            assert shown == tokenizer.decode(expected, skip_special_tokens=True)
            assert sum(piece.tokens for piece in pieces) == len(expected)
            lengths.add(len(expected))
    assert max(lengths) > 15, "the model ends at once: the test compares too little"


@pytest.mark.parametrize("cache", CACHES)
def test_a_prompt_up_to_the_last_position(cache: str) -> None:
    """Prompt and answer fill the context, and a static cache, exactly."""
    tokenizer = make_tokenizer()
    tokens = tokenizer(TEXT)["input_ids"][: CONTEXT - 30]
    prompt = tokenizer.decode(tokens)
    assert tokenizer(prompt)["input_ids"] == tokens
    with make_generator("starcoder2", cache=cache) as generator:
        expected = plain("starcoder2", tokens, generator._vocabulary.end_tokens, 30)
        asked = Parameters(max_tokens=30, temperature=0)
        assert texts(generator.generate(Completion(prompt), asked)) == [
            tokenizer.decode(expected, skip_special_tokens=True)
        ]


@pytest.mark.parametrize("cache", CACHES)
def test_choices_are_what_each_would_be_alone(cache: str) -> None:
    with make_generator("starcoder2", cache=cache) as generator:
        alone = texts(generator.generate(Completion(PROMPT), GREEDY))
        assert texts(generator.generate(Completion(PROMPT), Parameters(40, 0, n=3)), 3) == alone * 3


def test_a_seed_gives_the_same_text_and_choices_differ(generator: LocalGenerator) -> None:
    def three(seed: int | None) -> list[str]:
        asked = Parameters(max_tokens=12, temperature=1.0, n=3, seed=seed)
        return texts(generator.generate(Completion(PROMPT), asked), 3)

    first = three(7)
    assert three(7) == first
    assert len(set(first)) == 3
    assert three(8) != first
    assert three(None) != three(None)
    assert three(-1) == three(-1)


def test_a_seed_is_independent_of_other_requests(generator: LocalGenerator) -> None:
    asked = Parameters(max_tokens=20, temperature=1.0, seed=7)
    alone = texts(generator.generate(Completion(PROMPT), asked))
    other = generator.generate(Completion("def "), Parameters(max_tokens=100, temperature=1.0))
    among = generator.generate(Completion(PROMPT), asked)
    assert texts(among) == alone
    other.cancel()


def test_the_kinds_of_prompt(generator: LocalGenerator) -> None:
    assert generator.card.modes == {Mode.COMPLETION, Mode.INFILL}
    assert generator.card.context_tokens == CONTEXT
    asked = generator.generate(Infill("def f(", "):\n    pass"), Parameters(max_tokens=5))
    tokenizer = make_tokenizer()
    spelled = "<fim_prefix>def f(<fim_suffix>):\n    pass<fim_middle>"
    assert asked.prompt_tokens == len(tokenizer(spelled)["input_ids"])
    assert 1 <= sum(piece.tokens for piece in asked) <= 5
    with pytest.raises(UnsupportedPromptError, match="no chat template"):
        generator.generate(Chat((Message("user", "hi"),)), Parameters())


def test_a_chat() -> None:
    template = "{% for m in messages %}# {{ m.content }}\n{% endfor %}"
    with make_generator(tokenizer=make_tokenizer(template)) as generator:
        assert Mode.CHAT in generator.card.modes
        chat = texts(generator.generate(Chat((Message("user", "total"),)), GREEDY))
        assert chat == texts(generator.generate(Completion("# total\n"), GREEDY))


def test_a_stop_text_ends_it(generator: LocalGenerator) -> None:
    [whole] = texts(generator.generate(Completion(PROMPT), GREEDY))
    stop = whole[3:6]
    pieces = list(generator.generate(Completion(PROMPT), Parameters(40, 0, stop=("no such", stop))))
    assert "".join(piece.text for piece in pieces) == whole[: whole.index(stop)]
    assert pieces[-1].finish_reason is FinishReason.STOP


def test_a_prompt_that_is_too_long_is_trimmed(generator: LocalGenerator) -> None:
    asked = generator.generate(Completion(TEXT), Parameters(max_tokens=500, temperature=1, seed=1))
    assert asked.prompt_tokens == CONTEXT * 3 // 4
    assert "left out" in asked.notes[0]
    pieces = list(asked)
    assert sum(piece.tokens for piece in pieces) <= CONTEXT // 4
    assert pieces[-1].finish_reason is not None


def test_two_requests_come_side_by_side() -> None:
    model = make_model(context=1024)
    with make_generator(model=model) as generator:
        order: list[str] = []

        def read(name: str, generation: Generation) -> None:
            order.extend(name for _ in generation)

        asked = Parameters(max_tokens=60, temperature=1.0, seed=1)
        long = Completion(TEXT * 2)
        both = [generator.generate(long, asked), generator.generate(Completion("def "), asked)]
        threads = [
            threading.Thread(target=read, args=(name, generation))
            for name, generation in zip("ab", both, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # the second did not wait for the end of the first, whose prompt is long
    assert order.index("b") < order.index("a") + 5
    assert "a" in order[order.index("b") :]


def test_cancelled_within_a_token(generator: LocalGenerator) -> None:
    generation = generator.generate(
        Completion("def "), Parameters(max_tokens=100, temperature=1.0, seed=3, frequency_penalty=2)
    )
    next(generation)
    generation.cancel()
    rest = list(generation)
    assert rest[-1].finish_reason in (FinishReason.CANCELLED, FinishReason.STOP)
    assert sum(piece.tokens for piece in rest) < 90


def test_a_restricted_model_needs_acceptance() -> None:
    terms = ModelLicense("openrail", "https://example.org/l", ("Do no harm.",))
    with make_generator(terms=terms) as generator:
        with pytest.raises(LicenseNotAcceptedError, match=r"openrail .*https://example.org/l"):
            generator.generate(Completion("def"), GREEDY)
        generator.accept(ModelLicense("openrail", None, ("Do no harm.",), "2026-01-01T00:00:00Z"))
        assert texts(generator.generate(Completion("def"), GREEDY)) != [""]


@pytest.mark.parametrize(
    "failing",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ..."),
        MemoryError(),
    ],
)
@pytest.mark.parametrize("cache", CACHES)
def test_out_of_memory_fails_one_request_only(failing: Exception, cache: str) -> None:
    model = make_model()
    held: list[weakref.ref[Any]] = []
    with make_generator(model=model, cache=cache) as generator:
        whole = texts(generator.generate(Completion(PROMPT), GREEDY))
        engine: Any = generator._scheduler._engine
        forward = engine.step

        def fails(**arguments: Any) -> Any:
            held.append(weakref.ref(arguments["past_key_values"]))
            raise failing

        engine.step = fails
        with pytest.raises(OutOfMemoryError, match=r"ran out of memory with .* tokens of prompt"):
            list(generator.generate(Completion(PROMPT), GREEDY))
        engine.step = forward
        failing.__traceback__ = None  # the frames of this very test
        gc.collect()
        assert held
        assert held[0]() is None, "what the failed request held is not free"
        assert texts(generator.generate(Completion(PROMPT), GREEDY)) == whole


def test_other_errors_are_passed_on() -> None:
    with make_generator() as generator:
        engine: Any = generator._scheduler._engine

        def fails(**_: Any) -> Any:
            raise RuntimeError("a bug")

        engine.step = fails
        with pytest.raises(RuntimeError, match="a bug"):
            list(generator.generate(Completion("def"), GREEDY))


def test_closing_while_it_writes_frees_the_model() -> None:
    model = make_model("starcoder2", context=1 << 14)
    kept = weakref.ref(model)
    generator = make_generator(model=model)
    del model
    generation = generator.generate(
        Completion("def "), Parameters(max_tokens=12_000, temperature=2.0, seed=1)
    )
    next(generation)
    began = time.monotonic()
    generator.close()
    assert time.monotonic() - began < 5
    pieces: list[Piece] = list(generation)
    assert pieces[-1].finish_reason is not None
    gc.collect()
    assert kept() is None
    with pytest.raises(GenerationError, match="closed"):
        generator.generate(Completion("def"), GREEDY)
    generator.close()


def test_one_thread_for_a_small_model_or_the_number_of_the_options() -> None:
    seen = []
    for threads in (None, 2):
        with make_generator(threads=threads) as generator:
            engine: Any = generator._scheduler._engine
            forward = engine.step

            def watched(forward: Any = forward, **arguments: Any) -> Any:
                seen.append(torch.get_num_threads())
                return forward(**arguments)

            engine.step = watched
            texts(generator.generate(Completion("def"), Parameters(max_tokens=2, temperature=0)))
    assert seen == [1, 2]


def test_a_prompt_cannot_contain_special_tokens(generator: LocalGenerator) -> None:
    plainly = Parameters(max_tokens=1, temperature=0)
    asked = generator.generate(Completion("<fim_middle>"), plainly)
    assert asked.prompt_tokens is not None
    assert asked.prompt_tokens > 3
    list(asked)


def test_empty_prompts(generator: LocalGenerator) -> None:
    for prompt in (Completion(""), Infill("", "")):
        assert list(generator.generate(prompt, GREEDY))[-1].finish_reason is not None


def test_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(PromptError, match="temperature"):
        Parameters(temperature=3)


def test_the_small_tokenizer_fits_the_small_models() -> None:
    assert len(make_tokenizer()) == VOCABULARY


def test_a_program_that_used_it_ends_without_a_word() -> None:
    """Triton's library, where it is loaded without need, reports leaks at the end."""
    code = "import inference.local, transformers.activations"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
