"""Where the results of earlier audits are. Imports nothing that takes time."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

from attribution.locations import Locations, listed

__all__ = ["cache_file", "cache_folder"]


def cache_folder() -> Path:
    """The folder of caches: $WHENCE_CACHE, or the user's cache folder."""
    named = os.environ.get("WHENCE_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "whence"


def cache_file(folder: Path, location: Locations) -> Path:
    """The cache for the indexes at locations, which are folders or URLs."""
    where = "\n".join(one if "://" in one else str(Path(one).resolve()) for one in listed(location))
    return folder / f"audit-{blake2b(where.encode(), digest_size=8).hexdigest()}.sqlite"
