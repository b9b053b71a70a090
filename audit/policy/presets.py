"""The presets: ready-made policies, which also supply the values that a policy file does not set.

They are the TOML files in this folder, with the keys of a policy file. Each is on top of
`permissive.toml`, which has them all.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from types import MappingProxyType
from typing import Any

__all__ = ["DEFAULT_PRESET", "PRESETS"]

DEFAULT_PRESET = "permissive"


def _values(name: str) -> dict[str, Any]:
    """Key, such as "match.tokens" -> value."""
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text).items()
    return {f"{table}.{key}": value for table, keys in tables for key, value in keys.items()}


_PERMISSIVE = _values(DEFAULT_PRESET)

# Key -> value, for each key except `policy.preset`.
PRESETS = MappingProxyType(
    {
        DEFAULT_PRESET: _PERMISSIVE,
        "strict": _PERMISSIVE | _values("strict"),
        "report-only": _PERMISSIVE | _values("report-only"),
    }
)
