"""Folders that are checkouts of git.

A `.git` file names the folder of the repository: that of a worktree or a submodule. In a tree of
others it could name any repository on the machine, and its contents would be indexed. So below the
folder that the user named, only repositories inside of it are read, or inside its own repository,
where git keeps those of submodules.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from indexer.sources.files import try_read

__all__ = ["is_checkout", "trusted_folders"]

_LONGEST = 1 << 13  # bytes of a `.git` file; a path has at most 4,096


def trusted_folders(named: Path) -> tuple[Path, ...]:
    """The folders in which a repository may lie, for the folder that the user named."""
    return (named, *_repository(named))


def is_checkout(folder: Path, trusted: Sequence[Path]) -> bool:
    """Whether a folder is a checkout whose repository lies in one of the trusted folders."""
    parts = _repository(folder)
    return bool(parts) and all(
        any(part.is_relative_to(allowed) for allowed in trusted) for part in parts
    )


def _repository(folder: Path) -> list[Path]:
    """The folder of a checkout's repository, and for a worktree that of the main one."""
    try:
        git = (folder / ".git").resolve()
        if not git.is_dir():
            named = _text(git).partition("gitdir:")[2].strip()
            git = (folder / named).resolve()
            if not named or not git.is_dir():
                return []
        common = _text(git / "commondir").strip()
        return [git, (git / common).resolve()] if common else [git]
    except (OSError, RuntimeError, ValueError):  # no permission, a loop of links, a NUL in a path
        return []


def _text(path: Path) -> str:
    return (try_read(str(path), _LONGEST) or b"").decode("utf-8", "replace")
