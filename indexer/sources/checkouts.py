"""Folders that are checkouts of git.

A `.git` file names the folder of the repository: that of a worktree or a submodule. In a tree of
others it could name any repository on the machine, and its contents would be indexed. So below the
folder that the user named, only repositories inside of it are read, or inside its own repository,
where git keeps those of submodules.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attribution.git_files import git_folders

__all__ = ["is_checkout", "trusted_folders"]


def trusted_folders(named: Path) -> tuple[Path, ...]:
    """The folders in which a repository may lie, for the folder that the user named."""
    return (named, *git_folders(named))


def is_checkout(folder: Path, trusted: Sequence[Path]) -> bool:
    """Whether a folder is a checkout whose repository lies in one of the trusted folders."""
    parts = git_folders(folder)
    return bool(parts) and all(
        any(part.is_relative_to(allowed) for allowed in trusted) for part in parts
    )
