"""`LocalGenerator`: any causal code model of transformers, shared by many requests.

prompt -> tokens (prompts) -> turns of one thread (scheduler) -> tokens (engine)
       -> pieces of text (job) -> the reader of the Generation
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from inference.engine import Request
from inference.interface import (
    Generation,
    Generator,
    Mode,
    ModelCard,
    ModelLicense,
    Parameters,
    Prompt,
)
from inference.local.engine import TorchEngine
from inference.local.loading import description, load_model
from inference.options import LocalOptions
from inference.prompts import prompt_tokens
from inference.scheduler import Scheduler
from inference.vocabulary import Vocabulary

__all__ = ["LocalGenerator"]

_UNKNOWN_CONTEXT = 2048  # tokens, where neither the model nor the options say


class LocalGenerator(Generator):
    """A model in this process. Safe to share between threads."""

    def __init__(
        self, model: Any, tokenizer: Any, card: ModelCard, options: LocalOptions | None = None
    ) -> None:
        """Take over a transformers model and its tokenizer.

        `card.modes` and `card.context_tokens` are replaced by what the model can do.
        """
        options = options or LocalOptions()
        self._vocabulary = Vocabulary(tokenizer, _end_tokens(model))
        self._context = options.context_tokens or _context_tokens(model) or _UNKNOWN_CONTEXT
        modes = {Mode.COMPLETION}
        if self._vocabulary.fill is not None:
            modes.add(Mode.INFILL)
        if self._vocabulary.chats:
            modes.add(Mode.CHAT)
        self.card = replace(card, modes=frozenset(modes), context_tokens=self._context)
        engine = TorchEngine(model, options, self._context)
        self._scheduler = Scheduler(
            engine, max_active=options.max_active, max_waiting=options.max_waiting
        )

    @classmethod
    def load(
        cls,
        path: str | Path,
        options: LocalOptions | None,
        terms: ModelLicense,
        *,
        model_id: str | None = None,
        engine: str = "local",
        about: str | None = None,
        examples: Sequence[Prompt] = (),
    ) -> Self:
        """Load a model from a folder or from the hub.

        `terms`: of its licence. `model_id`: its name in requests; by default that of the folder or
        on the hub. `about`: one sentence for the card; by default size, type and device.

        Raises:
            ModelError: it cannot be loaded; names the reason and the remedy.
        """
        options = options or LocalOptions()
        model, tokenizer = load_model(str(path), options)
        card = ModelCard(
            id=model_id or _name(path),
            engine=engine,
            modes=frozenset(),
            context_tokens=None,
            license=terms,
            description=about if about is not None else description(model),
            examples=tuple(examples),
        )
        return cls(model, tokenizer, card, options)

    def generate(self, prompt: Prompt, parameters: Parameters) -> Generation:
        """Queue a request; its pieces come as they are computed.

        Raises:
            LicenseNotAcceptedError: the licence has to be accepted first.
            PromptError: the prompt is invalid; UnsupportedPromptError: the model does not support
                its kind.
            OverloadedError: too many requests wait already.
        """
        self.card.check_license()
        encoded = prompt_tokens(prompt, self._vocabulary, self._context, parameters.max_tokens)
        room = min(parameters.max_tokens, self._context - len(encoded.tokens))
        request = Request(encoded.tokens, parameters, room, self._vocabulary.end_tokens)
        return self._scheduler.submit(request, self._vocabulary.decode, encoded.notes)

    def close(self) -> None:
        """Cancel all generations, and free the model. May be called again."""
        self._scheduler.close()


def _end_tokens(model: Any) -> tuple[int, ...]:
    """The end tokens of the model's settings."""
    found: list[int] = []
    for settings in (model.config, getattr(model, "generation_config", None)):
        named = getattr(settings, "eos_token_id", None)
        if named is not None:
            found += named if isinstance(named, list | tuple) else [named]
    return tuple(found)


def _context_tokens(model: Any) -> int | None:
    """The number of positions of the model; None: its settings do not say."""
    config = model.config
    with contextlib.suppress(AttributeError):
        config = config.get_text_config(decoder=True)
    for name in ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length"):
        value = getattr(config, name, None)
        if isinstance(value, int) and value > 0:
            return value
    return None


def _name(path: str | Path) -> str:
    """The name of a model, without the folder it is in."""
    folder = Path(path)
    return folder.resolve().name if folder.is_dir() else str(path)
