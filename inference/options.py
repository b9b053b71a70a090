"""Options of local models. Importing this does not import torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inference.errors import PromptError

__all__ = ["LocalOptions"]


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """How a local model is loaded and shared; the defaults depend on the machine.

    Raises:
        PromptError: a value is out of its range.
    """

    device: str | None = None  # "cuda", "cuda:1", "cpu", "mps"; None: CUDA if there is, else CPU
    dtype: str | None = None  # "bfloat16", "float16", "float32"; None: bfloat16 on CUDA, else 32
    device_map: str | None = None  # "auto" spreads a model over several devices (accelerate)
    quantization: Literal[4, 8] | None = None  # bits per weight (bitsandbytes, CUDA)
    compile: bool = False  # torch.compile of the step: a slow start, then less time per token
    cache: Literal["dynamic", "static"] | None = None  # None: static on CUDA, dynamic elsewhere
    threads: int | None = None  # CPU threads of a step; None: by the model's size and the cores
    context_tokens: int | None = None  # prompt and answer together; None: the model's own
    revision: str | None = None  # branch, tag or commit on the hub
    trust_remote_code: bool = False  # run Python code that comes with the model
    offline: bool = False  # use only files on disk, not the hub
    max_active: int = 4  # requests that are computed in turns
    max_waiting: int = 16  # requests in the queue behind them; more are refused

    def __post_init__(self) -> None:
        for name, least in (
            ("max_active", 1), ("max_waiting", 0), ("threads", 1), ("context_tokens", 16),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and value < least:
                raise PromptError(f"{name} is {value}, it must be {least} or more")
        if self.quantization not in (None, 4, 8):
            raise PromptError(f"quantization is {self.quantization}, it must be 4 or 8 bits")
