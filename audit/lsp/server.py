"""The language server, on standard input and output. Only this module imports pygls.

Clients send the whole document at each change: pygls applies partial changes with Python's
definition of a line, which ends at a form feed, and would corrupt files that contain one.

A problem that affects every document (no index, an invalid policy) is shown as a message once until
it is solved; each document also has a diagnostic for it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.uris import to_fs_path

from attribution.errors import WhenceError
from attribution.locations import Locations
from attribution.settings import PRIVATE
from audit.lsp.actions import OPEN_SOURCE, actions_for
from audit.lsp.checks import Checks
from audit.lsp.client import Capabilities, Settings, read_settings
from audit.lsp.diagnostics import SOURCE, diagnostics, range_of
from audit.lsp.documents import CheckedDocument, Snapshot
from audit.lsp.hovers import MARKDOWN, PLAIN, hover_text
from audit.lsp.input import LimitedInput
from audit.lsp.workspace import Workspace
from audit.types import Finding

if TYPE_CHECKING:
    from pygls.server import ServerErrors

__all__ = ["serve"]

HOVER_TIMEOUT = 3.0  # seconds that a hover waits for a running check
RETRY = 3.0  # seconds until documents are checked again after a problem
WATCHED = ("**/whence.toml", "**/pyproject.toml", "**/whence-baseline.json", "**/NOTICE*")


class _Protocol(LanguageServerProtocol):
    """Answers invalid requests; pygls shows a message, and the editor waits."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """An object of the message, as its type.

        Raises:
            ValueError: a request has an invalid id.
        """
        if {"jsonrpc", "id", "method"} <= data.keys() and type(data["id"]) not in (int, str):
            raise ValueError("the id of a request has to be an integer or a string")
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise


class _Server(LanguageServer):
    """The server and its state, which only the event loop uses."""

    def __init__(self, location: Locations, policy: Path | None, *, private: bool) -> None:
        super().__init__(
            "whence",
            version("whence"),
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=_Protocol,
        )
        self.input = LimitedInput(sys.stdin.buffer)
        self.settings = self.initial_settings = Settings(policy=policy)
        self.supported = Capabilities()
        self.private = private
        self.documents = Workspace(location, policy, private=private)
        self.checks = Checks(self.check, self.show_result)
        self.problems: dict[str, str] = {}  # messages by URI
        self.retry: asyncio.TimerHandle | None = None

    def report_server_error(self, error: Exception, source: ServerErrors) -> None:
        """Show an error; what is not a message of JSON-RPC also gets a reply, without an id."""
        if source is JsonRpcException and not isinstance(error, JsonRpcException):
            why = self.input.refused or str(error)
            refused = JsonRpcInvalidRequest(why).to_response_error()
            self.protocol._send_data({"jsonrpc": "2.0", "id": None, "error": refused})
        super().report_server_error(error, source)

    # ---- checks ----

    def check(self, snapshot: Snapshot) -> CheckedDocument:
        """Check a document; runs on the thread for checks."""
        path = to_fs_path(snapshot.uri) if snapshot.uri.startswith("file:") else None
        encoding = str(getattr(self.encoding, "value", self.encoding))
        return self.documents.check(snapshot, Path(path) if path else None, encoding)

    @property
    def encoding(self) -> types.PositionEncodingKind | str:
        """The unit of positions, as agreed with the client."""
        return self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16

    def schedule(self, uri: str, delay: float) -> None:
        """Check the current version of a document after a delay in seconds."""
        document = self.workspace.get_text_document(uri)
        snapshot = Snapshot(
            uri, document.version or 0, document.source, document.language_id or "plaintext"
        )
        self.checks.schedule(snapshot, delay)

    def show_result(self, checked: CheckedDocument) -> None:
        """Publish a document's diagnostics, and show a problem that affects all documents."""
        self.publish(checked)
        uri, problem = checked.snapshot.uri, checked.problem
        if problem is None:
            self.problems.pop(uri, None)
            return
        if problem not in self.problems.values():
            message = f"Whence: {problem}. Open documents are not checked."
            self.show_message(types.MessageType.Error, message)
        self.problems[uri] = problem
        if self.retry is None:
            self.retry = asyncio.get_running_loop().call_later(RETRY, self.retry_checks)

    def retry_checks(self) -> None:
        """Check the documents that could not be checked."""
        self.retry = None
        for uri in list(self.problems):
            self.checks.check_now(uri)

    def publish(self, checked: CheckedDocument) -> None:
        """Publish the diagnostics of a document."""
        snapshot = checked.snapshot
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri=snapshot.uri,
                version=snapshot.version,
                diagnostics=diagnostics(checked, self.supported, self.settings.severity),
            )
        )

    def show_message(self, kind: types.MessageType, message: str) -> None:
        """Show a message to the user."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=message))

    # ---- settings ----

    def apply_settings(self, sent: object) -> None:
        """Apply settings from the client; if one is invalid, say so and keep the old ones."""
        try:
            # A setting that is no longer sent goes back to its initial value.
            self.settings = read_settings(sent, self.initial_settings)
        except WhenceError as error:
            self.show_message(
                types.MessageType.Warning, f"Whence: {error}. The setting is not used."
            )
            return
        self.documents.policy = self.settings.policy
        self.checks.recheck_all()

    async def pull_settings(self) -> None:
        """Request the client's settings and apply them."""
        item = types.ConfigurationItem(section=SOURCE)
        answers = await self.workspace_configuration_async(types.ConfigurationParams(items=[item]))
        self.apply_settings(answers[0] if answers else None)


def serve(location: Locations, policy: Path | None, *, private: bool = False) -> None:
    """Serve until the client ends the session or disconnects.

    Args:
        location: of the index, which is opened with the first document.
        policy: file; None: the one that applies to a document's folder.
        private: whether the index gets fingerprints alone, without words of the code.
    """
    server = _Server(location, policy, private=private)
    _add_lifecycle(server)
    _add_documents(server)
    _add_answers(server)
    with _own_output() as output:
        server.start_io(server.input, output)  # type: ignore[arg-type]  # what pygls uses of it
    server.checks.close()
    gc.freeze()  # else Python spends a second at exit searching the objects of numba


def _own_output() -> BinaryIO:
    """Standard output for messages only; anything else written there goes to standard error."""
    own = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return own


def _add_lifecycle(server: _Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.supported = Capabilities.of(params.capabilities)
        _find_roots(server)
        sent = params.initialization_options
        # Some clients send all settings of a server, some only those below its name.
        server.apply_settings(sent.get(SOURCE, sent) if isinstance(sent, dict) else None)
        server.initial_settings = replace(server.settings)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await _register(server)
        if server.supported.configuration:
            await server.pull_settings()
        if server.private:
            server.show_message(types.MessageType.Info, f"Whence: {PRIVATE}")

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def settings_changed(params: types.DidChangeConfigurationParams) -> None:
        if server.supported.configuration:
            await server.pull_settings()
        else:
            sent = params.settings
            server.apply_settings(sent.get(SOURCE) if isinstance(sent, dict) else None)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(_: types.DidChangeWorkspaceFoldersParams) -> None:
        _find_roots(server)
        server.checks.recheck_all()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(_: types.DidChangeWatchedFilesParams) -> None:
        server.checks.recheck_all()

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
    """Register for changes of files and settings if the client supports it."""
    wanted: list[tuple[str, object]] = []
    if server.supported.watching:
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        wanted.append((types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    if server.supported.settings_change:
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
        server.schedule(params.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.schedule(params.text_document.uri, server.settings.delay)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        name = params.text_document.uri.rpartition("/")[2]
        if name.endswith((".toml", ".json")) or name.startswith("NOTICE"):
            server.checks.recheck_all()  # it may be the policy, and not every client watches files
        else:
            server.checks.check_now(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.checks.forget(uri)
        server.problems.pop(uri, None)
        nothing = types.PublishDiagnosticsParams(uri=uri, diagnostics=[])
        server.text_document_publish_diagnostics(nothing)


def _add_answers(server: _Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        checked = await server.checks.result(params.text_document.uri, HOVER_TIMEOUT)
        if checked is None:
            return None
        offset = checked.text.offset(params.position)
        findings = _touching(checked, offset, offset)
        if not findings:
            return None
        markdown = server.supported.markdown
        text = hover_text(findings, checked.index, MARKDOWN if markdown else PLAIN)
        kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
        range_ = range_of(findings[0], checked) if len(findings) == 1 else None
        return types.Hover(types.MarkupContent(kind, text), range_)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        only = params.context.only
        wanted = only is None or not {"", types.CodeActionKind.QuickFix}.isdisjoint(only)
        if not wanted or not server.supported.code_actions:
            return []
        checked = await server.checks.result(params.text_document.uri, HOVER_TIMEOUT)
        if checked is None:
            return []
        start, end = map(checked.text.offset, (params.range.start, params.range.end))
        findings = _touching(checked, start, end)
        return actions_for(findings, checked, server.supported, list(params.context.diagnostics))

    @server.command(OPEN_SOURCE)
    async def open_source(url: str) -> None:
        if not url.startswith(("https://", "http://")):
            server.show_message(
                types.MessageType.Warning, "Whence: this is not the address of a web page."
            )
            return
        shown = types.ShowDocumentParams(uri=url, external=True)
        await server.window_show_document_async(shown)


def _touching(checked: CheckedDocument, start: int, end: int) -> list[Finding]:
    """The findings whose passages a range of bytes touches."""
    return [
        finding
        for finding in checked.report.findings
        if finding.passage.span.start <= end and start <= finding.passage.span.end
    ]
