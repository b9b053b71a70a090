"""What OpenAI's generation routes may be sent: the fields that completions and chat share.

Fields that would change the answer and are not supported are refused; those that would not are
taken and ignored; unknown ones are named in the answer's notes. null means the default.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from attribution.lexing.languages import canonical_language
from inference.interface import Parameters

__all__ = ["GenerationBody", "StreamOptions", "refuse"]

_MOST_NAMED = 10  # unknown fields named in the notes
# Fields of OpenAI's that change nothing in the text.
_HARMLESS = frozenset(
    {
        "metadata",
        "parallel_tool_calls",
        "prompt_cache_key",
        "safety_identifier",
        "service_tier",
        "store",
        "user",
    }
)

Stop = Annotated[str, Field(min_length=1)]


def refuse(message: str) -> PydanticCustomError:
    """The error of a field that cannot be honoured; `message` must not quote the value's text."""
    return PydanticCustomError("unsupported", "{message}", {"message": message})


class StreamOptions(BaseModel):
    """Options of a streamed answer."""

    model_config = ConfigDict(strict=True)

    include_usage: bool | None = Field(None, description="Send the usage in the last chunk.")


class GenerationBody(BaseModel):
    """The fields that both kinds share; names and meanings are OpenAI's."""

    model_config = ConfigDict(strict=True, extra="allow")

    model: str | None = Field(None, description="A model's id; by default the first one.")
    max_tokens: int | None = Field(None, ge=1, le=1 << 20, description="By default 256.")
    temperature: float | None = Field(None, ge=0, le=2, description="0 is greedy; default 0.2.")
    top_p: float | None = Field(None, ge=1e-6, le=1)
    top_k: int | None = Field(None, ge=1, le=1 << 20)
    stop: Stop | Annotated[list[Stop], Field(max_length=16)] | None = None
    seed: int | None = Field(None, ge=-(1 << 63), le=(1 << 63) - 1)
    n: int | None = Field(None, ge=1, le=8, description="Choices; by default 1.")
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    logit_bias: dict[str, Any] | None = Field(
        None, description="Not supported.", json_schema_extra={"maxProperties": 0}
    )
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    attribution: Literal["final", "live", "off"] | None = Field(
        None,
        description="Ours: attribute the text at its end (final, the default), also while it is "
        "written (live, needs stream), or not at all (off).",
    )
    language: str | None = Field(None, description="Ours: the language of the text, if known.")

    @field_validator("logit_bias")
    @classmethod
    def _no_bias(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value:
            raise refuse("logit_bias is not supported: leave it out")
        return value

    @property
    def choices(self) -> int:
        """How many texts are asked for."""
        return self.n or 1

    @property
    def with_usage(self) -> bool:
        """Whether a stream is to tell the usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def canonical_language(self) -> str | None:
        """The language as the attribution knows it."""
        return canonical_language(self.language) if self.language else None

    def parameters(self) -> Parameters:
        """How to sample.

        Raises:
            PromptError: a value is out of its range.
        """
        given: dict[str, Any] = {
            "max_tokens": self.most_tokens(),
            "temperature": self.temperature,
            "top_p": self.top_p,
            "top_k": self.top_k,
            "seed": self.seed,
            "n": self.n,
            "frequency_penalty": self.frequency_penalty,
            "presence_penalty": self.presence_penalty,
        }
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return Parameters(
            stop=stop, **{name: value for name, value in given.items() if value is not None}
        )

    def most_tokens(self) -> int | None:
        """New tokens per choice at most; None: the default."""
        return self.max_tokens

    def notes(self) -> tuple[str, ...]:
        """What was asked for and had no effect, a sentence each."""
        said = []
        unknown = sorted(set(self.model_extra or {}) - _HARMLESS)
        for name in unknown[:_MOST_NAMED]:
            said.append(f"The field {name[:40]!r} is not known here and had no effect.")
        if len(unknown) > _MOST_NAMED:
            said.append(f"{len(unknown) - _MOST_NAMED} more fields had no effect either.")
        if self.language and self.canonical_language is None:
            said.append(f"The language {self.language[:40]!r} is not known: usual ones were tried.")
        if self.attribution == "live" and not self.stream:
            said.append("Attribution 'live' needs 'stream': the whole text was attributed at once.")
        return tuple(said)
