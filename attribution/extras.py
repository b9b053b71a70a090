"""Packages that only some commands need: the extras of pyproject.toml."""

from __future__ import annotations

import re
import shlex
import sys
from importlib import metadata

__all__ = ["how_to_install", "missing_package", "packages_of"]

_EXTRA = re.compile(r"""\bextra\s*==\s*["']([\w-]+)["']""")


def how_to_install(extra: str) -> str:
    """A command that installs the packages of an extra, wherever Whence was installed from.

    `pip install 'whence[EXTRA]'` needs the folder of the source, or would look for a package of
    that name on the package index.
    """
    return shlex.join([sys.executable, "-m", "pip", "install", *packages_of(extra)])


def packages_of(extra: str) -> list[str]:
    """The requirements of an extra: "flask>=3"."""
    return [package for package, of in _optional() if of == extra]


def missing_package(module: str) -> str | None:
    """What to do when a module of an extra cannot be imported; None if it is of none.

    Args:
        module: as `ModuleNotFoundError.name` has it.
    """
    top = module.partition(".")[0].lower()
    for package, extra in _optional():
        name = re.split(r"[\s<>=!~;\[]", package)[0]
        if extra != "dev" and re.sub(r"[-.]", "_", name).lower() == top:
            return (
                f"this needs the package {name}, which is not installed; install it, and those "
                f"that belong to it, with:\n  {how_to_install(extra)}"
            )
    return None


def _optional() -> list[tuple[str, str]]:
    """Requirements of extras, each with the name of its extra."""
    found = []
    for requirement in metadata.requires("whence") or ():
        package, _, marker = requirement.partition(";")
        if extra := _EXTRA.search(marker):
            found.append((package.strip().replace(" ", ""), extra[1]))
    return found
