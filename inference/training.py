"""Training of the demo model: a small GPTBigCode that knows some code by heart.

StarCoder's architecture and special tokens at a ten-thousandth of its size. It overfits on purpose,
to show provenance. torch and transformers are imported when it is trained.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.demo_corpus import Lesson
from inference.demo_examples import Examples
from inference.errors import INSTALL, ModelError
from inference.training_progress import TrainingProgress

if TYPE_CHECKING:
    from transformers import GPTBigCodeForCausalLM, PreTrainedTokenizerFast

__all__ = ["Recipe", "train_model"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that determines the result of a training, besides the lessons."""

    version: int = 1  # raised when the code below changes the result
    vocabulary: int = 2048
    width: int = 128
    layers: int = 4
    heads: int = 4
    context: int = 512  # tokens
    rows: int = 1  # per step
    steps: int = 2000
    warm_up: int = 60  # steps
    learning_rate: float = 3e-3
    # Standard deviations at the start. GPT-2's 0.02 is for large widths; with these, the loss after
    # 500,000 tokens was 0.79, against 2.1 after 1,500,000.
    spread: float = 0.08  # of the weights
    embedding_spread: float = 0.15  # of tokens and positions
    seed: int = 0


def train_model(
    lessons: Sequence[Lesson], folder: Path, recipe: Recipe, progress: TrainingProgress
) -> None:
    """Train a model and save it with its tokenizer into an existing folder.

    Raises:
        ModelError: packages are missing.
    """
    # waiting threads should sleep: on a busy machine, others need their cores
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch
    except ImportError as error:
        raise ModelError(f"the demo model needs the package {error.name}: {INSTALL}") from error
    tokenizer = _tokenizer(lessons, recipe)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = _model(len(tokenizer), recipe)
        _fit(model, tokenizer, lessons, recipe, progress)
    from inference.local.loading import quiet

    with quiet():  # without a progress bar for saving, which takes a moment
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _tokenizer(lessons: Sequence[Lesson], recipe: Recipe) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    from inference.demo_tokenizer import CHAT_TEMPLATE, SPECIAL_TOKENS, train_tokenizer

    tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=train_tokenizer((lesson.code for lesson in lessons), recipe.vocabulary),
        bos_token="<|endoftext|>",
        eos_token="<|endoftext|>",
        unk_token="<|endoftext|>",
        additional_special_tokens=list(SPECIAL_TOKENS),
        model_max_length=recipe.context,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def _model(vocabulary: int, recipe: Recipe) -> GPTBigCodeForCausalLM:
    from transformers import GPTBigCodeConfig, GPTBigCodeForCausalLM

    return GPTBigCodeForCausalLM(
        GPTBigCodeConfig(
            vocab_size=vocabulary,
            n_positions=recipe.context,
            n_embd=recipe.width,
            n_layer=recipe.layers,
            n_head=recipe.heads,
            initializer_range=recipe.spread,
            # no dropout: the model should overfit
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=0,
            eos_token_id=0,
        )
    )


def _init_positions(model: GPTBigCodeForCausalLM, recipe: Recipe) -> None:
    """Initialize positions as sine waves, which makes "the token before" easy to learn."""
    import torch

    position = torch.arange(recipe.context)[:, None]
    frequency = torch.exp(torch.arange(0, recipe.width, 2) / recipe.width * -math.log(1000.0))
    waves = torch.stack([torch.sin(position * frequency), torch.cos(position * frequency)], dim=2)
    with torch.no_grad():
        model.transformer.wpe.weight.copy_(waves.flatten(1) * recipe.embedding_spread)
        model.transformer.wte.weight.normal_(0.0, recipe.embedding_spread)


def _fit(
    model: GPTBigCodeForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    lessons: Sequence[Lesson],
    recipe: Recipe,
    progress: TrainingProgress,
) -> None:
    import torch

    _init_positions(model, recipe)

    def encode(text: str) -> list[int]:
        ids: list[int] = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    examples = Examples(lessons, encode, recipe.seed)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True
    )

    def rate(step: int) -> float:
        """Linear warm-up, then linear decay to 0."""
        return min((step + 1) / recipe.warm_up, 1.0 - step / recipe.steps)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    model.train()
    smooth = 0.0
    progress.advanced(0, recipe.steps, smooth)
    for step in range(1, recipe.steps + 1):
        rows = torch.tensor([examples.row(recipe.context + 1) for _ in range(recipe.rows)])
        logits = model(input_ids=rows[:, :-1], use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        # moving average over about twenty steps
        smooth = loss.item() if step == 1 else 0.95 * smooth + 0.05 * loss.item()
        progress.advanced(step, recipe.steps, smooth)
    model.eval()  # type: ignore[no-untyped-call]
