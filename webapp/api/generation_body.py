"""The request fields that completions and chat share; names and meanings are OpenAI's.

Unsupported fields that would change the text are an error; those that would not are ignored;
unknown fields are named in the response's notes. null means the default.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from attribution.lexing.languages import canonical_language
from inference.interface import Parameters

__all__ = ["GenerationBody", "StreamOptions", "only", "unsupported"]

_MOST_NAMED = 10  # unknown fields named in the notes
# Fields of OpenAI's that do not affect the text.
_HARMLESS = {
    "metadata", "parallel_tool_calls", "prompt_cache_key", "safety_identifier", "service_tier",
    "store", "user",
}  # fmt: skip

Stop = Annotated[str, Field(min_length=1)]


def unsupported(message: str) -> PydanticCustomError:
    """The error for a field that is not supported; `message` must not quote the value's text."""
    return PydanticCustomError("unsupported", "{message}", {"message": message})


def only(*allowed: object) -> AfterValidator:
    """Allow only these values of an unsupported field, which do not change the text."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if not any(type(value) is type(usual) and value == usual for usual in allowed):
            raise unsupported(f"{info.field_name} is not supported: leave it out")
        return value

    return AfterValidator(check)


class StreamOptions(BaseModel):
    """Options of a streamed response."""

    model_config = ConfigDict(strict=True)

    include_usage: bool | None = Field(
        None,
        description="Send the usage in a last chunk without choices, and the attribution with it.",
    )


class GenerationBody(BaseModel):
    """The fields that both kinds share."""

    model_config = ConfigDict(strict=True, extra="allow")

    model: str | None = Field(None, description="A model's id; default: the first.")
    max_tokens: int | None = Field(None, ge=1, le=1 << 20, description="Default: 256.")
    temperature: float | None = Field(None, ge=0, le=2, description="0 is greedy; default: 0.2.")
    top_p: float | None = Field(None, ge=1e-6, le=1)
    top_k: int | None = Field(None, ge=1, le=1 << 20)
    stop: Stop | Annotated[list[Stop], Field(max_length=16)] | None = None
    seed: int | None = Field(None, ge=-(1 << 63), le=(1 << 63) - 1)
    n: int | None = Field(None, ge=1, le=8, description="Number of choices; default: 1.")
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    logit_bias: Annotated[dict[str, Any] | None, only(None, {})] = Field(
        None, description="Not supported.", json_schema_extra={"maxProperties": 0}
    )
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    attribution: Literal["final", "live", "off"] | None = Field(
        None,
        description="Whence's own: attribute the text at its end (final, the default), also while "
        "it is written (live, needs stream), or not at all (off).",
    )
    language: str | None = Field(None, description="Whence's own: language of the text.")

    @property
    def with_usage(self) -> bool:
        """Whether a stream reports the usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def canonical_language(self) -> str | None:
        """The language by its canonical name; None: unknown."""
        return canonical_language(self.language) if self.language else None

    def parameters(self) -> Parameters:
        """How to sample.

        Raises:
            PromptError: a value is out of its range.
        """
        values: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("temperature", "top_p", "top_k", "seed", "n", "frequency_penalty",
                         "presence_penalty")
        } | {"max_tokens": self.token_limit()}  # fmt: skip
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return Parameters(
            stop=stop, **{name: value for name, value in values.items() if value is not None}
        )

    def token_limit(self) -> int | None:
        """Maximum of new tokens per choice; None: the default."""
        return self.max_tokens

    def notes(self) -> tuple[str, ...]:
        """What in the request had no effect, a sentence each."""
        notes = []
        unknown = sorted(set(self.model_extra or {}) - _HARMLESS)
        for name in unknown[:_MOST_NAMED]:
            notes.append(f"The field {name[:40]!r} is unknown and had no effect.")
        if len(unknown) > _MOST_NAMED:
            notes.append(f"{len(unknown) - _MOST_NAMED} more fields are unknown and had no effect.")
        if self.language and self.canonical_language is None:
            notes.append(f"The language {self.language[:40]!r} is unknown: usual ones were tried.")
        if self.attribution == "live" and not self.stream:
            notes.append("Attribution 'live' needs 'stream': the text was attributed at its end.")
        return tuple(notes)
