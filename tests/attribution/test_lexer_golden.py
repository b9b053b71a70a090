"""Golden tests of the lexer: tests/corpus/lexer/NAME beside the tokens in NAME.tokens.

An expected file has a line per line of input that has tokens: its number, then after tabs each
token as its kind and text. Kinds: w keyword, n name, # number, s string, . punctuation; i before
it says that the line only imports. To update the files, run this and read the diff:

    python tests/attribution/test_lexer_golden.py --write
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.lexing.hashing import BLOCK, FACTORS, hash_bytes
from attribution.lexing.languages import SYNTAXES, language_of_path
from attribution.lexing.lexer import (
    IMPORT,
    KIND,
    NAME,
    NUMBER,
    PUNCTUATION,
    STRING,
    WORD,
    Tokens,
    lex,
    lex_into,
)
from attribution.lexing.rules import family_rows

FOLDER = Path(__file__).parents[1] / "corpus" / "lexer"
INPUTS = sorted(
    path for path in FOLDER.iterdir() if path.suffix != ".tokens" and path.name[0] != "."
)
LETTERS = {WORD: "w", NAME: "n", NUMBER: "#", STRING: "s", PUNCTUATION: "."}
CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), 127]}


def reference_hash(token: bytes) -> int:
    """The hash of a token, as the kernels compute it."""
    bits, factor, value = 2**64 - 1, 0x9E3779B97F4A7C15, 0
    for number, byte in enumerate(token):
        if number and number % BLOCK == 0:
            value = ((value ^ (value >> 31)) * factor) & bits
        value = (value + (byte + 1) * int(FACTORS[number % BLOCK])) & bits
    value = ((value ^ (value >> 32)) * factor) & bits
    return value ^ (value >> 29)


def lex_family(text: bytes, family: int) -> Tokens:
    """The tokens of a text under the syntax of one family number."""
    size = max(len(text), 1)
    hashes, kinds = np.empty(size, np.uint64), np.empty(size, np.uint8)
    starts, ends, lines = (np.empty(size, np.uint32) for _ in range(3))
    data = np.frombuffer(text, np.uint8)
    rows = family_rows(family)
    n = lex_into(data, 0, len(text), *rows, hashes, kinds, starts, ends, lines)
    return Tokens(hashes[:n], kinds[:n], starts[:n], ends[:n], lines[:n])


def rendered(text: bytes, tokens: Tokens) -> str:
    """The tokens in the form of the expected files."""
    rows = []
    for number in range(len(tokens)):
        kind = int(tokens.kinds[number])
        lexeme = text[tokens.starts[number] : tokens.ends[number]]
        shown = lexeme.decode("utf-8", "backslashreplace").translate(CONTROLS)
        mark = "i" if kind & IMPORT else ""
        rows.append((int(tokens.lines[number]), f"{mark}{LETTERS[kind & KIND]} {shown}"))
    lines = groupby(rows, key=lambda row: row[0])
    return "".join(
        "\t".join([str(line), *(shown for _, shown in group)]) + "\n" for line, group in lines
    )


def golden(path: Path) -> str:
    """The tokens of one input, in the form of the expected files."""
    text = path.read_bytes()
    return rendered(text, lex(text, language_of_path(path.name)))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    expected = path.with_name(path.name + ".tokens").read_text("utf-8")
    assert golden(path) == expected


def test_every_expected_file_has_its_input() -> None:
    expected = {path.name.removesuffix(".tokens") for path in FOLDER.glob("*.tokens")}
    assert expected == {path.name for path in INPUTS}


# Marks that open, close, escape and separate in some family, and other bytes.
MARKS = [
    *(mark.encode() for syntax in SYNTAXES for mark in syntax.line_comments),
    *(mark.encode() for syntax in SYNTAXES for mark in syntax.block_comment or ()),
]
COMMON = [
    *(b'"', b"'", b"`", b'"""', b"'''", b"\\", b"\\\\", b"*", b"**/", b"* ", b"$", b"@", b"."),
    *(b"\r", b" ", b" ", b"\t", b"\x00", b"\x0c", b"\xef\xbb\xbf", b"\xff", b"/*", b"*/", b"#"),
    *(b"/", b"/", b"=", b"(", b"[", b"%w", b"~r", b"q{", b"}", b"s/", b"r#", b'R"(', b")", b"`${"),
    *(b"x", b"if", b"import", b"#include", b"REM", b"1.5", "größe".encode(), b"'a'", b"'\\n'"),
]
PIECES = st.one_of(st.sampled_from(COMMON), st.sampled_from(MARKS), st.binary(max_size=3))
LINES = st.lists(PIECES, max_size=8).map(b"".join)
TEXTS = st.lists(LINES, max_size=6).map(b"\n".join)
FAMILIES = st.integers(0, len(SYNTAXES) - 1)


def as_rows(tokens: Tokens) -> list[tuple[int, int, int, int, int]]:
    """Hash, kind, start, end and line of each token."""
    columns = (tokens.hashes, tokens.kinds, tokens.starts, tokens.ends, tokens.lines)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@given(st.binary(max_size=300))
def test_hashes_equal_the_reference(token: bytes) -> None:
    assert hash_bytes(token) == reference_hash(token)


@given(FAMILIES, TEXTS)
@settings(max_examples=600, deadline=None)
def test_offsets_ascend_within_the_text(family: int, text: bytes) -> None:
    behind = 0
    for value, kind, start, end, line in as_rows(lex_family(text, family)):
        assert behind <= start < end <= len(text)
        assert line == text.count(b"\n", 0, start) + 1
        assert b"\n" not in text[start:end]
        assert value == reference_hash(text[start:end])
        assert kind & KIND in LETTERS
        behind = end


def rows_of_single_lines(text: bytes, family: int) -> list[tuple[int, int, int, int, int]]:
    """The rows of the lines when each is lexed alone."""
    rows = []
    begin = 0
    for number, line in enumerate(text.split(b"\n")):
        for value, kind, start, end, _ in as_rows(lex_family(line, family)):
            rows.append((value, kind, begin + start, begin + end, number + 1))
        begin += len(line) + 1
    return rows


@given(FAMILIES, TEXTS)
@settings(max_examples=600, deadline=None)
def test_tokens_of_a_line_depend_on_that_line_alone(family: int, text: bytes) -> None:
    assert as_rows(lex_family(text, family)) == rows_of_single_lines(text, family)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_golden_lines_can_be_lexed_alone_in_every_family(path: Path) -> None:
    text = path.read_bytes()
    for family in range(len(SYNTAXES)):
        assert as_rows(lex_family(text, family)) == rows_of_single_lines(text, family)


@given(FAMILIES, TEXTS)
@settings(max_examples=600, deadline=None)
def test_tokens_lex_to_themselves(family: int, text: bytes) -> None:
    for value, kind, start, end, _ in as_rows(lex_family(text, family)):
        # Behind a name, a mark cannot start a comment that needs white space or the line's start.
        # What a string begins with may depend on its line: a slash, a quote behind a letter.
        before = b"x" if kind & KIND == PUNCTUATION else b" "
        if kind & KIND == STRING:
            before = text[text.rfind(b"\n", 0, start) + 1 : start]
        again = lex_family(before + text[start:end], family)
        assert int(again.starts[-1]) == len(before)
        assert (int(again.hashes[-1]), int(again.kinds[-1]) & KIND) == (value, kind & KIND)


@given(FAMILIES, st.binary(max_size=400))
@settings(max_examples=600, deadline=None)
def test_any_bytes_can_be_lexed(family: int, text: bytes) -> None:
    tokens = lex_family(text, family)
    assert int(np.sum(tokens.ends - tokens.starts, dtype=np.int64)) <= len(text)


SIZE = 1 << 20  # at this size a quadratic lexer runs for minutes, a linear one for milliseconds
ADVERSARIES = {
    "one name": b"a" * SIZE,
    "digits": b"1." * (SIZE // 2),
    "open brackets": b"([{" * (SIZE // 3),
    "quotes in turn": b"\"'`" * (SIZE // 3),
    "escaped quotes": b"'\"`" + b"\\\"\\'\\`" * (SIZE // 6),
    "open triple quotes": b"\"\"\" '''" + b" \\\" \\'" * (SIZE // 6),
    "backslashes": b'"' + b"\\" * SIZE,
    "char openings": b"'\\x" * (SIZE // 3),
    "comment openings": b"/* <!-- {- (* #= --[[ " * (SIZE // 22),
    "half comment marks": b"/ - < ( # [ ; % ! " * (SIZE // 18),
    "comment closings": b"*/ --> -} *) ]]" * (SIZE // 15),
    "stars": b"*" * SIZE + b"x",
    "starred lines": b"*\n" * (SIZE // 2),
    "spaces": b" " * SIZE,
    "zeros": b"\x00" * SIZE,
    "high bytes": b"\xff\xfe" * (SIZE // 2),
    "open regular expressions": b"=/[" * (SIZE // 3),
    "open literals": b' q( =%w[ ~w( r#" @" R"(' * (SIZE // 26),
    "open templates": b"`${{" * (SIZE // 4),
    "byte order marks": b"\xef\xbb\xbf" * (SIZE // 3),
}


# One language for each feature in which families differ.
MECHANISMS = [
    *("javascript", "python", "rust", "sql", "ruby", "lua", "html", "batchfile", "perl", "c++"),
    *("c#", "swift", "elixir", "shell", "matlab", "groovy"),
]


@pytest.mark.timeout(30)  # a guard against hanging, not a measurement
@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_no_line_is_slow(adversary: str) -> None:
    text = ADVERSARIES[adversary]
    for language in MECHANISMS:
        tokens = lex(text, language)
        assert len(tokens) == 0 or int(tokens.ends[-1]) <= len(text)


@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_every_family_lexes_adversaries(adversary: str) -> None:
    text = ADVERSARIES[adversary][: 1 << 12]
    for family in range(len(SYNTAXES)):
        tokens = lex_family(text, family)
        assert len(tokens) == 0 or int(tokens.ends[-1]) <= len(text)


def test_one_line_of_a_megabyte() -> None:
    statement = b"var f=function(a,b){return a+'x\\'y'};"
    times = 1_000_000 // len(statement)
    tokens = lex(statement * times, "javascript")
    assert len(tokens) == len(lex(statement, "javascript")) * times
    assert set(tokens.lines.tolist()) == {1}


def test_nesting_has_no_depth_limit() -> None:
    depth = 100_000
    assert len(lex(b"f(" * depth + b")" * depth, "python")) == 3 * depth


@pytest.mark.parametrize(
    ("language", "line", "names"),
    [
        ("c", b" * words of a comment", []),
        ("c", b" **/ int x;", [b"x"]),
        ("c", b"*p = q;", [b"p", b"q"]),
        ("c", b"**p = q;", [b"p", b"q"]),
        ("python", b"* a", [b"a"]),
        ("visual basic .net", b"  Rem words", []),
        ("visual basic .net", b"Remark = 1", [b"Remark"]),
        ("batchfile", b"rem words", []),
        ("batchfile", b"echo rem words", [b"rem", b"words"]),
        ("shell", b"x=${#y} # z", [b"x", b"y"]),
        ("unix assembly", b"mov r0, #one # z", [b"mov", b"r0", b"one"]),
        ("vim script", b'let x = 1 " y', [b"x", b"y"]),
        ("lua", b"--[[ z ]] x()", [b"x"]),
        ("rust", b"&'a str", [b"a", b"str"]),
        ("no such language", b"// # -- x", [b"x"]),
    ],
)
def test_comment_marks(language: str, line: bytes, names: list[bytes]) -> None:
    rows = as_rows(lex(line, language))
    assert [line[row[2] : row[3]] for row in rows if row[1] & KIND == NAME] == names


@pytest.mark.parametrize(
    ("language", "line", "imports"),
    [
        ("python", b"from a import b", True),
        ("python", b"x = importlib.import_module('from')", False),
        ("c", b"#  include <x.h>", True),
        ("objective-c", b"@import X;", True),
        ("css", b"@import 'x.css';", True),
        ("swift", b"@testable import X", True),
        ("erlang", b'-include("x.hrl").', True),
        ("verilog", b'`include "x.v"', True),
        ("tex", b"\\usepackage{x}", True),
        ("visual basic .net", b"Imports System", True),
        ("javascript", b"export default x", False),
    ],
)
def test_import_lines(language: str, line: bytes, imports: bool) -> None:
    flags = lex(line, language).kinds & IMPORT
    assert bool(np.all(flags)) is imports
    assert bool(np.any(flags)) is imports


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("Pass --write to overwrite the expected tokens.")
    for source in INPUTS:
        source.with_name(source.name + ".tokens").write_text(golden(source), "utf-8", newline="")
