"""Parts of the language server that can be tried without an editor."""

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
from audit.lsp.abilities import Abilities
from audit.lsp.actions import actions_for
from audit.lsp.checks import Checks
from audit.lsp.documents import Snapshot, Verdicts
from audit.lsp.markup import MARKDOWN, PLAIN
from audit.lsp.positions import Places
from audit.lsp.settings import Settings, read_settings
from audit.types import FileReport, FileState, Severity
from tests.support.audit_runs import sample_finding, sample_source

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
TEXTS = st.text(st.sampled_from("a\té\u2028\x0c\ufffd\U0001f600\r\n"), max_size=30)
HOSTILE = st.text(st.sampled_from("ab `*_[]()<>!\\\n#&~|$^=@:/.-+\u202e\x1b1"), max_size=60)


# ---- places ----


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS)
def test_every_character_has_its_place_and_back(encoding: str, text: str) -> None:
    places = Places(text, encoding)
    offset, line, units = 0, 0, 0
    for at, character in enumerate(text):
        ended = character == "\n" or (character == "\r" and text[at + 1 : at + 2] != "\n")
        within = text[at - 1 : at] == "\r" and character == "\n"
        assert places.position(offset) == types.Position(line, units)
        if not within and not ended and character != "\r":
            assert places.offset(types.Position(line, units)) == offset
        size = len(character.encode())
        offset += size
        codec = {"utf-8": size, "utf-32": 1}.get(encoding, 1 + (character > "\uffff"))
        line, units = (line + 1, 0) if ended else (line, units + codec)
    assert places.position(offset) == types.Position(line, units)
    assert places.position(offset + 9) == types.Position(line, units)


def test_places_out_of_a_line_are_its_end_and_half_a_character_is_before_it() -> None:
    places = Places("a\U0001f600b\r\nc", "utf-16")
    assert places.offset(types.Position(0, 2)) == 1  # between both halves
    assert places.offset(types.Position(0, 99)) == 6
    assert places.offset(types.Position(99, 0)) == len(places.code)
    assert places.position(3) == types.Position(0, 1)  # a byte within the character
    assert places.line_end == "\r\n"
    lone = Places("\ud800a", "utf-16")
    assert lone.position(len(lone.code)) == types.Position(0, 2)


# ---- markup ----


@given(HOSTILE)
def test_names_and_sentences_of_strangers_stay_text(text: str) -> None:
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
def test_a_block_is_closed_by_us_alone(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"{MARKDOWN.block(text)}\n\nafter")
    assert [token.type for token in tokens][:2] == ["fence", "paragraph_open"]


def test_addresses_and_plain_text() -> None:
    assert MARKDOWN.link("Open", "https://x.example/a?b#L1") == "[Open](<https://x.example/a?b#L1>)"
    assert MARKDOWN.link("Open", "javascript:alert(1)") == "`javascript:alert(1)`"
    assert MARKDOWN.link("Open", "https://x>)[y](http://z") == "`https://x>)[y](http://z`"
    assert PLAIN.words("a *b*\n") == "a *b*<U+000A>"
    assert PLAIN.block("a\n\x1b[2J") == "  a\n  ␛[2J"


# ---- settings and abilities ----


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"delay": "300"}, "whence.delay is '300'; give a number of milliseconds"),
        ({"delay": True}, "whence.delay is True"),
        ({"delay": -1}, "whence.delay is -1; give milliseconds from 0 to 60000"),
        ({"severity": "none"}, "give note, warning, error"),
        ({"severity": ["x"]}, "whence.severity is ['x']"),
        ({"policy": 3}, "whence.policy is 3; give the path"),
        ({"index": "/elsewhere"}, "whence.index is no setting; there are policy, delay, severity"),
    ],
)
def test_wrong_settings_are_named(given: object, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_settings(given, Settings())
    assert said in str(caught.value)


def test_what_is_not_set_stays() -> None:
    known = Settings(Path("p"), 1.0, Severity.ERROR)
    for nothing in (None, [], {}, {"delay": None}):
        assert read_settings(nothing, known) == known
    assert read_settings({"policy": "", "delay": 50.0, "severity": "note"}, known) == Settings(
        None, 0.05, Severity.NOTE
    )


def test_a_client_that_says_nothing_can_do_nothing() -> None:
    assert Abilities.of(types.ClientCapabilities()) == Abilities()


# ---- code actions ----


def actions_on(text: str, line: int, language: str, able: Abilities) -> list[types.CodeAction]:
    """For a finding that begins at a line of a text."""
    found = sample_finding("a", line, [sample_source("MIT")], "attribute", Severity.WARNING)
    begin = len("".join(text.splitlines(True)[: line - 1]).encode())
    span = Span(begin, len(text.encode()), line, text.count("\n"))
    found = replace(found, passage=replace(found.passage, span=span))
    report = FileReport("a", FileState.CHECKED, language=language, findings=(found,))
    snapshot = Snapshot("untitled:a", 3, text, language)
    return actions_for([found], Verdicts(snapshot, Places(text, "utf-16"), report), able, [])


def test_a_cursor_for_clients_with_snippets() -> None:
    able = Abilities(versioned_edits=True, snippets=True)
    _, ignore = actions_on("code\n{\n  more $x }\n}\n", 3, "css", able)
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
    found = {action.title[:6]: action for action in actions_on(text, line, language, Abilities())}
    for title, expected in zip(("Insert", "Ignore"), lines, strict=True):
        action = found.get(title)
        assert (action is None) == (expected is None)
        if action is not None:
            assert action.edit is not None
            assert action.edit.changes is not None
            assert action.edit.changes["untitled:a"][0].range.start.line == expected


# ---- checks ----


def in_a_loop(work: Coroutine[Any, Any, None]) -> None:
    """On a thread of its own: the browser of other tests keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result(30)


def snapshot_of(version: int, uri: str = "u") -> Snapshot:
    return Snapshot(uri, version, "text", "python")


def verdicts_of(snapshot: Snapshot) -> Verdicts:
    report = FileReport(snapshot.uri, FileState.CHECKED)
    return Verdicts(snapshot, Places(snapshot.text, "utf-16"), report)


def test_while_a_check_runs_the_loop_goes_on_and_its_stale_result_is_dropped() -> None:
    begun, go_on = threading.Event(), threading.Event()
    checked: list[int] = []
    told: list[int] = []

    def check(snapshot: Snapshot) -> Verdicts:
        checked.append(snapshot.version)
        begun.set()
        assert go_on.wait(20)
        return verdicts_of(snapshot)

    async def work() -> None:
        checks = Checks(check, lambda found: told.append(found.snapshot.version))
        checks.ask(snapshot_of(1), 0)
        while not begun.is_set():
            await asyncio.sleep(0.01)  # the loop is free
        for version in range(2, 9):
            checks.ask(snapshot_of(version), 0.05)
        assert await checks.settled("u", 0.01) is None
        go_on.set()
        found = await checks.settled("u", 20)
        assert found is not None
        assert found.snapshot.version == 8
        checks.close()

    in_a_loop(work())
    assert checked == [1, 8]
    assert told == [8]


def test_a_closed_document_is_told_nothing_of() -> None:
    go_on = threading.Event()
    told: list[str] = []

    def check(snapshot: Snapshot) -> Verdicts:
        assert go_on.wait(20)
        return verdicts_of(snapshot)

    async def work() -> None:
        checks = Checks(check, lambda found: told.append(found.snapshot.uri))
        checks.ask(snapshot_of(1, "closed"), 0)
        checks.ask(snapshot_of(1, "open"), 0)
        await asyncio.sleep(0)
        checks.forget("closed")
        go_on.set()
        assert await checks.settled("open", 20) is not None
        assert await checks.settled("closed", 0) is None
        checks.again()
        checks.hurry("closed")
        assert await checks.settled("open", 20) is not None
        checks.hurry("open")  # known already
        await asyncio.sleep(0.05)
        checks.close()

    in_a_loop(work())
    assert told == ["open", "open"]
