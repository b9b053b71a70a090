"""Installed packages of npm, Cargo and Go: folders that their tools made, with a manifest.

A project of one's own has a manifest too, so the place decides:

* npm: `node_modules/NAME/package.json`;
* Cargo: a `Cargo.toml` beside the file that `cargo vendor` or the registry's cache adds;
* Go: a `go.mod` in a folder NAME@VERSION, as in the module cache.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection
from pathlib import Path

from attribution.repository_names import module_repository
from indexer.sources.files import RepositoryInfo, try_read

__all__ = ["is_package", "read_package"]

_NODE_MODULES = "node_modules"
_CARGO_ADDS = (".cargo-checksum.json", ".cargo-ok")
_NAME = re.compile(r"@?\w[\w.~-]*(?:/\w[\w.~-]*)*", re.ASCII)
_VERSION = re.compile(r"v?\d[\w.+-]*", re.ASCII)
_MODULE = re.compile(r'^module\s+"?([^\s"]+)', re.MULTILINE)

_Stated = tuple[object, object]  # name and version


def is_package(folder: Path, names: Collection[str]) -> bool:
    """Whether a folder with files of these names is an installed package."""
    return _kind(folder, names) is not None


def read_package(folder: Path, names: Collection[str]) -> RepositoryInfo | None:
    """The name, version and package URL of an installed package; None for any other folder."""
    kind = _kind(folder, names)
    if kind is None:
        return None
    manifest, read = _KINDS[kind]
    text = (try_read(f"{folder}/{manifest}") or b"").decode("utf-8", "replace")
    try:
        name, version = read(text, folder)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if not (isinstance(name, str) and isinstance(version, str)):
        return None
    if not (_NAME.fullmatch(name) and _VERSION.fullmatch(version)):
        return None
    repository = module_repository(name) if kind == "golang" else name
    return RepositoryInfo(repository, version, f"pkg:{kind}/{name.replace('@', '%40')}")


def _kind(folder: Path, names: Collection[str]) -> str | None:
    """The type of a package in its package URL."""
    if "package.json" in names:
        above = folder.parent
        scoped = above.name.startswith("@")
        return "npm" if (above.parent if scoped else above).name == _NODE_MODULES else None
    if "Cargo.toml" in names:
        return "cargo" if any(name in names for name in _CARGO_ADDS) else None
    return "golang" if "go.mod" in names and "@v" in folder.name else None


def _npm(text: str, _: Path) -> _Stated:
    stated = json.loads(text)
    return stated["name"], stated["version"]


def _cargo(text: str, _: Path) -> _Stated:
    stated = tomllib.loads(text)["package"]
    return stated["name"], stated["version"]


def _go(text: str, folder: Path) -> _Stated:
    module = _MODULE.search(text)
    return module and module[1], folder.name.rpartition("@")[2]


_KINDS: dict[str, tuple[str, Callable[[str, Path], _Stated]]] = {
    "npm": ("package.json", _npm),
    "cargo": ("Cargo.toml", _cargo),
    "golang": ("go.mod", _go),
}
