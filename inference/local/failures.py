"""Errors of loading a model, with a remedy for each.

transformers, its hub client, safetensors and torch raise errors of many classes and chain them, so
the whole chain is searched. Classes are compared by name: their packages may not be installed.
"""

from __future__ import annotations

from inference.errors import ModelError

__all__ = ["first_line", "model_error"]

# Signs in the class names and messages of the chain, in lower case, and the remedy. The first sign
# that is found counts, so specific ones come first.
_REMEDIES = (
    (
        ("trust_remote_code",),
        "it includes Python code: read that, then allow it with trust_remote_code",
    ),
    (
        ("no space left",),
        "the disk is full: free some space, or set HF_HOME to another disk",
    ),
    (
        ("out of memory", "outofmemory", "not enough memory", "can't allocate", "memoryerror"),
        "it does not fit into memory: load it in 8 or 4 bits, spread it with a device map, or use "
        "a smaller one",
    ),
    (
        ("gatedrepo", "gated repo", "403"),
        "access needs an agreement: accept it on the model's page on the hub, then run "
        "`hf auth login` or set HF_TOKEN",
    ),
    (
        ("revisionnotfound", "not a valid git identifier"),
        "there is no such revision: give a branch, tag or commit of its repository",
    ),
    (
        ("offline", "couldn't connect", "connection", "localentrynotfound", "connecterror",
         "timeout", "name resolution", "outgoing traffic"),
        "it is not cached, and the hub cannot be reached: check the network, or give a folder",
    ),
    (
        ("repositorynotfound", "not a local folder", "not a valid model identifier", "404",
         "hfvalidation", "repo id"),
        "there is no such folder and no such model on the hub: check the name; for a private model "
        "run `hf auth login` or set HF_TOKEN",
    ),
    (
        ("no file named", "does not appear to have", "entrynotfound"),
        "it is not a complete transformers model, with config.json and weights (*.safetensors)",
    ),
    (
        ("safetensorerror", "headertoo", "unpickling", "ignore_mismatched_sizes", "size mismatch",
         "incomplete metadata", "deserializing", "jsondecode", "not a valid json", "zip archive"),
        "its files are damaged or incomplete: download them again",
    ),
    (
        ("model type", "does not recognize this architecture", "unrecognized"),
        "this version of transformers does not support its architecture: update transformers, or "
        "choose another model",
    ),
    (
        ("importerror", "modulenotfounderror", "requires the following packages"),
        "a package is missing: install the one that the message names",
    ),
    (
        ("cuda", "nvidia driver"),
        "the device cannot be used: check its driver, or choose the device cpu",
    ),
)  # fmt: skip


def model_error(path: str, exc: Exception) -> ModelError:
    """The ModelError for a foreign exception."""
    chain: list[BaseException] = []
    link: BaseException | None = exc
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    messages = " ".join(f"{type(link).__name__} {link}" for link in chain)
    # the model's name may contain a sign by chance
    messages = messages.replace(path, "").lower()
    for signs, remedy in _REMEDIES:
        if any(sign in messages for sign in signs):
            return ModelError(f"{path} cannot be loaded: {remedy} ({first_line(exc)})")
    return ModelError(f"{path} cannot be loaded: {first_line(exc)}")


def first_line(exc: Exception) -> str:
    """The class and the first line of an exception."""
    lines = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {lines[0][:200]}" if lines else type(exc).__name__
