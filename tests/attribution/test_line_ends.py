"""One rule for line ends, for snippets and for indexed files."""

from __future__ import annotations

import pytest

from attribution.attributor import Attributor
from attribution.index.interface import WordQuery
from attribution.lexing.encodings import decode
from attribution.lexing.languages import language_of_path
from attribution.lexing.lexer import lex
from attribution.line_ends import count_lines, with_line_feeds, with_lone_returns_ended
from attribution.reports.hit_json import lines_of
from attribution.reports.line_rows import aligned_rows
from attribution.sketching.sketch import SketchParams
from attribution.types import Document, NewFile, Occurrence, Snippet, Status
from indexer.filters import FileFilter
from indexer.licensing.comments import decode_text
from tests.support.index_engines import fill
from tests.support.memory_index import MemoryIndex

CODE = b'''# A ring buffer.
def push(ring, value):
    """Overwrite the oldest value when the ring is full."""
    ring.slots[(ring.head + ring.count) % len(ring.slots)] = value
    if ring.count < len(ring.slots):
        ring.count += 1
    else:
        ring.head = (ring.head + 1) % len(ring.slots)
    return ring.count * 17 + ring.head
'''
ENDS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}


def with_ends(name: str) -> bytes:
    return CODE.replace(b"\n", ENDS[name])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"", 0),
        (b"a", 1),
        (b"a\n", 1),
        (b"a\nb", 2),
        (b"a\r\nb\r\n", 2),
        (b"a\rb\r", 2),
        (b"a\rb", 2),
        (b"a\rb\nc\n", 2),  # as git counts a carriage return within lines
        (b"\r", 1),
        (b"a\x0cb\x0bc", 1),
        ("a\u2028b\u2029c\x85d".encode(), 1),
    ],
)
def test_lines_are_counted_as_git_does(text: bytes, lines: int) -> None:
    assert count_lines(text) == lines
    assert decode(text, 100).lines == lines
    assert len(with_line_feeds(text)) == len(with_lone_returns_ended(text)) == len(text)


@pytest.mark.parametrize("indexed", ENDS)
@pytest.mark.parametrize("asked", ENDS)
def test_any_line_ends_find_any_other(indexed: str, asked: str) -> None:
    content = with_ends(indexed)
    assert FileFilter().judge("push.py", content, "python") is None
    index = MemoryIndex(SketchParams(), "test")
    fill(index, [NewFile(content, "python", Occurrence("owner/ring", "push.py"))])
    answer = Attributor(index).attribute(Snippet(with_ends(asked), "python", "push.py"))
    assert answer.status is Status.CHECKED
    assert answer.lines == 9
    [source] = answer.sources
    match = source.matches[0]
    assert (match.snippet.start_line, match.snippet.end_line) == (2, 9)
    assert (match.source.start_line, match.source.end_line) == (2, 9)
    rows = aligned_rows(with_ends(asked), content, match)
    assert [row.sign for row in rows] == ["="] * 8
    [hit] = index.search(WordQuery(words=("oldest",)))
    assert lines_of(hit) == [(3, '    """Overwrite the oldest value when the ring is full."""')]


def test_a_lone_return_ends_a_comment_but_no_line() -> None:
    tokens = lex(b"a # b\rc\nd\re\n", "python")
    assert len(tokens) == 4
    assert tokens.lines.tolist() == [1, 1, 2, 2]
    assert tokens.starts.tolist() == [0, 6, 8, 10]


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_other_marks_end_no_line(mark: str) -> None:
    tokens = lex(f"a # b{mark}c\nd\n".encode(), "python")
    assert tokens.lines.tolist() == [1, 2]


def test_a_document_keeps_its_bytes() -> None:
    document = Document("0" * 40, "python", with_ends("CR"))
    assert (document.text, document.content) == (CODE, with_ends("CR"))
    assert decode_text(document.content) == CODE.decode()


def test_the_first_line_of_an_old_mac_names_the_interpreter() -> None:
    assert language_of_path("run", b"#!/usr/bin/env python3\rimport os\r") == "python"
