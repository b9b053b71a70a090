"""Models of a few thousand weights with StarCoder's tokens, made in a moment, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import torch

from inference.interface import ModelCard, ModelLicense
from inference.local import LocalGenerator, LocalOptions

SPECIAL = (
    "<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>", "<filename>",
    "<gh_stars>", "<reponame>",
)  # fmt: skip
TEXT = "".join(
    f"def total_{i}(rows, limit={i}):\n    return sum(row.value for row in rows)  # größer\n"
    for i in range(20)
)
LICENSE = ModelLicense("apache-2.0", None)
CONTEXT = 128  # tokens
VOCABULARY = 320  # tokens


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """If other programs keep the cores busy, threads that wait for each other take seconds."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def backend() -> str:
    """A byte-level BPE tokenizer, as JSON."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    return str(tokenizer.to_str())


def make_tokenizer(chat_template: str | None = None, special: bool = True) -> Any:
    """A transformers tokenizer; without `special` it has no tokens for gaps."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    text = backend()
    if not special:
        for token in SPECIAL[1:]:
            text = text.replace(token, token.replace("fim_", "xim_"))
    make: Any = PreTrainedTokenizerFast
    tokenizer = make(
        tokenizer_object=Tokenizer.from_str(text),
        bos_token="<|endoftext|>",
        eos_token="<|endoftext|>",
        additional_special_tokens=[t if special else t.replace("fim_", "xim_") for t in SPECIAL],
    )
    tokenizer.chat_template = chat_template
    return tokenizer


def make_model(kind: str = "bigcode", seed: int = 0, context: int = CONTEXT) -> Any:
    """A model with random weights: "bigcode" (one key and value head, as StarCoder) or
    "starcoder2" (rotary positions, grouped heads, a sliding window shorter than the context)."""
    from transformers import (
        GPTBigCodeConfig,
        GPTBigCodeForCausalLM,
        Starcoder2Config,
        Starcoder2ForCausalLM,
    )

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any
        if kind == "bigcode":
            model = GPTBigCodeForCausalLM(
                GPTBigCodeConfig(
                    vocab_size=VOCABULARY, n_positions=context, n_embd=32, n_layer=2, n_head=4,
                    bos_token_id=0, eos_token_id=0, initializer_range=0.3,
                )
            )  # fmt: skip
        else:
            model = Starcoder2ForCausalLM(
                Starcoder2Config(
                    vocab_size=VOCABULARY, max_position_embeddings=context, hidden_size=32,
                    intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
                    num_key_value_heads=2, sliding_window=24, bos_token_id=0, eos_token_id=0,
                    initializer_range=0.3,
                )
            )  # fmt: skip
    return model.eval()


def make_generator(
    kind: str = "bigcode",
    *,
    tokenizer: Any = None,
    model: Any = None,
    terms: ModelLicense = LICENSE,
    **options: Any,
) -> LocalGenerator:
    """A generator over a small model; close it."""
    card = ModelCard("small", "local", frozenset(), None, terms)
    return LocalGenerator(
        model or make_model(kind), tokenizer or make_tokenizer(), card, LocalOptions(**options)
    )
