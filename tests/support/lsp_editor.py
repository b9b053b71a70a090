"""An editor for the tests of `whence lsp`: pytest-lsp's client on a thread of its own.

A thread, because the browser of other tests keeps a loop running in theirs.
"""

from __future__ import annotations

import ast
import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

ROOT = Path(__file__).parents[2]
SECONDS = 60.0  # for an answer; the machine may be busy
Result = TypeVar("Result")

FULL = types.ClientCapabilities(
    general=types.GeneralClientCapabilities(position_encodings=["utf-16"]),
    text_document=types.TextDocumentClientCapabilities(
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
            related_information=True, code_description_support=True, version_support=True
        ),
        code_action=types.CodeActionClientCapabilities(
            code_action_literal_support=types.ClientCodeActionLiteralOptions(
                types.ClientCodeActionKindOptions([types.CodeActionKind.QuickFix])
            ),
        ),
    ),
    workspace=types.WorkspaceClientCapabilities(
        configuration=True,
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
            dynamic_registration=True
        ),
        did_change_configuration=types.DidChangeConfigurationClientCapabilities(
            dynamic_registration=True
        ),
    ),
    window=types.WindowClientCapabilities(
        show_document=types.ShowDocumentClientCapabilities(support=True)
    ),
)


class Editor:
    """A session with the real command."""

    def __init__(
        self,
        location: str | Path,
        folder: Path,
        *arguments: str,
        capabilities: types.ClientCapabilities = FULL,
        settings: dict[str, Any] | None = None,
        options: object = None,
    ) -> None:
        self.published: list[types.PublishDiagnosticsParams] = []
        self.registered: list[types.Registration] = []
        self._versions: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        self.client = self._run(self._start(location, arguments, settings or {}))
        root = types.WorkspaceFolder(uri=folder.as_uri(), name="work")
        self.initialized = self._run(
            self.client.initialize_session(
                types.InitializeParams(
                    capabilities=capabilities,
                    workspace_folders=[root],
                    initialization_options=options,
                )
            )
        )

    async def _start(
        self, location: str | Path, arguments: tuple[str, ...], settings: dict[str, Any]
    ) -> LanguageClient:
        client = LanguageClient(configuration={"": settings}, converter_factory=default_converter)

        def published(params: types.PublishDiagnosticsParams) -> None:
            self.published.append(params)

        def registered(params: types.RegistrationParams) -> None:
            self.registered.extend(params.registrations)

        features = {
            **DEFAULT_CLIENT_FEATURES,
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: published,
            types.CLIENT_REGISTER_CAPABILITY: registered,
        }
        register_lsp_features(client, features)
        command = [sys.executable, "-m", "attribution.cli", "lsp", "--index", str(location)]
        await client.start_io(*command, *arguments, cwd=ROOT)
        return client

    def _run(self, call: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(SECONDS)

    def _call(self, notify: Callable[[Any], None], params: object) -> None:
        async def call() -> None:
            notify(params)

        self._run(call())

    def wait(self, until: Callable[[], Result | None]) -> Result:
        """The first value of `until` that is not empty."""
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            value = until()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"nothing came: {self.published[-3:]} {self.client.messages}")

    # ---- documents ----

    def open(self, uri: str, text: str, language: str = "python") -> None:
        self._versions[uri] = 1
        document = types.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)
        self._call(self.client.text_document_did_open, types.DidOpenTextDocumentParams(document))

    def change(self, uri: str, text: str) -> None:
        self._versions[uri] += 1
        self._call(
            self.client.text_document_did_change,
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(uri=uri, version=self._versions[uri]),
                [types.TextDocumentContentChangeWholeDocument(text)],
            ),
        )

    def save(self, uri: str) -> None:
        named = types.TextDocumentIdentifier(uri)
        self._call(self.client.text_document_did_save, types.DidSaveTextDocumentParams(named))

    def close_document(self, uri: str) -> None:
        named = types.TextDocumentIdentifier(uri)
        self._call(self.client.text_document_did_close, types.DidCloseTextDocumentParams(named))

    def watched(self, path: Path) -> None:
        event = types.FileEvent(uri=path.as_uri(), type=types.FileChangeType.Changed)
        self._call(
            self.client.workspace_did_change_watched_files,
            types.DidChangeWatchedFilesParams([event]),
        )

    def configure(self, settings: object) -> None:
        self.client.set_configuration({"whence": settings})
        self._call(
            self.client.workspace_did_change_configuration,
            types.DidChangeConfigurationParams(settings={"whence": settings}),
        )

    # ---- answers ----

    def shown(self, uri: str) -> list[types.Diagnostic]:
        """The diagnostics of the newest version, as soon as they arrive."""

        def last() -> types.PublishDiagnosticsParams | None:
            published = [params for params in self.published if params.uri == uri]
            current = published and published[-1].version == self._versions[uri]
            return published[-1] if current else None

        return list(self.wait(last).diagnostics)

    def shown_when(
        self, uri: str, fits: Callable[[list[types.Diagnostic]], bool]
    ) -> list[types.Diagnostic]:
        """The diagnostics, as soon as they meet a condition."""

        def last() -> list[types.Diagnostic] | None:
            published = [list(p.diagnostics) for p in self.published if p.uri == uri]
            if not published or not fits(published[-1]):
                return None
            return [*published[-1], None]  # type: ignore[list-item]

        return self.wait(last)[:-1]

    def hover(self, uri: str, line: int, character: int) -> types.Hover | None:
        at = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        return self._run(self.client.text_document_hover_async(at))

    def actions(
        self, uri: str, diagnostic: types.Diagnostic, only: list[str] | None = None
    ) -> list[types.CodeAction]:
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            diagnostic.range,
            types.CodeActionContext(diagnostics=[diagnostic], only=only),
        )
        actions = self._run(self.client.text_document_code_action_async(params))
        return [
            action if isinstance(action, types.CodeAction) else _with_command(action)
            for action in actions or []
        ]

    def execute(self, command: types.Command) -> None:
        params = types.ExecuteCommandParams(command.command, list(command.arguments or []))
        self._run(self.client.workspace_execute_command_async(params))

    def quit(self) -> int | None:
        """End the session; returns the exit code."""
        self._run(self.client.shutdown_session())
        server = self.client._server
        code = None if server is None else server.returncode
        self._run(self.client.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()
        return code


def _with_command(read: types.Command) -> types.CodeAction:
    """A code action that has a command, which lsprotocol 2025.0.0 reads as being one."""
    command = ast.literal_eval(read.command)
    return types.CodeAction(title=read.title, command=types.Command(**command))


def edited(text: str, edit: types.WorkspaceEdit) -> str:
    """A text after the one edit of a code action, as an editor applies it (UTF-16)."""
    if edit.document_changes is not None:
        (document,) = edit.document_changes
        assert isinstance(document, types.TextDocumentEdit)
        (change,) = document.edits
    else:
        assert edit.changes is not None
        ((change,),) = edit.changes.values()
    start, end = offset(text, change.range.start), offset(text, change.range.end)
    if isinstance(change, types.SnippetTextEdit):
        new = change.snippet.value.replace("$0", "<cursor>")
    else:
        new = change.new_text
    return text[:start] + new + text[end:]


def offset(text: str, position: types.Position) -> int:
    """The character of a text at a position in units of UTF-16."""
    lines = text.split("\n")  # a CR stays with its line
    before = sum(len(line) + 1 for line in lines[: position.line])
    units = text[before:].encode("utf-16-le")[: position.character * 2]
    return before + len(units.decode("utf-16-le"))
