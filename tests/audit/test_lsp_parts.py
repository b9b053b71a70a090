"""Parts of the language server, tested without an editor."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from markdown_it import MarkdownIt

from attribution.errors import InputError
from attribution.types import Span
from audit.lsp.actions import actions_for
from audit.lsp.checks import Checks
from audit.lsp.client import Capabilities, Settings, read_settings
from audit.lsp.documents import CheckedDocument, DocumentText, Snapshot
from audit.lsp.hovers import MARKDOWN, PLAIN
from audit.types import FileReport, FileState, Severity
from tests.support.audit_runs import sample_finding, sample_source

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
TEXTS = st.text(st.sampled_from("a\té\u2028\x0c\ufffd\U0001f600\r\n"), max_size=30)
HOSTILE = st.text(st.sampled_from("ab `*_[]()<>!\\\n#&~|$^=@:/.-+\u202e\x1b1"), max_size=60)


# ---- positions ----


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS)
def test_every_character_has_its_position_and_back(encoding: str, text: str) -> None:
    document = DocumentText(text, encoding)
    offset, line, units = 0, 0, 0
    for at, character in enumerate(text):
        ended = character == "\n" or (character == "\r" and text[at + 1 : at + 2] != "\n")
        within = text[at - 1 : at] == "\r" and character == "\n"
        assert document.position(offset) == types.Position(line, units)
        if not within and not ended and character != "\r":
            assert document.offset(types.Position(line, units)) == offset
        size = len(character.encode())
        offset += size
        codec = {"utf-8": size, "utf-32": 1}.get(encoding, 1 + (character > "\uffff"))
        line, units = (line + 1, 0) if ended else (line, units + codec)
    assert document.position(offset) == types.Position(line, units)
    assert document.position(offset + 9) == types.Position(line, units)


def test_a_position_beyond_a_line_is_its_end_and_one_inside_a_character_is_its_start() -> None:
    document = DocumentText("a\U0001f600b\r\nc", "utf-16")
    assert document.offset(types.Position(0, 2)) == 1  # between both halves
    assert document.offset(types.Position(0, 99)) == 6
    assert document.offset(types.Position(99, 0)) == len(document.code)
    assert document.position(3) == types.Position(0, 1)  # a byte within the character
    assert document.line_end == "\r\n"
    lone = DocumentText("\ud800a", "utf-16")
    assert lone.position(len(lone.code)) == types.Position(0, 2)


# ---- markup ----


@given(HOSTILE)
def test_names_and_sentences_of_others_stay_text(text: str) -> None:
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    for written, kinds in [
        (f"- x {MARKDOWN.name(text)} y", {"text", "code_inline"}),
        (f"- x {MARKDOWN.words(text)} y", {"text", "text_special"}),
    ]:
        tokens = [
            token for block in parser.parse(written) for token in (block.children or [])
        ]  # fmt: skip
        assert {token.type for token in tokens} <= kinds
        blocks = [block.type for block in parser.parse(written)]
        assert blocks == [
            "bullet_list_open", "list_item_open", "paragraph_open", "inline",
            "paragraph_close", "list_item_close", "bullet_list_close",
        ]  # fmt: skip


@given(HOSTILE)
def test_a_block_cannot_be_closed_from_inside(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"{MARKDOWN.block(text)}\n\nafter")
    assert [token.type for token in tokens][:2] == ["fence", "paragraph_open"]


def test_addresses_and_plain_text() -> None:
    assert MARKDOWN.link("Open", "https://x.example/a?b#L1") == "[Open](<https://x.example/a?b#L1>)"
    assert MARKDOWN.link("Open", "javascript:alert(1)") == "`javascript:alert(1)`"
    assert MARKDOWN.link("Open", "https://x>)[y](http://z") == "`https://x>)[y](http://z`"
    assert PLAIN.words("a *b*\n") == "a *b*<U+000A>"
    assert PLAIN.block("a\n\x1b[2J") == "  a\n  ␛[2J"


# ---- settings and capabilities ----


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"delay": "300"}, "whence.delay is '300'; give a number of milliseconds"),
        ({"delay": True}, "whence.delay is True"),
        ({"delay": -1}, "whence.delay is -1; give milliseconds from 0 to 60000"),
        ({"severity": "none"}, "give note, warning, error"),
        ({"severity": ["x"]}, "whence.severity is ['x']"),
        ({"policy": 3}, "whence.policy is 3; give the path"),
        (
            {"index": "/elsewhere"},
            "whence.index is not a setting; there are policy, delay, severity",
        ),
    ],
)
def test_wrong_settings_are_named(sent: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_settings(sent, Settings())
    assert message in str(caught.value)


def test_settings_that_are_not_sent_keep_their_values() -> None:
    known = Settings(Path("p"), 1.0, Severity.ERROR)
    for sent in (None, [], {}, {"delay": None}):
        assert read_settings(sent, known) == known
    assert read_settings({"policy": "", "delay": 50.0, "severity": "note"}, known) == Settings(
        None, 0.05, Severity.NOTE
    )


def test_without_declared_capabilities_there_are_none() -> None:
    assert Capabilities.of(types.ClientCapabilities()) == Capabilities()


# ---- code actions ----


def actions_on(
    text: str, line: int, language: str, capabilities: Capabilities
) -> list[types.CodeAction]:
    """The actions for a finding that starts at a line of a text."""
    finding = sample_finding("a", line, [sample_source("MIT")], "attribute", Severity.WARNING)
    begin = len("".join(text.splitlines(True)[: line - 1]).encode())
    span = Span(begin, len(text.encode()), line, text.count("\n"))
    finding = replace(finding, passage=replace(finding.passage, span=span))
    report = FileReport("a", FileState.CHECKED, language=language, findings=(finding,))
    snapshot = Snapshot("untitled:a", 3, text, language)
    return actions_for(
        [finding], CheckedDocument(snapshot, DocumentText(text, "utf-16"), report), capabilities, []
    )


def test_a_cursor_for_clients_with_snippets() -> None:
    capabilities = Capabilities(versioned_edits=True, snippets=True)
    _, ignore = actions_on("code\n{\n  more $x }\n}\n", 3, "css", capabilities)
    assert ignore.edit is not None
    assert ignore.edit.document_changes is not None
    (document,) = ignore.edit.document_changes
    assert isinstance(document, types.TextDocumentEdit)
    assert document.text_document.version == 3
    (edit,) = document.edits
    assert isinstance(edit, types.SnippetTextEdit)
    assert edit.range.start == types.Position(2, 0)
    assert edit.snippet.value == "  /* whence: ignore $0 */\n"


@pytest.mark.parametrize(
    ("text", "line", "language", "lines"),
    [
        ("#!/bin/sh\nls\nls\n", 1, "shell", [1, 1]),
        ("#!/usr/bin/python\n# -*- coding: latin-1 -*-\nx\n", 1, "python", [2, 2]),
        ("<?php\nx();\n", 1, "php", [1, 1]),
        ("#define A \\\n  b\nc\n", 2, "c", [0, None]),
        ("a \\\n" * 9 + "b\n", 10, "shell", [None, None]),  # too far away to be found
        ("{}\n", 1, "json", [None, None]),  # no comments
    ],
)
def test_where_comments_go(text: str, line: int, language: str, lines: list[int | None]) -> None:
    found = {
        action.title[:6]: action for action in actions_on(text, line, language, Capabilities())
    }
    for title, expected in zip(("Insert", "Ignore"), lines, strict=True):
        action = found.get(title)
        assert (action is None) == (expected is None)
        if action is not None:
            assert action.edit is not None
            assert action.edit.changes is not None
            assert action.edit.changes["untitled:a"][0].range.start.line == expected


# ---- checks ----


def in_a_loop(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run it on another thread: the browser of other tests keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result(30)


def snapshot_of(version: int, uri: str = "u") -> Snapshot:
    return Snapshot(uri, version, "text", "python")


def checked_of(snapshot: Snapshot) -> CheckedDocument:
    report = FileReport(snapshot.uri, FileState.CHECKED)
    return CheckedDocument(snapshot, DocumentText(snapshot.text, "utf-16"), report)


def test_the_loop_continues_while_a_check_runs_and_a_stale_result_is_dropped() -> None:
    started, proceed = threading.Event(), threading.Event()
    checked: list[int] = []
    reported: list[int] = []

    def check(snapshot: Snapshot) -> CheckedDocument:
        checked.append(snapshot.version)
        started.set()
        assert proceed.wait(20)
        return checked_of(snapshot)

    async def scenario() -> None:
        checks = Checks(check, lambda result: reported.append(result.snapshot.version))
        checks.schedule(snapshot_of(1), 0)
        while not started.is_set():
            await asyncio.sleep(0.01)  # the loop is free
        for version in range(2, 9):
            checks.schedule(snapshot_of(version), 0.05)
        assert await checks.result("u", 0.01) is None
        proceed.set()
        checked_document = await checks.result("u", 20)
        assert checked_document is not None
        assert checked_document.snapshot.version == 8
        checks.close()

    in_a_loop(scenario())
    assert checked == [1, 8]
    assert reported == [8]


def test_nothing_is_reported_for_a_closed_document() -> None:
    proceed = threading.Event()
    reported: list[str] = []

    def check(snapshot: Snapshot) -> CheckedDocument:
        assert proceed.wait(20)
        return checked_of(snapshot)

    async def scenario() -> None:
        checks = Checks(check, lambda result: reported.append(result.snapshot.uri))
        checks.schedule(snapshot_of(1, "closed"), 0)
        checks.schedule(snapshot_of(1, "open"), 0)
        await asyncio.sleep(0)
        checks.forget("closed")
        proceed.set()
        assert await checks.result("open", 20) is not None
        assert await checks.result("closed", 0) is None
        checks.recheck_all()
        checks.check_now("closed")
        assert await checks.result("open", 20) is not None
        checks.check_now("open")  # known already
        await asyncio.sleep(0.05)
        checks.close()

    in_a_loop(scenario())
    assert reported == ["open", "open"]
