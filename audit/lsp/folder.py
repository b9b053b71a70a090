"""`Folder`: a folder of the workspace, its policy, and the index that its documents are checked by.

Policy, decisions and the state of the index are read again for each document. That takes less than
a millisecond, and works with editors that cannot watch files.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from attribution.errors import CorpusIndexError, WhenceError
from attribution.lexing.languages import canonical_language, language_of_path
from attribution.lexing.notebooks import NOTEBOOK
from attribution.locations import Locations
from audit.checking.settings import CheckSettings
from audit.inputs.files import too_large
from audit.inputs.interface import InputOptions
from audit.inputs.selection import Selection
from audit.lsp.documents import CheckedDocument, DocumentText, Snapshot
from audit.policy.own import OwnCode
from audit.policy.reading import read_policy
from audit.session import AuditSession
from audit.types import FileReport, FileState, Item

__all__ = ["Folder"]

_HEAD = 256  # bytes; enough for a `#!` line


class Folder:
    """Not safe to share between threads."""

    def __init__(
        self, location: Locations, root: Path | None, policy: Path | None, *, private: bool = False
    ) -> None:
        """Open nothing yet.

        Args:
            location: of the index.
            root: the folder; None for documents outside of any.
            policy: file; None: the one that applies to the folder.
            private: see CheckSettings.
        """
        self._location = location
        self._root = root
        self._policy = policy
        self._checks = CheckSettings(private=private)
        self._session: AuditSession | None = None

    def check(self, snapshot: Snapshot, name: str, encoding: str) -> CheckedDocument:
        """Check a document.

        Args:
            name: path from the root, "/" between parts.
            encoding: unit of positions, see DocumentText.
        """
        text = DocumentText(snapshot.text, encoding)
        try:
            session = self._open()
            report = _report(session, snapshot, text.code, name)
            index = session.checker.index
            if report.state is FileState.NOT_CHECKED:
                index.refresh()  # raises if the cause is the index, not the document
        except WhenceError as error:
            # Index or policy: other documents cannot be checked either.
            report = FileReport(name, FileState.NOT_CHECKED, str(error))
            return CheckedDocument(snapshot, text, report, None, str(error))
        return CheckedDocument(snapshot, text, report, index.summary())

    def close(self) -> None:
        """Close the index."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _open(self) -> AuditSession:
        """Open the index in its newest state, with the policy that applies now.

        Raises:
            CorpusIndexError: there is no index, or it cannot be used.
            PolicyError: the policy is invalid.
        """
        policy = read_policy(self._policy, self._root, None)
        if self._session is not None:
            try:
                renewed = self._session.checker.index.refresh()
            except CorpusIndexError:
                renewed = True  # missing, moved or damaged: opening it says which
            if renewed:  # the checker has cached documents of the old state
                self.close()
        if self._session is None:
            self._session = AuditSession.open(
                self._location, self._root, self._policy, checks=self._checks
            )
        elif self._session.policy != policy:
            self._session = replace(
                self._session, policy=policy, own=OwnCode.of(policy, self._root)
            )
        return self._session


def _report(session: AuditSession, snapshot: Snapshot, code: bytes, name: str) -> FileReport:
    root = None if session.root is None else session.root.resolve()
    folder = None if root is None else session.policy.folder_above(root)
    options = InputOptions(policy_exclude=session.policy.exclude, policy_folder=folder)
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
    if language == NOTEBOOK:
        why = "the JSON of a notebook is not checked in an editor; `whence audit` checks its cells"
        return FileReport(name, FileState.NOT_CHECKED, why)
    limit = InputOptions().max_file_size
    if len(code) > limit:
        return FileReport(name, FileState.NOT_CHECKED, too_large(name, len(code), limit).detail)
    return session.report(Item(name, code, language))
