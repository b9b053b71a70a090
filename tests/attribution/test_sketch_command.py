"""Sketch files: what is in them, what is not, and that invalid ones are refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from attribution.commands.sketch import sketch
from attribution.errors import InputError
from attribution.lexing.languages import languages_to_try
from attribution.lexing.lexer import lex
from attribution.sketch_only import sketch_file as sketch_files
from attribution.sketch_only.sketch_file import read_sketch_file, sketch_file
from attribution.sketching.sketch import SketchParams
from attribution.sketching.sketcher import sketch_query
from tests.support.index_engines import PARAMS, code

TEXT = code(7)
COMMENTED = b"# zebra crossing\nwombat = 'quokka'\n" + TEXT


def shape_of(text: bytes = TEXT, language: str | None = "python") -> dict[str, Any]:
    return json.loads(json.dumps(sketch_file(text, language).as_json()))


def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(sketch, arguments, input=stdin)
    return done.exit_code, done.output, done.exception


@pytest.mark.parametrize("language", ["python", "c", None])
@pytest.mark.parametrize("text", [TEXT, code(3, 400), b"x = 1\n"])
def test_reading_gives_what_was_written(text: bytes, language: str | None) -> None:
    made = sketch_file(text, language)
    read = read_sketch_file(json.loads(json.dumps(made.as_json())))
    assert read.as_json() == made.as_json()
    expected = sketch_query(text, languages_to_try(language), PARAMS)
    assert np.array_equal(read.sketch().raw, expected.raw)
    assert np.array_equal(read.sketch().raw_positions, expected.raw_positions)
    assert np.array_equal(read.sketch().renamed, expected.renamed)
    assert np.array_equal(read.sketch().bands, expected.bands)
    assert read.sketch().tokens == expected.tokens


def test_positions_are_those_of_the_tokens() -> None:
    made = sketch_file(TEXT, "python")
    tokens = lex(TEXT, "python")
    for i, position in enumerate(made.raw.positions):
        last = position + PARAMS.raw_k - 1
        assert made.raw.starts[i] == tokens.starts[position]
        assert made.raw.ends[i] == tokens.ends[last]
        assert made.raw.start_lines[i] == tokens.lines[position]
        assert made.raw.end_lines[i] == tokens.lines[last]


def test_no_piece_of_the_text_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "secret_name.py"
    path.write_bytes(COMMENTED)
    status, out, _ = run(str(path))
    assert status == 0
    texts = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            texts.update(value)
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            assert all(type(part) is int for part in value)
        elif isinstance(value, str):
            texts.add(value)

    walk(json.loads(out))
    fields = {"format", "version", "params", "name", "language", "lines", "tokens", "raw",
              "renamed", "minhash", "bands", "fingerprints", "positions", "start_lines",
              "end_lines", "starts", "ends", *SketchParams().as_dict()}  # fmt: skip
    assert texts - fields == {"whence-sketch", "-", "python"}


def test_the_command_takes_standard_input_a_language_and_a_name() -> None:
    status, out, _ = run("-", "--language", "Golang", "--name", "mine", stdin=TEXT)
    shape = json.loads(out)
    assert status == 0
    assert (shape["name"], shape["language"]) == ("mine", "go")
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("absent.py",), b"", "absent.py cannot be sketched: the file cannot be read"),
        (("-",), b" \n", "- cannot be sketched: the snippet is empty"),
        (("-",), b"a\0b", "binary"),
        (("-",), b"x" * (sketch_files.MAX_BYTES + 1), "4,194,305 bytes, the limit is 4,194,304"),
        (("-", "--language", "klingon"), TEXT, "unknown language 'klingon'"),
    ],
)
def test_the_command_says_what_it_cannot_do(
    arguments: tuple[str, ...], stdin: bytes, says: str
) -> None:
    status, _, error = run(*arguments, stdin=stdin)
    assert status != 0
    assert isinstance(error, InputError)
    assert says in str(error)


def change(shape: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with another value at a path; "..." deletes."""
    changed = copy.deepcopy(shape)
    *parents, last = path.split(".")
    at: Any = changed
    for part in parents:
        at = at[part]
    key = int(last) if isinstance(at, list) else last
    if value is ...:
        del at[key]
    else:
        at[key] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("format", "gzip", r"'gzip' - at `\$.format`"),
        ("version", 2, "version 2, this Whence reads 1"),
        ("tokens", ..., "missing required field `tokens`"),
        ("words", ["a"], "unknown field `words`"),
        ("params.raw_k", ..., "params lacks raw_k"),
        ("params.raw_k", "12", r"Expected `int`, got `str` - at `\$.params"),
        ("params.bands", 7, "7 bands, which do not divide 128"),
        ("params.fingerprint_bits", 64, "fingerprint_bits is 64"),
        ("params.permutations", 65536, "permutations is 65536"),
        ("name", "x" * 1001, r"length <= 1000 - at `\$.name`"),
        ("language", "klingon", "language is 'klingon'"),
        ("lines", -1, r">= 0 - at `\$.lines`"),
        ("tokens", True, r"got `bool` - at `\$.tokens`"),
        ("tokens", 1 << 40, r"<= 4194304 - at `\$.tokens`"),
        ("raw", [], r"Expected `object`, got `array` - at `\$.raw`"),
        ("raw.fingerprints.0", 1 << 42, "below 4398046511104"),
        ("raw.fingerprints.0", -1, r"`int` >= 0 - at `\$.raw.fingerprints"),
        ("raw.fingerprints.0", 1.5, r"got `float` - at `\$.raw.fingerprints"),
        ("raw.fingerprints.0", 4398046511103, "not ascending"),
        ("raw.fingerprints.1", ..., "raw.positions has"),
        ("raw.positions.0", 1 << 20, "raw.positions contains 1048576"),
        ("raw.starts", None, r"Expected `array`, got `null` - at `\$.raw.starts`"),
        ("renamed.ends.2", 0, "renamed has a k-gram that ends before it starts"),
        ("renamed.start_lines.2", 0, "renamed has a k-gram"),
        ("raw.end_lines.0", 42, "raw.end_lines contains 42"),
        ("minhash.0", 1 << 32, "below 4294967296"),
        ("minhash.0", ..., "minhash has 127 values, not 128"),
        ("minhash.5", 1, "bands do not follow from minhash"),
        ("bands", [], "bands do not follow from minhash"),
    ],
)
def test_invalid_sketches_are_refused(path: str, value: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_sketch_file(change(shape_of(), path, value))


@pytest.mark.parametrize("shape", [None, [], "sketch", 1, {}])
def test_something_else_than_a_sketch_is_refused(shape: object) -> None:
    with pytest.raises(InputError, match="the sketch"):
        read_sketch_file(shape)


def test_the_help_says_what_a_sketch_reveals() -> None:
    _, out, _ = run("--help")
    assert "words are" in out
    assert "a right guess can be confirmed" in " ".join(out.split())
