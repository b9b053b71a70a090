"""Loading models, and every way in which that fails."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from inference.errors import ModelError
from inference.interface import Completion, Mode, Parameters
from inference.local import LocalGenerator, LocalOptions
from tests.support.small_models import LICENSE, make_model, make_tokenizer

ROOT = Path(__file__).parents[2]
OFFLINE = LocalOptions(offline=True, device="cpu")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    make_model().save_pretrained(folder)
    make_tokenizer("{{ messages[0].content }}").save_pretrained(folder)
    return folder


@pytest.fixture
def copied(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def load(path: Path | str, options: LocalOptions = OFFLINE) -> LocalGenerator:
    return LocalGenerator.load(path, options, LICENSE)


def text(generator: LocalGenerator) -> str:
    asked = Parameters(max_tokens=20, temperature=0)
    return "".join(piece.text for piece in generator.generate(Completion("def total"), asked))


def test_a_folder(saved: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with load(saved) as generator:
        assert generator.card.id == saved.name
        assert generator.card.engine == "local"
        assert generator.card.modes == set(Mode)
        assert generator.card.license == LICENSE
        assert generator.card.description == "GPTBigCode with 0.0 million weights, float32, on cpu."
        assert text(generator)
    assert capfd.readouterr() == ("", "")


def test_the_card_has_the_given_description(saved: Path) -> None:
    with LocalGenerator.load(
        saved,
        OFFLINE,
        LICENSE,
        model_id="m",
        engine="demo",
        about="A sentence.",
        examples=[Completion("def")],
    ) as generator:
        card = generator.card
        assert (card.id, card.engine, card.description) == ("m", "demo", "A sentence.")
        assert card.examples == (Completion("def"),)


def test_sixteen_bits_and_a_shorter_context(saved: Path) -> None:
    with load(saved, LocalOptions(dtype="bfloat16", context_tokens=64, device="cpu")) as generator:
        assert "bfloat16" in generator.card.description
        assert generator.card.context_tokens == 64
        assert text(generator)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        load(tmp_path / "nothing")


def test_a_hub_model_that_is_not_in_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="it is not cached, and the hub cannot be reached"):
        load("example/no-such-model")


def test_an_invalid_name() -> None:
    with pytest.raises(ModelError, match="no such folder and no such model on the hub"):
        load("a b/c/d e")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a transformers model: the folder has no config"):
        load(tmp_path)


def test_a_model_without_tokenizer(copied: Path) -> None:
    for path in copied.glob("*token*"):
        path.unlink()
    with pytest.raises(ModelError, match=r"tokenizer of .* cannot be loaded .*save_pretrained"):
        load(copied)


def test_a_model_without_weights(copied: Path) -> None:
    (copied / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="it is not a complete transformers model"):
        load(copied)


@pytest.mark.parametrize("left", [0, 5, 1000])
def test_damaged_weights(copied: Path, left: int) -> None:
    weights = copied / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:left])
    with pytest.raises(ModelError, match="damaged or incomplete"):
        load(copied)


def test_some_weights_are_missing(copied: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(copied / "model.safetensors")
    lost = next(name for name in tensors if "h.1.mlp.c_fc.weight" in name)
    del tensors[lost]
    save_file(tensors, copied / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 1 of the model's weights \(.*c_fc"):
        load(copied)


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_weights_of_another_size(copied: Path) -> None:
    change(copied / "config.json", n_embd=64)
    with pytest.raises(ModelError, match="damaged or incomplete"):
        load(copied)


def test_a_config_that_is_not_json(copied: Path) -> None:
    (copied / "config.json").write_text("{")
    with pytest.raises(ModelError, match="damaged or incomplete"):
        load(copied)


def test_an_unknown_architecture(copied: Path) -> None:
    change(copied / "config.json", model_type="from-tomorrow", architectures=["Tomorrow"])
    with pytest.raises(ModelError, match="does not support its architecture: update transformers"):
        load(copied)


def test_a_model_with_its_own_code(copied: Path) -> None:
    change(
        copied / "config.json",
        model_type="own",
        auto_map={"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.Own"},
    )
    (copied / "own.py").write_text("raise SystemExit('it ran')\n")
    with pytest.raises(ModelError, match="trust_remote_code"):
        load(copied)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (LocalOptions(device="tpu-of-mine"), "'tpu-of-mine' is not a device"),
        (LocalOptions(dtype="int3"), "dtype is 'int3', it must be one of bfloat16"),
    ],
)
def test_invalid_options(saved: Path, options: LocalOptions, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        load(saved, options)


def test_cuda_without_a_gpu(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="torch finds no GPU: use cpu"):
        load(saved, LocalOptions(device="cuda"))


def test_an_option_whose_package_is_missing(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="4-bit weights need the package bitsandbytes"):
        load(saved, LocalOptions(quantization=4))
    with pytest.raises(ModelError, match="a device map need the package accelerate"):
        load(saved, LocalOptions(device_map="auto"))


def hub_error(name: str, text: str) -> Exception:
    """An OSError of transformers, caused by an error of the hub's client."""
    error = OSError("We could not load it.")
    error.__cause__ = type(name, (Exception,), {})(text)
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (hub_error("GatedRepoError", "403 Client Error"), "hf auth login"),
        (hub_error("RepositoryNotFoundError", "401 Client Error"), "check the name"),
        (hub_error("RevisionNotFoundError", "404 Client Error"), "give a branch, tag or commit"),
        (hub_error("ConnectError", "no route"), "the hub cannot be reached"),
        (hub_error("LocalEntryNotFoundError", "outgoing traffic"), "the hub cannot be reached"),
        (OSError(28, "No space left on device"), "the disk is full"),
        (torch.OutOfMemoryError("CUDA out of memory"), "8 or 4 bits"),
        (MemoryError(), "does not fit into memory"),
        (
            ImportError("requires the following packages: tiktoken"),
            "install the one that the message",
        ),
        (ZeroDivisionError("who knows"), "ZeroDivisionError: who knows"),
    ],
)
def test_each_foreign_error_becomes_ours(
    saved: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", fails)
    with pytest.raises(ModelError, match=said) as caught:
        load(saved)
    assert caught.value.__cause__ is error


def test_a_model_name_is_not_read_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose name contains a sign of another error."""

    def fails(path: str, **_: Any) -> Any:
        raise OSError(f"{path} is not a local folder and is not a valid model identifier")

    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", fails)
    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", fails)
    with pytest.raises(ModelError, match="check the name"):
        load("me/my-cuda-offline-403-network")


def test_most_modules_do_not_import_torch() -> None:
    code = (
        "import sys, inference.options, inference.scheduler, inference.prompts, inference.job\n"
        "print(*{'torch', 'transformers', 'tokenizers', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == ""
