"""What can be done about a finding, as code actions: attribute it, ignore it, look at its source.

Comments go on lines of their own above the passage, where decisions are looked for (see
docs/decisions.md), indented as it is. They keep away from lines that must stay first (`#!`, an
encoding, `<?php`) and from inside a line that goes on with a backslash.
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
from audit.lsp.abilities import Abilities
from audit.lsp.diagnostics import SOURCE, range_of
from audit.lsp.documents import Verdicts
from audit.reports.cited import cited
from audit.reports.one_line import brief
from audit.types import Finding, Verdict

__all__ = ["OPEN_SOURCE", "actions_for"]

OPEN_SOURCE = "whence.openSource"  # command: opens its one argument, an address, in a browser

_PAGES = 3  # sources that can be opened
_COMMENT_LINES = 4  # at most, of an attribution
_STAYS_FIRST = re.compile(rb"#!|<\?|<!DOCTYPE|#.*coding[:=]", re.IGNORECASE)
_INDENT = re.compile(rb"[ \t]*")


@dataclass(frozen=True, slots=True)
class _Editing:
    """A finding in a document, and what the client can do."""

    finding: Finding
    verdicts: Verdicts
    abilities: Abilities
    known: list[Diagnostic]  # that the client asked about


def actions_for(
    findings: list[Finding], verdicts: Verdicts, abilities: Abilities, known: list[Diagnostic]
) -> list[CodeAction]:
    """The code actions for findings of a document, best first."""
    actions: list[CodeAction] = []
    for finding in findings:
        place = range_of(finding, verdicts)
        own = [one for one in known if one.source == SOURCE and one.range == place]
        actions += _actions(_Editing(finding, verdicts, abilities, own))
    return actions


def _actions(editing: _Editing) -> Iterator[CodeAction]:
    finding = editing.finding
    if finding.open:
        yield from _attribute(editing)
        yield from _ignore(editing)
    if editing.abilities.show_document:
        yield from _open_sources(editing)


def _attribute(editing: _Editing) -> Iterator[CodeAction]:
    # Here, as in `_ignore`: the lexer behind it takes seconds to load, which the check did.
    from audit.decisions.cited import LINES_BEFORE, attribution_comment

    ruling = editing.finding.ruling
    cures = ruling.verdict is Verdict.ATTRIBUTE
    title = "Insert attribution comment"
    if not cures:
        title += f" ({brief(ruling.license, 60)} stays {_STAYS[ruling.verdict]})"
    try:
        comment = attribution_comment(editing.finding, editing.verdicts.report.language)
    except InputError:  # a language that has none
        return
    line = _line_above(editing, LINES_BEFORE - _COMMENT_LINES)
    if line is None:
        return
    action = _action(editing, title, _insertion(editing, line, comment.splitlines(), None))
    action.is_preferred = cures or None
    yield action


_STAYS = {
    Verdict.ALLOWED: "as it is",
    Verdict.ATTRIBUTE: "as it is",
    Verdict.REVIEW: "for review",
    Verdict.DENIED: "denied",
}


def _ignore(editing: _Editing) -> Iterator[CodeAction]:
    """`whence: ignore` without a reason: it counts when the user has written one behind it."""
    from audit.decisions.comments import comment_marks

    title = "Ignore this finding: write the reason"
    try:
        opening, closing = comment_marks(editing.verdicts.report.language)
    except InputError:  # a language that has none
        return
    line = _line_above(editing, 0)
    if line is None:
        return
    comment = f"{opening} whence: ignore "
    ending = f" {closing}" if closing else ""
    yield _action(editing, title, _insertion(editing, line, [comment + ending], len(comment)))


def _open_sources(editing: _Editing) -> Iterator[CodeAction]:
    passage, ruling = editing.finding.passage, editing.finding.ruling
    first = passage.sources[ruling.source]
    sources = [first, *(one for one in passage.sources if one is not first)]
    for source in sources[:_PAGES]:
        place = cited(source)
        if place.url is None:
            continue
        title = f"Open source: {brief(place.repository, 60)}, {brief(place.where, 80)}"
        command = Command(title=title, command=OPEN_SOURCE, arguments=[place.url])
        yield CodeAction(
            title=title,
            kind=CodeActionKind.QuickFix,
            diagnostics=editing.known or None,
            command=command,
        )


def _action(editing: _Editing, title: str, edit: WorkspaceEdit) -> CodeAction:
    return CodeAction(
        title=title,
        kind=CodeActionKind.QuickFix,
        diagnostics=editing.known or None,
        edit=edit,
    )


def _line_above(editing: _Editing, farther: int) -> int | None:
    """The line before which a comment goes, by its number; None: there is no such place.

    Args:
        farther: lines by which it may be farther up than just above the passage.
    """
    places, span = editing.verdicts.places, editing.finding.passage.span
    line = first = places.line_of(span.start)
    last = places.line_of(span.end)
    while line > 0 and places.line(line - 1).endswith(b"\\"):
        line -= 1
    while line < min(last, 3) and _STAYS_FIRST.match(places.line(line)):
        line += 1
    return line if line >= first - farther else None


def _insertion(
    editing: _Editing, line: int, comment: list[str], cursor: int | None
) -> WorkspaceEdit:
    """An edit that puts lines before a line.

    Args:
        cursor: character of the last line at which the user goes on, where editors can do that.
    """
    places, snapshot = editing.verdicts.places, editing.verdicts.snapshot
    found = _INDENT.match(places.line(line))
    indent = found[0].decode() if found is not None else ""
    at = places.position(places.start_of(line))
    end = places.line_end
    text = "".join(f"{indent}{one.rstrip() if cursor is None else one}{end}" for one in comment)
    abilities = editing.abilities
    if not abilities.versioned_edits:
        return WorkspaceEdit(changes={snapshot.uri: [TextEdit(Range(at, at), text)]})
    edit: TextEdit | SnippetTextEdit = TextEdit(Range(at, at), text)
    if cursor is not None and abilities.snippets:
        stop = len(indent) + cursor
        snippet = f"{_literal(text[:stop])}$0{_literal(text[stop:])}"
        edit = SnippetTextEdit(Range(at, at), StringValue(value=snippet))
    document = OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    return WorkspaceEdit(document_changes=[TextDocumentEdit(document, [edit])])


def _literal(text: str) -> str:
    """Text in which a snippet has no place holders."""
    return re.sub(r"([\\$}])", r"\\\1", text)
