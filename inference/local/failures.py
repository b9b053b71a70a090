"""What went wrong when a model was loaded, in words that say what to do about it.

transformers, its hub client, safetensors and torch raise errors of many classes and wrap them in
one another, so the whole chain is read. Classes are known by their names: the packages that they
live in may not be installed.
"""

from __future__ import annotations

from inference.errors import ModelError

__all__ = ["model_error", "said"]

# Signs in the names and texts of an error's chain, in lower case, and the remedy. The first that
# is found counts: the more telling ones stand first.
_REMEDIES = (
    (
        ("trust_remote_code",),
        "it brings Python code of its own: read that, then allow it with trust_remote_code",
    ),
    (
        ("no space left",),
        "the disk is full: make room, or set HF_HOME to another one",
    ),
    (
        ("out of memory", "outofmemory", "not enough memory", "can't allocate", "memoryerror"),
        "it does not fit into memory: load it in 8 or 4 bits, spread it with a device map, or use "
        "a smaller one",
    ),
    (
        ("gatedrepo", "gated repo", "403"),
        "its authors ask for an agreement: agree on its page on the hub, then run `hf auth login` "
        "or set HF_TOKEN",
    ),
    (
        ("revisionnotfound", "not a valid git identifier"),
        "no such revision: name a branch, tag or commit of its repository",
    ),
    (
        ("offline", "couldn't connect", "connection", "localentrynotfound", "connecterror",
         "timeout", "name resolution", "outgoing traffic"),
        "the hub cannot be reached and it is not in the cache: check the network, or give a folder",
    ),
    (
        ("repositorynotfound", "not a local folder", "not a valid model identifier", "404",
         "hfvalidation", "repo id"),
        "there is no such folder, nor such a model on the hub: check the name; for a private one "
        "run `hf auth login` or set HF_TOKEN",
    ),
    (
        ("no file named", "does not appear to have", "entrynotfound"),
        "it is no complete transformers model: that has config.json and weights (*.safetensors)",
    ),
    (
        ("safetensorerror", "headertoo", "unpickling", "ignore_mismatched_sizes", "size mismatch",
         "incomplete metadata", "deserializing", "jsondecode", "not a valid json", "zip archive"),
        "its files are damaged or incomplete: fetch them again",
    ),
    (
        ("model type", "does not recognize this architecture", "unrecognized"),
        "this version of transformers knows no causal model of its kind: update transformers, or "
        "choose another model",
    ),
    (
        ("importerror", "modulenotfounderror", "requires the following packages"),
        "a package that it needs is missing: install what the message names",
    ),
    (
        ("cuda", "nvidia driver"),
        "the device cannot be used: check its driver, or choose the device cpu",
    ),
)  # fmt: skip


def model_error(path: str, exc: Exception) -> ModelError:
    """The error that is raised instead, from the chain of a foreign one."""
    chain: list[BaseException] = []
    link: BaseException | None = exc
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    told = " ".join(f"{type(link).__name__} {link}" for link in chain)
    # A model may be named after anything: its name is no sign.
    told = told.replace(path, "").lower()
    for signs, remedy in _REMEDIES:
        if any(sign in told for sign in signs):
            return ModelError(f"{path} cannot be loaded: {remedy} ({said(exc)})")
    return ModelError(f"{path} cannot be loaded: {said(exc)}")


def said(exc: Exception) -> str:
    """The first line of an error, with its class."""
    lines = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {lines[0][:200]}" if lines else type(exc).__name__
