"""Libraries of the extra `evaluate`, which are imported when they are used."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from attribution.errors import InputError
from attribution.extras import how_to_install

__all__ = ["optional"]


@cache
def optional(module: str, package: str) -> Any:
    """Import a module of a package.

    Raises:
        InputError: the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"`whence evaluate` needs the package {package}; install it with "
            f"`{how_to_install('evaluate')}`"
        ) from error
