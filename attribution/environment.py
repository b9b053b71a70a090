"""Settings from environment variables, for engines that reach another machine.

Any name followed by `_FILE` gives the path of a file with the value, as for container secrets.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from attribution.errors import InputError

__all__ = ["is_loopback", "number_setting", "text_setting"]


def text_setting(environment: Mapping[str, str], name: str) -> str | None:
    """The value of a variable, or of the file that `NAME_FILE` names; None if neither is set.

    Raises:
        InputError: the file cannot be read.
    """
    value = environment.get(name)
    if value:
        return value
    path = environment.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(
            f"{name}_FILE names {path}, which cannot be read ({type(exc).__name__}); "
            "give a file with the value in it"
        ) from exc


def number_setting(
    environment: Mapping[str, str], name: str, default: float, least: float
) -> float:
    """A variable as a number of `least` or more.

    Raises:
        InputError: it is not such a number.
    """
    value = text_setting(environment, name)
    if value is None:
        return default
    try:
        number = float(value)
    except ValueError:
        number = least - 1
    if not least <= number < 1e6:
        raise InputError(f"{name} is {value!r}; give a number of {least:g} or more")
    return number


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine alone."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
