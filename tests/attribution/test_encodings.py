"""Decoding of snippets, and the way from spans of the text back to the input."""

from __future__ import annotations

import pytest

from attribution.lexing.encodings import decode
from attribution.types import Span

TEXT = "# naïve\ndef f(x):\n    return 'é' + x\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-be", "utf-8", "utf-8-sig"])
def test_spans_map_back_to_the_input(encoding: str) -> None:
    raw = TEXT.encode(encoding)
    if encoding == "utf-16-be":
        raw = b"\xfe\xff" + raw
    decoded = decode(raw, 1000)
    assert decoded.problem is None
    start = decoded.code.index(b"return")
    end = decoded.code.index(b" + x") + 4
    span = decoded.span_of_input(Span(start, end, 3, 3))
    plain = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}
    assert raw[span.start : span.end].decode(plain.get(encoding, encoding)) == "return 'é' + x"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\x00\x01\x02", "binary"),
        (b"x" * 1001, "too large: 1,001 bytes, the limit is 1,000"),
    ],
)
def test_problems_are_named(raw: bytes, problem: str) -> None:
    assert problem in (decode(raw, 1000).problem or "")


def test_latin_1_is_read_with_a_warning() -> None:
    decoded = decode("x = 'é'\n".encode("latin-1"), 1000)
    assert decoded.problem is None
    assert decoded.warnings == ("not UTF-8 at byte 5: compared byte by byte",)
    assert decoded.span_of_input(Span(1, 3, 1, 1)) == Span(1, 3, 1, 1)


@pytest.mark.parametrize(
    ("raw", "lines"), [(b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"a\r\nb\r\n", 2)]
)
def test_lines_are_counted_as_an_editor_does(raw: bytes, lines: int) -> None:
    assert decode(raw, 1000).lines == lines
