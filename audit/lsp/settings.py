"""`Settings`: what an editor may set for a workspace, under the name "whence".

Which index is asked is no such setting: it is on the command line, where the user chose it. The
settings of a workspace may come with a repository of strangers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from attribution.errors import InputError
from audit.types import Severity

__all__ = ["Settings", "read_settings"]

_KEYS = ("policy", "delay", "severity")
_LONGEST = 60_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Settings:
    """How open documents are checked and shown."""

    policy: Path | None = None  # file; None: the one that holds where the document lies
    delay: float = 0.3  # seconds after the last change
    severity: Severity = Severity.NOTE  # the least that is shown


def read_settings(given: object, known: Settings) -> Settings:
    """The settings of a client.

    Args:
        given: what it sent; None, or anything but an object, sets nothing.
        known: what holds for what is not given.

    Raises:
        InputError: a value cannot be meant; names the key and what it may be.
    """
    if not isinstance(given, Mapping):
        return known
    for key in given:
        if key not in _KEYS:
            raise InputError(f"whence.{key} is no setting; there are {', '.join(_KEYS)}")
    policy, delay, severity = (given.get(key) for key in _KEYS)
    if policy is not None:
        if not isinstance(policy, str):
            raise InputError(f"whence.policy is {policy!r}; give the path of a policy file")
        known = replace(known, policy=Path(policy).expanduser() if policy else None)
    if delay is not None:
        if isinstance(delay, bool) or not isinstance(delay, int | float):
            raise InputError(f"whence.delay is {delay!r}; give a number of milliseconds")
        if not 0 <= delay <= _LONGEST:
            raise InputError(f"whence.delay is {delay}; give milliseconds from 0 to {_LONGEST}")
        known = replace(known, delay=delay / 1000)
    if severity is not None:
        words = [one.word for one in Severity if one]
        if severity not in words:
            raise InputError(f"whence.severity is {severity!r}; give {', '.join(words)}")
        known = replace(known, severity=Severity[str(severity).upper()])
    return known
