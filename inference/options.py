"""How a model that runs here is loaded and shared. Importing this costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inference.errors import PromptError

__all__ = ["LocalOptions"]


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """What may be chosen about a local model; the defaults suit the machine that is found.

    Raises:
        PromptError: a value is out of its range; names both.
    """

    device: str | None = None  # "cuda", "cuda:1", "cpu", "mps"; None: CUDA if there is, else CPU
    dtype: str | None = None  # "bfloat16", "float16", "float32"; None: bfloat16 on CUDA, else 32
    device_map: str | None = None  # "auto" spreads a model over several devices (accelerate)
    quantization: Literal[4, 8] | None = None  # bits per weight (bitsandbytes, CUDA)
    compile: bool = False  # torch.compile of the step: a slow start, then less time per token
    cache: Literal["dynamic", "static"] | None = None  # None: static on CUDA, dynamic elsewhere
    threads: int | None = None  # CPU threads of a step; None: by the model's size and the cores
    context_tokens: int | None = None  # prompt and answer together; None: what the model says
    revision: str | None = None  # branch, tag or commit on the hub
    trust_remote_code: bool = False  # run Python that comes with the model: only if you read it
    offline: bool = False  # use what is on disk and ask no hub
    max_active: int = 4  # requests that are worked on in turns
    max_waiting: int = 16  # requests that wait for their turn; one more is refused

    def __post_init__(self) -> None:
        for name, least in (("max_active", 1), ("max_waiting", 0)):
            if getattr(self, name) < least:
                raise PromptError(f"{name} is {getattr(self, name)}, it must be {least} or more")
        for name, least in (("threads", 1), ("context_tokens", 16)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise PromptError(f"{name} is {value}, it must be {least} or more")
        if self.quantization not in (None, 4, 8):
            raise PromptError(f"quantization is {self.quantization}, it must be 4 or 8 bits")
