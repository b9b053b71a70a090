"""`Folder`: a folder of the workspace, its policy, and the index that its documents are asked of.

Policy, decisions and the state of the index are looked at anew for each document: that takes less
than a millisecond, and no editor needs to be able to watch files for it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from attribution.errors import CorpusIndexError, WhenceError
from attribution.lexing.languages import canonical_language, language_of_path
from audit.inputs.files import too_large
from audit.inputs.interface import InputOptions
from audit.inputs.selection import Selection
from audit.lsp.documents import Snapshot, Verdicts
from audit.lsp.positions import Places
from audit.policy.own import OwnCode
from audit.policy.reading import read_policy
from audit.session import AuditSession
from audit.types import FileReport, FileState, Item

__all__ = ["Folder"]

_HEAD = 256  # bytes; a `#!` line is no longer


class Folder:
    """Not safe to share between threads."""

    def __init__(self, location: str, root: Path | None, policy: Path | None) -> None:
        """Open nothing yet.

        Args:
            location: of the index.
            root: the folder; None for documents that lie in none.
            policy: file; None: the one that holds in the folder.
        """
        self._location = location
        self._root = root
        self._policy = policy
        self._desk: AuditSession | None = None

    def check(self, snapshot: Snapshot, name: str, encoding: str) -> Verdicts:
        """What is found in a document.

        Args:
            name: from the root, "/" between parts.
            encoding: of positions.
        """
        places = Places(snapshot.text, encoding)
        try:
            desk = self._open()
            report = _report(desk, snapshot, places.code, name)
            index = desk.checker.index
            if report.state is FileState.NOT_CHECKED:
                index.refresh()  # is it the document, or does the index answer nobody?
        except WhenceError as error:
            # Index or policy: no other document can be checked either.
            report = FileReport(name, FileState.NOT_CHECKED, str(error))
            return Verdicts(snapshot, places, report, None, str(error))
        return Verdicts(snapshot, places, report, index.summary())

    def close(self) -> None:
        """Give the index back."""
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    def _open(self) -> AuditSession:
        """The desk, over the newest state of the index and under the policy that holds now.

        Raises:
            CorpusIndexError: there is no index, or it cannot be used.
            PolicyError: the policy says what cannot be meant.
        """
        policy = read_policy(self._policy, self._root, None)
        if self._desk is not None:
            try:
                renewed = self._desk.checker.index.refresh()
            except CorpusIndexError:
                renewed = True  # gone, moved or damaged: opening it says which
            if renewed:  # what the checker keeps of documents is of the old state
                self.close()
        if self._desk is None:
            self._desk = AuditSession.open(self._location, self._root, self._policy)
        elif self._desk.policy != policy:
            self._desk = replace(self._desk, policy=policy, own=OwnCode.of(policy, self._root))
        return self._desk


def _report(desk: AuditSession, snapshot: Snapshot, code: bytes, name: str) -> FileReport:
    root = None if desk.root is None else desk.root.resolve()
    folder = None if root is None else desk.policy.folder_above(root)
    options = InputOptions(policy_exclude=desk.policy.exclude, policy_folder=folder)
    selection = Selection(options, None if root is None else str(root))
    left_out = selection.excluded(name)
    if left_out is not None:
        return FileReport(name, FileState.LEFT_OUT, f"{left_out.reason} {left_out.detail}")
    language = language_of_path(name, code[:_HEAD]) or canonical_language(snapshot.language)
    refused = selection.refused(name, language)
    if refused is not None and language is not None:
        return FileReport(name, FileState.LEFT_OUT, f"{refused.reason}, not code: {language}")
    if language is None:
        why = (
            f"no language is known by the name {name!r}, nor by the editor's {snapshot.language!r}"
        )
        return FileReport(name, FileState.NOT_CHECKED, why)
    limit = InputOptions().max_file_size
    if len(code) > limit:
        return FileReport(name, FileState.NOT_CHECKED, too_large(name, len(code), limit).detail)
    return desk.report(Item(name, code, language))
