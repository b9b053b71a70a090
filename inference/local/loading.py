"""Loading a model and its tokenizer; every failure becomes a ModelError."""

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
from inference.local.failures import first_line, model_error
from inference.options import LocalOptions

__all__ = ["description", "load_model", "quiet"]

_DTYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name) for name in ("bfloat16", "float16", "float32")
}


def load_model(path: str, options: LocalOptions) -> tuple[Any, Any]:
    """A transformers model on its device, and its tokenizer.

    Raises:
        ModelError: one of them cannot be loaded.
    """
    folder = Path(path)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise ModelError(
            f"{path} is not a transformers model: the folder has no config.json; give a folder to "
            "which a model was saved (save_pretrained), or the name of a model on the hub"
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
    with quiet():
        tokenizer = _tokenizer(path, common)
        model = _model(path, common | arguments)
        if options.device_map is None and options.quantization is None:
            with _translated(path):
                model = model.to(device)
    return model, tokenizer


def description(model: Any) -> str:
    """Size, type and device of a model, in one sentence."""
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
                f"the tokenizer of {path} cannot be loaded ({first_line(exc)}): save one into the "
                "model's folder (tokenizer.save_pretrained)"
            ) from exc
        raise model_error(path, exc) from exc


def _has_config(path: str, common: dict[str, Any]) -> bool:
    """Whether the model's config can be loaded, so that only the tokenizer is at fault."""
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
            # a few architectures do not support sdpa
            if "scaled_dot_product_attention" not in str(exc):
                raise
            arguments = arguments | {"attn_implementation": "eager"}
            loaded = AutoModelForCausalLM.from_pretrained(path, **arguments)
    model, report = loaded
    missing = sorted(report["missing_keys"])
    if missing:
        # transformers only warns, and fills them with random numbers
        raise ModelError(
            f"{path} lacks {len(missing)} of the model's weights ({missing[0]}, ...): its files "
            "are incomplete or of another architecture; download them again"
        )
    return model


def _device(options: LocalOptions) -> torch.device:
    if options.device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(options.device)
    except RuntimeError as exc:
        raise ModelError(f"{options.device!r} is not a device: use cuda, cuda:1 or cpu") from exc
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ModelError("the device is cuda, but torch finds no GPU: use cpu")
    return device


def _dtype(options: LocalOptions, device: torch.device) -> torch.dtype:
    if options.dtype is None:
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    if options.dtype not in _DTYPES:
        raise ModelError(f"the dtype is {options.dtype!r}, it must be one of {', '.join(_DTYPES)}")
    return _DTYPES[options.dtype]


def _placement(options: LocalOptions, device: torch.device) -> dict[str, Any]:
    """Arguments for the devices of the weights, and their number of bits."""
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
    """Translate every exception into a ModelError.

    A model's files are foreign data, and with trust_remote_code a foreign program, so any exception
    is possible.
    """
    try:
        yield
    except ModelError:
        raise
    except Exception as exc:
        raise model_error(path, exc) from exc


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide transformers' progress bars and warnings; the serious ones are errors here."""
    log: Any = transformers.logging
    level, shown = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity(logging.ERROR)
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if shown:
            log.enable_progress_bar()
