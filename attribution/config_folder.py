"""The user's configuration folder."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["config_folder"]


def config_folder() -> Path:
    """$WHENCE_CONFIG_HOME, else `whence` in $XDG_CONFIG_HOME or ~/.config; it may not exist."""
    if own := os.environ.get("WHENCE_CONFIG_HOME"):
        return Path(own)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "whence"
