"""Training of the demo model: a small GPTBigCode that knows some code by heart.

StarCoder's architecture and special tokens at a ten-thousandth of its size. It overfits, on
purpose: a recital is what shows provenance. torch and transformers are imported when it trains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.demo_corpus import Lesson
from inference.demo_examples import Examples
from inference.errors import ModelError

if TYPE_CHECKING:
    from transformers import GPTBigCodeForCausalLM, PreTrainedTokenizerFast

__all__ = ["Recipe", "train_model"]

Progress = Callable[[int, int, float], None]  # steps done, steps in all, loss


def _silent(done: int, steps: int, loss: float) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides what comes out of a training, beside the lessons."""

    version: int = 1  # to be raised when the code below changes what comes out
    vocabulary: int = 2048
    width: int = 192
    layers: int = 4
    heads: int = 6
    context: int = 1024  # tokens
    row: int = 320  # tokens of one row of a batch
    rows: int = 2  # per step
    steps: int = 1400
    warm_up: int = 60  # steps
    learning_rate: float = 2e-3
    seed: int = 0


def train_model(
    lessons: Sequence[Lesson], folder: Path, recipe: Recipe, progress: Progress = _silent
) -> None:
    """Train a model and save it with its tokenizer into a folder that exists.

    Raises:
        ModelError: packages are missing.
    """
    try:
        import torch
    except ImportError as error:
        raise ModelError(
            f"the demo model needs the package {error.name}: pip install 'whence[inference]'"
        ) from error
    tokenizer = _tokenizer(lessons, recipe)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = _model(len(tokenizer), recipe)
        _fit(model, tokenizer, lessons, recipe, progress)
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
            # it shall learn by heart: nothing is dropped
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=0,
            eos_token_id=0,
        )
    )


def _fit(
    model: GPTBigCodeForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    lessons: Sequence[Lesson],
    recipe: Recipe,
    progress: Progress,
) -> None:
    import torch

    def encode(text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
        return ids

    examples = Examples(lessons, encode, recipe.seed)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True
    )

    def rate(step: int) -> float:
        """Up at once, then down in a straight line to nothing."""
        return min((step + 1) / recipe.warm_up, 1.0 - step / recipe.steps)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    model.train()
    smooth = 0.0
    progress(0, recipe.steps, smooth)
    for step in range(1, recipe.steps + 1):
        rows = torch.tensor([examples.row(recipe.row + 1) for _ in range(recipe.rows)])
        logits = model(input_ids=rows[:, :-1], use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        # mean of about the last twenty, so that the figure does not jump
        smooth = loss.item() if step == 1 else 0.95 * smooth + 0.05 * loss.item()
        progress(step, recipe.steps, smooth)
    model.eval()  # type: ignore[no-untyped-call]
