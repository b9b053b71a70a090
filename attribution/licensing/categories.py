"""ScanCode's licence index, which comes with `license-expression`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

__all__ = ["index_entries", "license_categories"]


@lru_cache(maxsize=1)
def license_categories() -> Mapping[str, str]:
    """What ScanCode's licence index calls each of its ids, e.g. "Permissive", "Copyleft Limited".

    The ids are SPDX's (of licences and exceptions, deprecated ones and aliases too) and ScanCode's
    LicenseRefs. The index is that of `license-expression`; to read it takes about 10 ms.
    """
    categories: dict[str, str] = {}
    for entry in index_entries():
        for key in (entry["spdx_license_key"], *entry["other_spdx_license_keys"]):
            if key:
                categories.setdefault(key, entry["category"])
    return categories


def index_entries() -> list[Any]:
    """ScanCode's licence index, what holds today first."""
    data = resources.files("license_expression") / "data" / "scancode-licensedb-index.json"
    entries: list[Any] = json.loads(data.read_bytes())
    entries.sort(key=lambda entry: bool(entry["is_deprecated"]))
    return entries
