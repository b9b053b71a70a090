"""The language server, on standard input and output. Home of pygls.

Documents are sent whole at each change: pygls applies changes of parts by Python's idea of a line,
which ends at a form feed, and would lose its place in files that have one.

What keeps every document from being checked (no index, a wrong policy) is told once, until it is
over; each document says it, too, for as long as it holds.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from attribution.errors import WhenceError
from audit.lsp.abilities import Abilities
from audit.lsp.actions import OPEN_SOURCE, actions_for
from audit.lsp.checks import Checks
from audit.lsp.diagnostics import SOURCE, diagnostics
from audit.lsp.documents import Snapshot, Verdicts
from audit.lsp.hovers import hover_text
from audit.lsp.markup import MARKDOWN, PLAIN
from audit.lsp.settings import Settings, read_settings
from audit.lsp.workspace import Workspace
from audit.types import Finding

__all__ = ["serve"]

PATIENCE = 3.0  # seconds that a hover waits for a check that is under way
RETRY = 3.0  # seconds until an index that was not there is looked for again
WATCHED = ("**/whence.toml", "**/pyproject.toml", "**/whence-baseline.json", "**/NOTICE*")


class _Server(LanguageServer):
    """The server's state; all of it belongs to the event loop."""

    def __init__(self, location: str, policy: Path | None) -> None:
        super().__init__(
            "whence",
            version("whence"),
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
        )
        self.settings = self.first = Settings(policy=policy)
        self.abilities = Abilities()
        self.documents = Workspace(location, policy)
        self.checks = Checks(self.check, self.tell)
        self.troubles: dict[str, str] = {}  # by URI
        self.retry: asyncio.TimerHandle | None = None

    # ---- checks ----

    def check(self, snapshot: Snapshot) -> Verdicts:
        """On the thread for checks."""
        path = to_fs_path(snapshot.uri) if snapshot.uri.startswith("file:") else None
        encoding = str(getattr(self.encoding, "value", self.encoding))
        return self.documents.check(snapshot, Path(path) if path else None, encoding)

    @property
    def encoding(self) -> types.PositionEncodingKind | str:
        """What a character of a position is, as agreed upon with the client."""
        return self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16

    def ask(self, uri: str, delay: float) -> None:
        """Check the present version of a document, after a delay in seconds."""
        document = self.workspace.get_text_document(uri)
        snapshot = Snapshot(
            uri, document.version or 0, document.source, document.language_id or "plaintext"
        )
        self.checks.ask(snapshot, delay)

    def tell(self, found: Verdicts) -> None:
        """Show what was found, and what keeps anything from being found."""
        self.publish(found)
        uri, trouble = found.snapshot.uri, found.trouble
        if trouble is None:
            self.troubles.pop(uri, None)
            return
        if trouble not in self.troubles.values():
            message = f"Whence: {trouble}. Open documents are not checked."
            self.say(types.MessageType.Error, message)
        self.troubles[uri] = trouble
        if self.retry is None:
            self.retry = asyncio.get_running_loop().call_later(RETRY, self.look_again)

    def look_again(self) -> None:
        """Check what could not be checked, in the hope that what was wrong is over."""
        self.retry = None
        for uri in list(self.troubles):
            self.checks.hurry(uri)

    def publish(self, found: Verdicts) -> None:
        """Show the diagnostics of a document."""
        snapshot = found.snapshot
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri=snapshot.uri,
                version=snapshot.version,
                diagnostics=diagnostics(found, self.abilities, self.settings.severity),
            )
        )

    def say(self, kind: types.MessageType, message: str) -> None:
        """Tell the user."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=message))

    # ---- settings ----

    def take(self, given: object) -> None:
        """Take over settings; one that cannot be meant is told, and those before hold on."""
        try:
            # What is not set any more goes back to what the command line said.
            self.settings = read_settings(given, self.first)
        except WhenceError as error:
            self.say(types.MessageType.Warning, f"Whence: {error}. The setting is not used.")
            return
        self.documents.policy = self.settings.policy
        self.checks.again()

    async def pull(self) -> None:
        """Ask the client for its settings."""
        item = types.ConfigurationItem(section=SOURCE)
        answers = await self.workspace_configuration_async(types.ConfigurationParams(items=[item]))
        self.take(answers[0] if answers else None)


def serve(location: str, policy: Path | None) -> None:
    """Serve until the client ends it, or goes away.

    Args:
        location: of the index; it is opened with the first document.
        policy: file; None: the one that holds in a document's folder.
    """
    server = _Server(location, policy)
    _add_lifecycle(server)
    _add_documents(server)
    _add_answers(server)
    with _own_output() as output:
        server.start_io(sys.stdin.buffer, output)
    server.checks.close()
    gc.freeze()  # at exit Python would search a second long through what numba made


def _own_output() -> BinaryIO:
    """Standard output for messages alone: what else writes there goes to standard error."""
    own = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return own


def _add_lifecycle(server: _Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.abilities = Abilities.of(params.capabilities)
        _find_roots(server)
        given = params.initialization_options
        # Some clients send all that is configured for a server, some what is below its name.
        server.take(given.get(SOURCE, given) if isinstance(given, dict) else None)
        server.first = replace(server.settings)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await _register(server)
        if server.abilities.configuration:
            await server.pull()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def settings(params: types.DidChangeConfigurationParams) -> None:
        if server.abilities.configuration:
            await server.pull()
        else:
            given = params.settings
            server.take(given.get(SOURCE) if isinstance(given, dict) else None)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(_: types.DidChangeWorkspaceFoldersParams) -> None:
        _find_roots(server)
        server.checks.again()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(_: types.DidChangeWatchedFilesParams) -> None:
        server.checks.again()

    @server.feature(types.SHUTDOWN)
    def shutdown(*_: object) -> None:
        server.checks.close()


def _find_roots(server: _Server) -> None:
    workspace = server.workspace
    paths = [to_fs_path(folder.uri) for folder in workspace.folders.values()]
    if not paths and workspace.root_path:
        paths = [workspace.root_path]
    server.documents.roots = tuple(Path(path) for path in paths if path)


async def _register(server: _Server) -> None:
    """Ask to be told of changes, where the client wants to be asked."""
    wanted: list[tuple[str, object]] = []
    if server.abilities.watching:
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        wanted.append((types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    if server.abilities.settings_change:
        section = types.DidChangeConfigurationRegistrationOptions(section=SOURCE)
        wanted.append((types.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
    if wanted:
        await server.client_register_capability_async(
            types.RegistrationParams(
                registrations=[
                    types.Registration(id=method, method=method, register_options=options)
                    for method, options in wanted
                ]
            )
        )


def _add_documents(server: _Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.ask(params.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.ask(params.text_document.uri, server.settings.delay)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        name = params.text_document.uri.rpartition("/")[2]
        if name.endswith((".toml", ".json")) or name.startswith("NOTICE"):
            server.checks.again()  # perhaps the policy: not every client watches files
        else:
            server.checks.hurry(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.checks.forget(uri)
        server.troubles.pop(uri, None)
        nothing = types.PublishDiagnosticsParams(uri=uri, diagnostics=[])
        server.text_document_publish_diagnostics(nothing)


def _add_answers(server: _Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        known = await server.checks.settled(params.text_document.uri, PATIENCE)
        if known is None:
            return None
        at = known.places.offset(params.position)
        found = _touching(known, at, at)
        if not found:
            return None
        markdown = server.abilities.markdown
        text = hover_text(found, known.index, MARKDOWN if markdown else PLAIN)
        kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
        span = found[0].passage.span
        place = known.places.range(span.start, span.end) if len(found) == 1 else None
        return types.Hover(types.MarkupContent(kind, text), place)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        only = params.context.only
        wanted = only is None or not {"", types.CodeActionKind.QuickFix}.isdisjoint(only)
        if not wanted or not server.abilities.code_actions:
            return []
        known = await server.checks.settled(params.text_document.uri, PATIENCE)
        if known is None:
            return []
        start, end = (known.places.offset(at) for at in (params.range.start, params.range.end))
        found = _touching(known, start, end)
        return actions_for(found, known, server.abilities, list(params.context.diagnostics))

    @server.command(OPEN_SOURCE)
    async def open_source(url: str) -> None:
        if not url.startswith(("https://", "http://")):
            server.say(types.MessageType.Warning, "Whence: that is no address of a web page.")
            return
        shown = types.ShowDocumentParams(uri=url, external=True)
        await server.window_show_document_async(shown)


def _touching(known: Verdicts, start: int, end: int) -> list[Finding]:
    """The findings whose passages a range of bytes touches."""
    return [
        finding
        for finding in known.report.findings
        if finding.passage.span.start <= end and start <= finding.passage.span.end
    ]
