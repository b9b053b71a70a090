"""Loading a model and its tokenizer; each way in which that fails becomes a ModelError."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from inference.errors import ModelError
from inference.local.failures import model_error, said
from inference.options import LocalOptions

__all__ = ["description", "load_model"]

_DTYPES = {
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "float32": torch.float32,
}


def load_model(path: str, options: LocalOptions) -> tuple[Any, Any]:
    """A transformers model on its device, and its tokenizer.

    Raises:
        ModelError: one of them cannot be had.
    """
    folder = Path(path)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise ModelError(
            f"{path} holds no transformers model: there is no config.json in the folder; give the "
            "folder that a model was saved to (save_pretrained), or the name of one on the hub"
        )
    device = _device(options)
    common: dict[str, Any] = {
        "revision": options.revision,
        "trust_remote_code": options.trust_remote_code,
        "local_files_only": options.offline,
    }
    arguments: dict[str, Any] = {
        "dtype": _dtype(options, device),
        "attn_implementation": "sdpa",
        "output_loading_info": True,
        **_placement(options, device),
    }
    with _quiet():
        tokenizer = _tokenizer(path, common)
        model = _model(path, common | arguments)
        if options.device_map is None and options.quantization is None:
            with _translated(path):
                model = model.to(device)
    return model, tokenizer


def description(model: Any) -> str:
    """Size, kind and place of a model, in one sentence."""
    weights = sum(weight.numel() for weight in model.parameters())
    size = f"{weights / 1e9:.1f} billion" if weights >= 1e9 else f"{weights / 1e6:.1f} million"
    kind = type(model).__name__.removesuffix("ForCausalLM").removesuffix("LMHeadModel")
    numbers = str(model.dtype).removeprefix("torch.")
    return f"{kind} with {size} weights, {numbers}, on {model.device.type}."


def _tokenizer(path: str, common: dict[str, Any]) -> Any:
    try:
        return AutoTokenizer.from_pretrained(path, **common)
    except Exception as exc:
        if _has_config(path, common):
            raise ModelError(
                f"{path} has no tokenizer that can be loaded ({said(exc)}): save it beside the "
                "model (tokenizer.save_pretrained)"
            ) from exc
        raise model_error(path, exc) from exc


def _has_config(path: str, common: dict[str, Any]) -> bool:
    """Whether there is a model of a known kind, so that only its tokenizer is at fault."""
    try:
        transformers.AutoConfig.from_pretrained(path, **common)
    except Exception:
        return False
    return True


def _model(path: str, arguments: dict[str, Any]) -> Any:
    with _translated(path):
        try:
            loaded: Any = AutoModelForCausalLM.from_pretrained(path, **arguments)
        except ValueError as exc:
            # A few architectures know no sdpa.
            if "scaled_dot_product_attention" not in str(exc):
                raise
            arguments = arguments | {"attn_implementation": "eager"}
            loaded = AutoModelForCausalLM.from_pretrained(path, **arguments)
    model, report = loaded
    missing = sorted(report["missing_keys"])
    if missing:
        # transformers would fill them with random numbers and warn: such a model writes noise.
        raise ModelError(
            f"{path} lacks {len(missing)} of the model's weights ({missing[0]}, ...): its files "
            "are incomplete or of another architecture; fetch them again"
        )
    return model


def _device(options: LocalOptions) -> torch.device:
    if options.device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(options.device)
    except RuntimeError as exc:
        raise ModelError(f"no device is named {options.device!r}: use cuda, cuda:1, cpu") from exc
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ModelError("the device cuda was asked for, but torch finds no GPU: use cpu")
    return device


def _dtype(options: LocalOptions, device: torch.device) -> torch.dtype:
    if options.dtype is None:
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    if options.dtype not in _DTYPES:
        raise ModelError(f"the dtype is {options.dtype!r}, it must be one of {', '.join(_DTYPES)}")
    return _DTYPES[options.dtype]


def _placement(options: LocalOptions, device: torch.device) -> dict[str, Any]:
    """Arguments that say where the weights go, and with how many bits."""
    if options.device_map is not None:
        _need("accelerate", "a device map")
    if options.quantization is None:
        return {} if options.device_map is None else {"device_map": options.device_map}
    _need("bitsandbytes", f"{options.quantization}-bit weights")
    bits: dict[str, Any] = {f"load_in_{options.quantization}bit": True}
    if options.quantization == 4:
        bits |= {"bnb_4bit_compute_dtype": _dtype(options, device)}
    config: Any = transformers.BitsAndBytesConfig
    return {
        "quantization_config": config(**bits),
        "device_map": options.device_map or {"": str(device)},
    }


def _need(package: str, what: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise ModelError(f"{what} need the package {package}: pip install {package}")


@contextlib.contextmanager
def _translated(path: str) -> Iterator[None]:
    """Whatever goes wrong inside is a ModelError.

    All exceptions are meant: a model's files are foreign data, and with trust_remote_code a foreign
    program, so anything may be raised.
    """
    try:
        yield
    except ModelError:
        raise
    except Exception as exc:
        raise model_error(path, exc) from exc


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' own bars and warnings; what matters of them is an error here."""
    talk: Any = transformers.logging
    level, shown = talk.get_verbosity(), talk.is_progress_bar_enabled()
    talk.set_verbosity(logging.ERROR)
    talk.disable_progress_bar()
    try:
        yield
    finally:
        talk.set_verbosity(level)
        if shown:
            talk.enable_progress_bar()
