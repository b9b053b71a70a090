"""Attribution files of a tree: NOTICE and the like, in which sources are cited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["notices_of"]

_LARGEST = 16 << 20  # bytes


def notices_of(root: Path | None, patterns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Name and text of the files at the root that the patterns name, in order of their names."""
    if root is None or not root.is_dir():
        return ()
    paths = sorted({path for pattern in patterns for path in root.glob(pattern)})
    found = []
    for path in paths:
        try:
            if path.is_file() and path.stat().st_size <= _LARGEST:
                text = path.read_text(encoding="utf-8", errors="replace")
                found.append((path.relative_to(root).as_posix(), text))
        except OSError:  # what cannot be read attributes nothing: findings stay open
            continue
    return tuple(found)
