"""Code actions for a finding: attribute it, ignore it, open its source.

A comment goes on a line of its own above the passage, where decisions are read (see
docs/decisions.md), with the same indentation. It goes below lines that must stay first (`#!`, an
encoding, `<?php`) and never inside a line that continues after a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lsprotocol.types import (
    CodeAction,
    CodeActionKind,
    Command,
    Diagnostic,
    OptionalVersionedTextDocumentIdentifier,
    Range,
    SnippetTextEdit,
    StringValue,
    TextDocumentEdit,
    TextEdit,
    WorkspaceEdit,
)

from attribution.errors import InputError
from audit.lsp.client import Capabilities
from audit.lsp.diagnostics import SOURCE, range_of
from audit.lsp.documents import CheckedDocument
from audit.reports.safe_text import brief
from audit.reports.source_location import locate
from audit.types import Finding, Verdict

__all__ = ["OPEN_SOURCE", "actions_for"]

OPEN_SOURCE = "whence.openSource"  # command: opens its argument, a URL, in a browser

_PAGES = 3  # sources that can be opened
_COMMENT_LINES = 4  # of an attribution, at most
_STAYS_FIRST = re.compile(rb"#!|<\?|<!DOCTYPE|#.*coding[:=]", re.IGNORECASE)
_INDENT = re.compile(rb"[ \t]*")


@dataclass(frozen=True, slots=True)
class _Target:
    """A finding in a document, and what the client can do."""

    finding: Finding
    checked: CheckedDocument
    capabilities: Capabilities
    diagnostics: list[Diagnostic]  # of the finding, as the client sent them


def actions_for(
    findings: list[Finding],
    checked: CheckedDocument,
    capabilities: Capabilities,
    diagnostics: list[Diagnostic],
) -> list[CodeAction]:
    """The code actions for findings of a document, best first."""
    actions: list[CodeAction] = []
    for finding in findings:
        range_ = range_of(finding, checked)
        own = [d for d in diagnostics if d.source == SOURCE and d.range == range_]
        actions += _actions(_Target(finding, checked, capabilities, own))
    return actions


def _actions(target: _Target) -> Iterator[CodeAction]:
    finding = target.finding
    if finding.open:
        yield from _attribute(target)
        yield from _ignore(target)
    if target.capabilities.show_document:
        yield from _open_sources(target)


def _attribute(target: _Target) -> Iterator[CodeAction]:
    # Imported here because the lexer takes seconds to load; by now the check has loaded it.
    from audit.decisions.cited import LINES_BEFORE, attribution_comment

    ruling = target.finding.ruling
    closes = ruling.verdict is Verdict.ATTRIBUTE
    title = "Insert attribution comment"
    if not closes:
        title += f" ({brief(ruling.license, 60)} stays {_STAYS[ruling.verdict]})"
    try:
        comment = attribution_comment(target.finding, target.checked.report.language)
    except InputError:  # the language has no comments
        return
    line = _line_above(target, LINES_BEFORE - _COMMENT_LINES)
    if line is None:
        return
    action = _action(target, title, _insertion(target, line, comment.splitlines(), None))
    action.is_preferred = closes or None
    yield action


_STAYS = {
    Verdict.ALLOWED: "as it is",
    Verdict.ATTRIBUTE: "as it is",
    Verdict.REVIEW: "for review",
    Verdict.DENIED: "denied",
}


def _ignore(target: _Target) -> Iterator[CodeAction]:
    """`whence: ignore` without a reason; it takes effect once the user adds one."""
    from audit.decisions.comments import comment_marks

    title = "Ignore this finding: write the reason"
    try:
        opening, closing = comment_marks(target.checked.report.language)
    except InputError:  # the language has no comments
        return
    line = _line_above(target, 0)
    if line is None:
        return
    comment = f"{opening} whence: ignore "
    ending = f" {closing}" if closing else ""
    yield _action(target, title, _insertion(target, line, [comment + ending], len(comment)))


def _open_sources(target: _Target) -> Iterator[CodeAction]:
    passage, ruling = target.finding.passage, target.finding.ruling
    first = passage.sources[ruling.source]
    sources = [first, *(source for source in passage.sources if source is not first)]
    for source in map(locate, sources[:_PAGES]):
        url = source.citation.url
        if url is None:
            continue
        title = f"Open source: {brief(source.repository, 60)}, {brief(source.where, 80)}"
        command = Command(title=title, command=OPEN_SOURCE, arguments=[url])
        yield CodeAction(
            title=title,
            kind=CodeActionKind.QuickFix,
            diagnostics=target.diagnostics or None,
            command=command,
        )


def _action(target: _Target, title: str, edit: WorkspaceEdit) -> CodeAction:
    return CodeAction(
        title=title,
        kind=CodeActionKind.QuickFix,
        diagnostics=target.diagnostics or None,
        edit=edit,
    )


def _line_above(target: _Target, farther: int) -> int | None:
    """The number of the line before which a comment goes; None: there is none.

    Args:
        farther: how many lines above the passage it may be.
    """
    text, span = target.checked.text, target.finding.passage.span
    line = first = text.line_of(span.start)
    last = text.line_of(span.end)
    while line > 0 and text.line(line - 1).endswith(b"\\"):
        line -= 1
    while line < min(last, 3) and _STAYS_FIRST.match(text.line(line)):
        line += 1
    return line if line >= first - farther else None


def _insertion(target: _Target, line: int, comment: list[str], cursor: int | None) -> WorkspaceEdit:
    """An edit that puts lines before a line.

    Args:
        cursor: where the cursor goes in the last line, if the editor supports that.
    """
    text, snapshot = target.checked.text, target.checked.snapshot
    match = _INDENT.match(text.line(line))
    indent = match[0].decode() if match is not None else ""
    start = text.position(text.start_of(line))
    at = Range(start, start)
    lines = comment if cursor is not None else [line.rstrip() for line in comment]
    inserted = "".join(f"{indent}{line}{text.line_end}" for line in lines)
    if not target.capabilities.versioned_edits:
        return WorkspaceEdit(changes={snapshot.uri: [TextEdit(at, inserted)]})
    edit: TextEdit | SnippetTextEdit = TextEdit(at, inserted)
    if cursor is not None and target.capabilities.snippets:
        stop = len(indent) + cursor
        snippet = f"{_literal(inserted[:stop])}$0{_literal(inserted[stop:])}"
        edit = SnippetTextEdit(at, StringValue(value=snippet))
    document = OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    return WorkspaceEdit(document_changes=[TextDocumentEdit(document, [edit])])


def _literal(text: str) -> str:
    """The text escaped, so that a snippet has no placeholders in it."""
    return re.sub(r"([\\$}])", r"\\\1", text)
