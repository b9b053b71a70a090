"""`Workspace`: which folder a document belongs to, and its name in that folder.

That is the innermost folder of the workspace that contains it. A document outside of all belongs to
its git checkout, else to its parent folder; one that is not on disk belongs to none. Policy and
decisions are then those that `whence audit` finds for that folder.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from attribution.locations import Locations
from audit.inputs.checkout import top_of
from audit.inputs.files import unicode_name
from audit.lsp.documents import CheckedDocument, DocumentText, Snapshot
from audit.types import FileReport, FileState

if TYPE_CHECKING:  # numpy and the kernels take seconds to load: not while the client initializes
    from audit.lsp.folder import Folder

__all__ = ["Workspace"]

LOGGER = logging.getLogger("whence.lsp")


class Workspace:
    """Used by the thread for checks, except `roots` and `policy`, which others may replace."""

    def __init__(self, location: Locations, policy: Path | None, *, private: bool = False) -> None:
        """Open nothing yet.

        Args:
            location: of the index.
            policy: file; None: the one that applies to a document's folder.
            private: see CheckSettings.
        """
        self.roots: tuple[Path, ...] = ()
        self.policy = policy
        self._location = location
        self._private = private
        self._folders: dict[tuple[Path | None, Path | None], Folder] = {}

    def check(self, snapshot: Snapshot, path: Path | None, encoding: str) -> CheckedDocument:
        """Check a document; never raises.

        Args:
            path: of the document; None: it is not on disk.
            encoding: unit of positions, see DocumentText.
        """
        name = snapshot.uri.rpartition("/")[2] if path is None else path.name
        try:
            root = None if path is None else self._root_of(path)
            if path is not None and root is not None:
                name = unicode_name(path.relative_to(root).as_posix())
            policy = self.policy
            if policy is not None and root is not None:
                policy = root / policy
            key = (root, policy)
            if key not in self._folders:
                from audit.lsp.folder import Folder

                self._folders[key] = Folder(self._location, root, policy, private=self._private)
            return self._folders[key].check(snapshot, name, encoding)
        except Exception:
            # A bug, but silence would make the document look clean.
            LOGGER.exception("the check of %r failed", name)
            report = FileReport(
                name, FileState.NOT_CHECKED, "internal error, see the log of whence"
            )
            return CheckedDocument(snapshot, DocumentText(snapshot.text, encoding), report)

    def _root_of(self, path: Path) -> Path:
        parents = [root for root in self.roots if path.is_relative_to(root)]
        if parents:
            return max(parents, key=lambda root: len(root.parts))
        top = top_of(str(path.parent))
        return path.parent if top is None else Path(top)
