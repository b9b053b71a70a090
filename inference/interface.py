"""`Generator`: turns a prompt and parameters into a stream of pieces of text.

Prompt, Parameters -> Generator.generate -> Generation (an iterator of Pieces)

Engines: `local` (transformers), `remote` (any OpenAI-compatible server), `demo` (a small local
model that is trained on the first run). Callers do not know which one they use.
"""

from __future__ import annotations

import abc
import enum
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from inference.errors import LicenseNotAcceptedError, PromptError

__all__ = [
    "Chat",
    "Completion",
    "FinishReason",
    "Generation",
    "Generator",
    "Infill",
    "Message",
    "Mode",
    "ModelCard",
    "ModelLicense",
    "Parameters",
    "Piece",
    "Prompt",
]


class Mode(enum.StrEnum):
    """The kinds of prompt."""

    COMPLETION = "completion"
    INFILL = "infill"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Completion:
    """Text to continue."""

    text: str


@dataclass(frozen=True, slots=True)
class Infill:
    """Text on both sides of a gap to fill."""

    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str  # "system", "user" or "assistant"
    content: str


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation for the assistant to continue; the last message is the user's."""

    messages: tuple[Message, ...]


Prompt = Completion | Infill | Chat

_BOUNDS = {
    "max_tokens": (1, 1 << 20),
    "temperature": (0.0, 2.0),
    "top_p": (1e-6, 1.0),
    "top_k": (1, 1 << 20),
    "n": (1, 8),
    "frequency_penalty": (-2.0, 2.0),
    "presence_penalty": (-2.0, 2.0),
    "seed": (-(1 << 63), (1 << 63) - 1),
}
_MOST_STOPS = 16  # OpenAI allows 4; editors send more


@dataclass(frozen=True, slots=True)
class Parameters:
    """How to sample, named as the OpenAI API names them.

    Raises:
        PromptError: a value is out of its range.
    """

    max_tokens: int = 256  # new tokens per choice
    temperature: float = 0.2  # 0: greedy
    top_p: float = 1.0  # 0 < top_p <= 1
    top_k: int | None = None  # None: all tokens
    stop: tuple[str, ...] = ()  # texts that end a choice; they are not part of it
    seed: int | None = None  # the same seed gives the same text, on one device and version
    n: int = 1  # choices
    frequency_penalty: float = 0.0  # -2..2
    presence_penalty: float = 0.0  # -2..2

    def __post_init__(self) -> None:
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise PromptError(f"{name} is {value}, it must be between {low:g} and {high:g}")
        if len(self.stop) > _MOST_STOPS:
            raise PromptError(f"stop has {len(self.stop)} texts, the limit is {_MOST_STOPS}")
        if "" in self.stop:
            raise PromptError("stop has an empty text, which would end every answer at once")


class FinishReason(enum.StrEnum):
    """Why a choice ended."""

    STOP = "stop"  # the model ended it, or wrote a stop text
    LENGTH = "length"  # max_tokens or the context's end was reached
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Piece:
    """The next part of one choice. A choice's last piece has the reason for its end."""

    text: str
    tokens: int  # new tokens whose text it holds
    choice: int = 0
    finish_reason: FinishReason | None = None


class Generation(AbstractContextManager["Generation"]):
    """A generation under way: an iterator of Pieces, and a context manager that cancels it.

    Iterating raises a GenerationError when it fails; earlier pieces stay valid.
    """

    prompt_tokens: int | None  # tokens of the prompt as the model saw it; None: unknown (yet)
    notes: tuple[str, ...]  # what the user should know: "the first 900 tokens were left out ..."

    @abc.abstractmethod
    def __next__(self) -> Piece:
        """The next piece; waits for it."""

    @abc.abstractmethod
    def cancel(self) -> None:
        """Stop soon (within one token). May be called from any thread, and more than once."""

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __exit__(self, *_error: object) -> None:
        self.cancel()


@dataclass(frozen=True, slots=True)
class ModelLicense:
    """What a model's licence requires of its users."""

    name: str  # "bigcode-openrail-m", "apache-2.0", ... as the model's card says it; "" unknown
    url: str | None  # where its text is
    restrictions: tuple[str, ...] = ()  # its use restrictions, a sentence each; empty: none
    accepted: str | None = None  # ISO 8601 time at which they were accepted here

    @property
    def needs_acceptance(self) -> bool:
        """Whether it has use restrictions that were not accepted yet."""
        return bool(self.restrictions) and self.accepted is None

    def is_called(self, name: str) -> bool:
        """Whether `name` is the licence's name; case is ignored."""
        return bool(self.name) and name.strip().casefold() == self.name.casefold()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A description of a model, for pages and logs."""

    id: str  # its name in requests
    engine: str  # "local", "remote", "demo"
    modes: frozenset[Mode]
    context_tokens: int | None  # prompt and answer together; None: unknown
    license: ModelLicense
    description: str = ""  # one sentence: size, device, where it is from
    examples: tuple[Prompt, ...] = ()  # prompts worth trying

    def check_license(self) -> None:
        """Check that the licence was accepted, if that is needed.

        Raises:
            LicenseNotAcceptedError: it was not.
        """
        terms = self.license
        if terms.needs_acceptance:
            raise LicenseNotAcceptedError(
                f"{self.id} is under {terms.name or 'a licence'} with use restrictions that were "
                f"not accepted here; read {terms.url or 'its model card'} and accept them"
            )


class Generator(AbstractContextManager["Generator"]):
    """A model that generates. Safe to share between threads; a context manager that closes it."""

    card: ModelCard

    @abc.abstractmethod
    def generate(self, prompt: Prompt, parameters: Parameters) -> Generation:
        """Begin a generation.

        Raises:
            PromptError: the prompt is invalid; UnsupportedPromptError: the model does not support
                its kind.
            OverloadedError: too many requests wait already.
            GenerationError: the engine failed.
        """

    def accept(self, terms: ModelLicense) -> None:
        """Put the accepted licence on the card; restricted models generate only after that."""
        self.card = replace(self.card, license=terms)

    @abc.abstractmethod
    def close(self) -> None:
        """Cancel all generations, and free memory and connections."""

    def __exit__(self, *_error: object) -> None:
        self.close()
