"""`Revision`: files of a checkout as they were in the commit that an audit compares with."""

from __future__ import annotations

import os
from pathlib import Path

from audit.inputs.checkout import GitFailed, Repository

__all__ = ["Revision"]


class Revision:
    """A commit of a checkout."""

    def __init__(self, repository: Repository, commit: str) -> None:
        """
        Args:
            commit: its id.
        """
        self._repository = repository
        self._commit = commit
        self.top = Path(repository.output("rev-parse", "--show-toplevel").rstrip("\n")).resolve()

    def text(self, path: Path) -> bytes | None:
        """The content of a file; None if the commit does not have it, or it is elsewhere.

        Raises:
            InputError: git takes too long.
        """
        try:
            name = path.resolve().relative_to(self.top).as_posix()
            return os.fsencode(
                self._repository.output("cat-file", "blob", f"{self._commit}:{name}")
            )
        except (ValueError, GitFailed):
            return None
