"""The command line with a tiny index on disk: its output and exit codes."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import jsonschema
import pytest

from attribution.cli import cli, main
from attribution.errors import InputError
from attribution.index import create_index
from attribution.index.identity import now
from attribution.index.interface import WordQuery
from attribution.index.word_query import word_query
from attribution.reports.answer_schema import published_schema
from attribution.types import LicenseEvidence, NewFile, Occurrence, Skip

COMMIT = "0123456789abcdef0123456789abcdef01234567"

RING = b'''"""A ring buffer."""


class RingBuffer:
    def __init__(self, capacity, fill=None):
        self.slots = [fill] * capacity
        self.head = 0
        self.count = 0

    def push(self, value):
        """Overwrite the oldest value when the ring is full."""
        self.slots[(self.head + self.count) % len(self.slots)] = value
        if self.count < len(self.slots):
            self.count += 1
        else:
            self.head = (self.head + 1) % len(self.slots)

    def newest_first(self):
        for offset in range(self.count - 1, -1, -1):
            yield self.slots[(self.head + offset) % len(self.slots)]
'''
TABLE = b"""def render(rows, gap=2):
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows)]
    for row in rows:
        padded = (str(cell).ljust(width) for cell, width in zip(row, widths))
        print((" " * gap).join(padded).rstrip())
"""
PUSH = b"".join(RING.splitlines(keepends=True)[9:20])

Run = Callable[..., tuple[int, str, str]]


def build(folder: Path) -> str:
    github = Occurrence(
        "owner/rings",
        "src/ring.py",
        COMMIT,
        "https://github.com/owner/rings",
        "2020-01-02",
        120,
        license=LicenseEvidence("Apache-2.0", "file header"),
    )
    copy = Occurrence(
        "vendoring", "vendoring/_vendor/ring.py", "1.4", "pkg:pypi/vendoring", vendored=True
    )
    table = Occurrence(
        "tables/tables",
        "table.py",
        COMMIT,
        "https://github.com/tables/tables",
        license=LicenseEvidence("MIT", "license file", "LICENSE says MIT, the header GPL-2.0-only"),
    )
    files = [
        NewFile(RING, "python", github),
        NewFile(RING, "python", copy),
        NewFile(TABLE, "python", table),
    ]
    with create_index(folder, "tiny") as index, index.writer() as writer:
        writer.add(files)
        writer.skip([Skip("owner/rings/logo.py", "binary", "3 NUL bytes")])
        writer.commit()
    return str(folder)


@pytest.fixture(scope="session")
def location(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(tmp_path_factory.mktemp("cli") / "index")


@pytest.fixture
def own_location(tmp_path: Path) -> str:
    return build(tmp_path / "index")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as end:
            main(arguments)
        captured = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, captured.out, captured.err

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("WHENCE_INDEX", raising=False)
    return call


@pytest.fixture
def push(tmp_path: Path) -> str:
    path = tmp_path / "push.py"
    path.write_bytes(PUSH)
    return str(path)


# ---- lookup ----


def test_lookup_shows_the_source(run: Run, location: str, push: str) -> None:
    code, out, err = run("lookup", push, "--index", location)
    assert (code, err) == (0, "")
    assert out.startswith(f"{push}: VERBATIM COPY, ")
    assert "1. owner/rings  0123456789, 2020-01-02, 120 stars\n" in out
    assert "lines    1-11 here = 10-20 there" in out
    assert "Apache-2.0 (read from: file header)" in out
    assert f"https://github.com/owner/rings/blob/{COMMIT}/src/ring.py#L10-L20\n" in out
    assert "vendoring (1.4, vendored copy)" in out


def test_lookup_reads_standard_input(run: Run, location: str) -> None:
    code, out, _ = run("lookup", "-", "--index", location, "--language", "py", stdin=PUSH)
    assert code == 0
    assert out.startswith("-: VERBATIM COPY, ")


def test_the_environment_names_the_index(
    run: Run, location: str, push: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHENCE_INDEX", location)
    assert run("lookup", push)[0] == 0


def test_json_answers_are_as_published(run: Run, location: str, push: str, tmp_path: Path) -> None:
    short = tmp_path / "short.py"
    short.write_bytes(b"x = 1\n")
    code, out, _ = run("lookup", push, str(short), "--index", location, "--format", "jsonl")
    assert code == 2
    answers = [json.loads(line) for line in out.splitlines()]
    validator = jsonschema.Draft202012Validator(json.loads(published_schema()))
    for answer in answers:
        validator.validate(answer)
    assert [answer["status"] for answer in answers] == ["checked", "not_checked"]
    assert answers[1]["label"] is None
    one, _ = answers[0]["sources"][0]["occurrences"]
    assert one["lines"] == {"start_line": 10, "end_line": 20}
    indented = json.loads(run("lookup", push, "--index", location, "--format", "json")[1])
    for answer in (indented, answers[0]):
        del answer["elapsed_ms"]
    assert indented == answers[0]


def test_diff_shows_both_sides_next_to_each_other(run: Run, location: str, push: str) -> None:
    code, out, _ = run("lookup", push, "--index", location, "--diff")
    assert code == 0
    (row,) = [line for line in out.splitlines() if line.startswith(" 1     def push")]
    assert "= 10     def push(self, value):" in row


def test_the_code_of_a_notebook_is_looked_up(run: Run, location: str, tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": PUSH.decode().splitlines(keepends=True)}
    text = {"cells": [{"cell_type": "markdown", "source": ["# Rings\n"]}, cell]}
    path = tmp_path / "rings.ipynb"
    path.write_text(json.dumps(text, indent=1))
    code, out, err = run("lookup", str(path), "--index", location, "--format", "json")
    answer = json.loads(out)
    assert (code, err, answer["snippet"]["language"]) == (0, "", "python")
    match = answer["sources"][0]["matches"][0]
    first = path.read_text().splitlines().index('    "    def push(self, value):\\n",') + 1
    assert match["snippet"]["start_line"] == first
    start = match["snippet"]["start"]
    assert path.read_bytes()[:start].count(b"\n") == first - 1, "bytes are those of the file"
    path.write_text(json.dumps(text))
    code, out, _ = run("lookup", str(path), "--index", location, "--format", "json")
    assert (code, json.loads(out)["label"]) == (0, answer["label"])
    path.write_text("{}")
    code, out, _ = run("lookup", str(path), "--index", location, "--format", "json")
    assert code == 2
    assert "not JSON with the cells of a notebook" in json.loads(out)["status_reason"]


def test_notices_are_ready_to_paste(run: Run, location: str, push: str, tmp_path: Path) -> None:
    short = tmp_path / "short.py"
    short.write_bytes(b"x = 1\n")
    code, out, err = run(
        "lookup", push, push, str(short), "--index", location, "--format", "notice"
    )
    assert code == 2
    assert out.startswith("Includes code copied from owner/rings\n  File: src/ring.py, lines 10-20")
    assert out.count("owner/rings\n") == 1
    assert err.startswith(f"whence: {short}: too short to judge")


def test_nothing_found_is_success(run: Run, location: str, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "\n".join(f"def f{i}(a{i}, b{i}): return a{i} << {i} | b{i} ^ {i * 7}" for i in range(5))
    )
    code, out, _ = run("lookup", str(own), "--index", location)
    assert code == 0
    assert "NO SOURCE FOUND" in out


def test_unreadable_files_are_reported_and_the_rest_is_answered(
    run: Run, location: str, push: str, tmp_path: Path
) -> None:
    missing = str(tmp_path / "missing.py")
    code, out, err = run("lookup", missing, str(tmp_path), push, "--index", location)
    assert (code, err) == (2, "")
    assert f"{missing}: NOT CHECKED\n  the file cannot be read: No such file or directory" in out
    assert f"{tmp_path}: NOT CHECKED\n  this is a folder; name the files in it" in out
    assert "VERBATIM COPY" in out
    assert "\nChecked against tiny " in out


def test_no_line_says_checked_when_nothing_was(run: Run, location: str) -> None:
    code, out, _ = run("lookup", "", "--index", location)
    assert code == 2
    assert "the name of the file is empty" in out
    assert "\nNothing was checked against tiny " in out
    assert "\nChecked" not in out


@pytest.mark.parametrize(
    "arguments",
    [("lookup", "-"), ("lookup", "--jsonl", "-"), ("remove", "--opt-out", "-")],
)
def test_closed_standard_input_is_reported(location: str, arguments: tuple[str, ...]) -> None:
    command = shlex.join([sys.executable, "-m", "attribution.cli", *arguments])
    done = subprocess.run(
        f"{command} --index {shlex.quote(location)} <&-",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "standard input is closed" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["text", "json", "jsonl", "notice"])
def test_a_full_disk_under_the_output_is_reported(location: str, push: str, form: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "attribution.cli", "lookup", push, "--index", location,
             "--format", form],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("whence: cannot write to standard output: No space left")
    assert done.stderr.count("\n") == 1


def test_an_unknown_language_is_reported(run: Run, location: str, push: str) -> None:
    code, out, _ = run("lookup", push, "--index", location, "--language", "klingon")
    assert code == 0
    assert "Note: unknown language 'klingon'; read as python" in out
    assert "VERBATIM COPY" in out


def test_no_index_is_one_clear_line(run: Run, push: str, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    for arguments in (
        ("lookup", push),
        ("lookup", "--jsonl", push),
        ("search", "word"),
        ("info",),
        ("compact",),
        ("remove", "--owner", "o"),
    ):
        code, out, err = run(*arguments, "--index", nowhere)
        assert (code, out) == (2, "")
        assert err.startswith("whence: ")
        assert nowhere in err
        assert err.count("\n") == 1


def test_color_only_when_requested(run: Run, location: str, push: str) -> None:
    plain = run("lookup", push, "--index", location)[1]
    colored = run("lookup", push, "--index", location, "--color", "always")[1]
    assert "\x1b[" not in plain
    assert "\x1b[1;31mVERBATIM COPY\x1b[0m" in colored


@pytest.mark.parametrize(
    "arguments",
    [
        ("lookup",),
        ("lookup", "x", "--index", "i", "--jsonl", "--diff"),
        ("lookup", "x", "--index", "i", "--jsonl", "--format", "text"),
        ("lookup", "x", "--index", "i", "--diff", "--format", "json"),
        ("lookup", "x"),
        ("frobnicate",),
    ],
)
def test_wrong_usage_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Usage: whence" in err


def test_a_reader_that_closes_the_pipe_is_not_an_error(location: str, push: str) -> None:
    command = shlex.join([sys.executable, "-m", "attribution.cli", "lookup", "--index", location])
    pipe = f"{command} {' '.join([push] * 50)} | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n141\n")
    assert done.stderr == ""


# ---- search ----


def test_search_finds_words_and_phrases(run: Run, location: str) -> None:
    code, out, _ = run("search", 'slots "def push(self, value)"', "--index", location)
    assert code == 0
    assert out.startswith("1. owner/rings  src/ring.py  python, Apache-2.0\n")
    assert "   10      def push(self, value):\n" in out
    assert "and 1 more line, 1 more occurrence" in out
    assert f"https://github.com/owner/rings/blob/{COMMIT}/src/ring.py#L10\n" in out


def test_search_shows_the_lines_that_are_asked_for(run: Run, location: str) -> None:
    arguments = ("search", "self", "--index", location, "--repository", "owner/rings")
    few, many = run(*arguments, "--lines", "1")[1], run(*arguments, "--lines", "99")[1]
    assert few.count("self") < many.count("self")
    assert "more line" in few
    assert "more line" not in many


def test_search_by_a_regular_expression(run: Run, location: str) -> None:
    code, out, _ = run("search", "/def pu\\w+\\(self/", "--index", location)
    assert code == 0
    assert out.startswith("1. owner/rings  src/ring.py  python, Apache-2.0\n")
    assert run("search", "/def pu\\w+\\(this/", "--index", location)[1].startswith("No file")
    code, out, err = run("search", "/def (push/", "--index", location)
    assert (code, out) == (2, "")
    assert "missing )" in err


def test_a_search_that_is_cut_short_says_so(run: Run, location: str) -> None:
    arguments = ("search", "self", "--index", location, "--seconds", "1e-9")
    code, out, _ = run(*arguments)
    assert code == 2
    assert "Partial: the time limit of 1e-09 s was reached: there may be more hits." in out
    code, out, _ = run(*arguments, "--format", "json")
    assert code == 2
    assert json.loads(out)["status"] == "partial"


def test_search_notes_what_it_did_not_understand(run: Run, location: str) -> None:
    out = run("search", "self OR push", "--index", location)[1]
    assert out.startswith("Note: OR was searched as a word: files must contain all words.\n")


def test_search_as_json(run: Run, location: str) -> None:
    code, out, _ = run("search", "cell.ljust", "--index", location, "--format", "json")
    assert code == 0
    answer = json.loads(out)
    assert answer["index"]["name"] == "tiny"
    (hit,) = answer["hits"]
    assert hit["occurrences"][0]["repository"] == "tables/tables"
    assert {"number": 4, "text": TABLE.splitlines()[3].decode()} in hit["lines"]


def test_search_filters(run: Run, location: str) -> None:
    def repositories(*filters: str) -> list[str]:
        out = run("search", "self", "--index", location, "--format", "json", *filters)[1]
        return [
            place["repository"] for hit in json.loads(out)["hits"] for place in hit["occurrences"]
        ]

    assert sorted(repositories()) == ["owner/rings", "vendoring"]
    assert repositories("--license", "Apache-2.0") == ["owner/rings"]
    assert repositories("--repository", "vendoring") == ["vendoring"]
    assert repositories("--language", "go") == []
    assert repositories("-repo:vendoring") == ["owner/rings"]
    assert repositories("-lang:python", "--", "size") == []
    assert repositories("--", "-repo:vendoring") == ["owner/rings"]


@pytest.mark.parametrize("text", ["((x", 'print("', '"a', "a[0] = {", "[^x]*\\", "x and (y or"])
def test_any_text_with_a_word_is_a_valid_query(run: Run, location: str, text: str) -> None:
    code, out, err = run("search", text, "--index", location)
    assert (code, err) == (0, "")
    assert "Only this index was searched." in out


@pytest.mark.parametrize(
    ("arguments", "words", "phrases"),
    [
        (["a", "b c"], ("a", "b", "c"), ()),
        (['"b c" d'], ("d",), ("b c",)),
        (['"print("hi")"'], (), ('print("hi")',)),
        (['x "a b" y "c"'], ("x", "y"), ("a b", "c")),
        (['print("hello world")'], ('print("hello', 'world")'), ()),
        (['"open'], ('"open',), ()),
    ],
)
def test_words_and_phrases_of_a_query(
    arguments: list[str], words: tuple[str, ...], phrases: tuple[str, ...]
) -> None:
    query = word_query(arguments)
    assert (query.words, query.phrases) == (words, phrases)


def test_filters_of_a_query() -> None:
    query = word_query(
        ['heap lang:golang -repo:a/b path:"my tests/" license:gpl-3.0 -licence:mit x']
    )
    assert query == WordQuery(
        ("heap", "x"),
        language="go",
        license="GPL-3.0-only",
        paths=("my tests/",),
        excluded=(("repository", "a/b"), ("license", "MIT")),
    )
    assert word_query(["a lang:go"], language="Go").language == "go"
    assert word_query(["path:a -path:*.md file:b"]).paths == ("a", "b")


@pytest.mark.parametrize("text", ["/def \\w+ x/", "/a\\/b/"])
def test_regular_expressions_of_a_query(text: str) -> None:
    query = word_query([f"a {text} lang:go"])
    assert (query.words, query.regexes) == (("a",), (text[1:-1],))


@pytest.mark.parametrize("text", ["/usr/lib", "/usr/lib/", "a/b/", "/* heap */", "// heap /", "//"])
def test_slashes_in_code_are_text(text: str) -> None:
    assert word_query([text]).words == tuple(text.split())


@pytest.mark.parametrize(
    ("text", "words", "notes"),
    [
        ("sym:heap", ("sym:heap",), ["sym:heap was searched as text: sym: is not a filter"]),
        ("std::sort https://a.b default: x", ("std::sort", "https://a.b", "default:", "x"), []),
        ("a OR b", ("a", "OR", "b"), ["OR was searched as a word"]),
        ("a -heap -> -1", ("a", "-heap", "->", "-1"), ["-heap was searched as text"]),
    ],
)
def test_what_a_query_may_have_meant(text: str, words: tuple[str, ...], notes: list[str]) -> None:
    query = word_query([text])
    assert query.words == words
    assert [any(note.startswith(n) for n in notes) for note in query.notes] == [True] * len(notes)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a lang:", "lang: is empty"),
        ('a path:""', "path: is empty"),
        ("a repo:/", "repo: is empty"),
        ("a lang:klingon", "no language is called 'klingon'"),
        ("a -license:nonsense-1", "does not name one licence"),
        ("a lang:go lang:rust", "two filters lang: are given: 'go' and 'rust'"),
    ],
)
def test_a_filter_that_cannot_be_applied_is_an_error(text: str, error: str) -> None:
    with pytest.raises(InputError, match=error):
        word_query([text])


def test_search_reads_a_licence_as_the_index_does(run: Run, location: str) -> None:
    for name in ("apache-2.0", "Apache 2.0", "Apache License 2.0"):
        assert "owner/rings" in run("search", "slots", "--license", name, "--index", location)[1]
    for name in ("nonsense", "MIT OR Apache-2.0", ""):
        code, out, err = run("search", "slots", "--license", name, "--index", location)
        assert (code, out) == (2, "")
        assert f"the licence {name!r} does not name one licence" in err
    assert run("search", "slots", "--license", "noassertion", "--index", location)[0] == 0


def test_search_for_an_unknown_language(run: Run, location: str) -> None:
    code, _, err = run("search", "x", "--index", location, "--language", "klingon")
    assert code == 2
    assert "klingon" in err


# ---- info, remove, compact, schema ----


def test_info(run: Run, location: str) -> None:
    code, out, _ = run("info", "--index", location)
    assert code == 0
    assert out.startswith(f"Index tiny, at {location}\n")
    assert "2 files of" in out
    assert "3 occurrences in 3 repositories" in out
    for row in ("python", "Apache-2.0", "MIT", "NOASSERTION", "binary"):
        assert f"\n  {row} " in out


def test_info_as_json_with_checks(run: Run, location: str) -> None:
    code, out, _ = run("info", "--index", location, "--format", "json", "--check", "--skipped")
    assert code == 0
    shape = json.loads(out)
    assert shape["summary"]["documents"] == 2
    assert shape["whole_parts"]
    assert shape["skips"] == [
        {"name": "owner/rings/logo.py", "reason": "binary", "detail": "3 NUL bytes"}
    ]


def test_info_lists_what_was_left_out(run: Run, location: str) -> None:
    code, out, _ = run("info", "--index", location, "--skipped")
    assert (code, out) == (0, "binary  owner/rings/logo.py  (3 NUL bytes)\n")


def test_a_damaged_index_is_exit_code_2(run: Run, own_location: str) -> None:
    largest = max((p for p in Path(own_location).rglob("*") if p.is_file()), key=_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 0xFF
    largest.write_bytes(content)
    code, _, err = run("info", "--index", own_location, "--check")
    assert code == 2
    assert err.startswith("whence: ")
    assert largest.name in err


def _size(path: Path) -> int:
    return path.stat().st_size


def test_remove_readmit_and_compact(run: Run, own_location: str, push: str) -> None:
    code, out, _ = run("remove", "--index", own_location, "--owner", "owner")
    assert code == 0
    assert "Applied 1 opt-out, removed 1 occurrence." in out
    # the other copy of the same content stays
    out = run("lookup", push, "--index", own_location)[1]
    assert "owner/rings" not in out
    assert "1. vendoring  1.4, vendored copy\n" in out

    out = run("remove", "--index", own_location, "--repository", "vendoring")[1]
    assert "1 file (" in out
    assert "NO SOURCE FOUND" in run("lookup", push, "--index", own_location)[1]

    code, out, _ = run("compact", "--index", own_location)
    assert code == 0
    assert out.startswith(f"Compacted {own_location}: ")
    assert "repository vendoring" in run("info", "--index", own_location)[1]
    assert run("remove", "--index", own_location, "--owner", "owner", "--readmit")[0] == 0
    assert "owner owner" not in run("info", "--index", own_location)[1]


def test_an_opt_out_that_matches_nothing_is_refused(
    run: Run, own_location: str, tmp_path: Path
) -> None:
    code, _, err = run("remove", "--index", own_location, "--owner", "owner/rings")
    assert code == 2
    assert "'owner/rings' is not the name of an owner" in err
    file = tmp_path / "list.json"
    file.write_text('owner/rings\n{"owner": "x"}\n')
    code, _, err = run("remove", "--index", own_location, "--opt-out", str(file))
    assert code == 2
    assert f"line 2 of {file}" in err
    assert "opt-out" not in run("search", "word", "--index", own_location)[1]
    out = run(
        "remove", "--index", own_location, "--repository", "https://github.com/Owner/rings.git"
    )[1]
    assert "removed 1 occurrence" in out
    code, out, err = run("remove", "--index", own_location, "--owner", "no-one", "--readmit")
    assert (code, out) == (2, "")
    assert err == "whence: none of them is opted out; see `whence info`\n"


@pytest.mark.parametrize("name", ["https://github.com/owner/rings", "git@github.com:Owner/rings"])
def test_remove_reads_addresses(run: Run, own_location: str, name: str) -> None:
    code, out, _ = run("remove", "--index", own_location, "--repository", name)
    assert code == 0
    assert out.startswith("Applied 1 opt-out, removed 1 occurrence.\n  repository owner/rings\n")


def test_removing_nothing_is_exit_code_2_with_near_names(run: Run, own_location: str) -> None:
    remove = ("remove", "--index", own_location, "--repository", "owner/ringz")
    code, out, err = run(*remove)
    assert code == 2
    assert "removed 0 occurrences.\n  repository owner/ringz\n" in out
    assert "nothing was removed: the index has no code of them" in err
    assert "owner/ringz: did you mean --repository owner/rings?" in err
    assert run(*remove)[0] == 0, "it is opted out already"
    code, _, err = run("remove", "--index", own_location, "--owner", "ownr")
    assert (code, "ownr: did you mean --owner owner?" in err) == (2, True)


@pytest.mark.parametrize("name", ["Owner", "owner/rings", "pkg:github/owner/rings@v1"])
def test_info_says_whether_code_of_a_repository_is_there(
    run: Run, location: str, name: str
) -> None:
    code, out, _ = run("info", "--index", location, "--repository", name)
    assert code == 0
    assert out.startswith("Yes, the index has code of owner")
    assert "\n  owner/rings  1 file, Apache-2.0\n" in out
    answer = json.loads(
        run("info", "--index", location, "--repository", name, "--format", "json")[1]
    )
    assert answer["found"] is True
    assert answer["repositories"][0]["repository"] == "owner/rings"


def test_info_names_what_is_like_an_absent_repository(run: Run, location: str) -> None:
    code, out, _ = run("info", "--index", location, "--repository", "https://github.com/me/rings")
    assert code == 0
    assert out == (
        "No, the index has no code of me/rings (github.com is not compared, only the name).\n"
        "Names in the index like it: owner/rings\n"
    )


def test_remove_needs_an_opt_out(run: Run, location: str) -> None:
    code, _, err = run("remove", "--index", location)
    assert code == 2
    assert "--repository" in err


def test_a_published_list_is_applied(run: Run, own_location: str, tmp_path: Path) -> None:
    file = tmp_path / "optouts.jsonl"
    file.write_text(
        '{"issue": 1, "author": "o", "optout_repos": ["vendoring/x"], "optout_owners": ["Owner"]}\n'
    )
    listed = ("remove", "--index", own_location, "--opt-out", str(file))
    code, out, _ = run(*listed, "--dry-run")
    assert (code, "A removal would remove 1 occurrence of 1 file: 0 would be deleted" in out) == (
        0,
        True,
    )
    assert "\n  owner/rings/" in out
    code, out, _ = run(*listed)
    assert (code, "Applied 2 opt-outs, removed 1 occurrence." in out) == (0, True)
    out = run("info", "--index", own_location, "--repository", "owner/rings")[1]
    assert out.startswith("No, the index has no code of owner/rings.\n")
    assert f"\nowner: removed on {now()[:10]}, and not indexed since.\n" in out
    assert run(*listed, "--dry-run", "--readmit")[0] == 2


def test_what_a_removal_would_take_is_said(run: Run, location: str) -> None:
    ask = ("info", "--index", location, "--repository", "owner")
    out = run(*ask)[1]
    assert "A removal would remove 1 occurrence of 1 file: 0 would be deleted, 1 would stay" in out
    preview = json.loads(run(*ask, "--format", "json")[1])["removal_preview"]
    assert (preview["files"], preview["files_staying"]) == (1, 1)
    (file,) = preview["staying"]
    assert file["removed"][0]["repository"] == "owner/rings"
    assert (file["elsewhere"][0]["repository"], file["elsewhere_total"]) == ("vendoring", 1)


def test_schema_prints_the_published_schema(run: Run) -> None:
    assert run("schema") == (0, published_schema(), "")


# ---- help ----


def test_help_lists_every_command(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "Where does this code come from, and what do I owe its author?" in out
    with click.Context(cli) as context:
        names = cli.list_commands(context)
        for name in names:
            command = cli.get_command(context, name)
            assert command is not None
            help_ = command.get_short_help_str(70)
            assert f"\n  {name.ljust(max(map(len, names)))}  {help_}\n" in out
        assert "..." not in out.partition("Commands:")[2]


@pytest.mark.parametrize(
    "name", ["index", "lookup", "search", "info", "remove", "compact", "schema"]
)
def test_every_command_has_help_that_fits(run: Run, name: str) -> None:
    code, out, _ = run(name, "--help")
    assert code == 0
    assert out.startswith(f"Usage: whence {name} ")
    assert all(len(line) <= 80 for line in out.splitlines())


def test_version(run: Run) -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("whence, version ")


@pytest.mark.parametrize("given", ["0", "-1", "some", "1.5", ""])
def test_a_number_of_sources_is_a_number_or_all(run: Run, given: str) -> None:
    code, _, err = run("lookup", "-", "--index", "x", "--max-sources", given)
    assert code == 2
    assert "neither a number from 1 on nor 'all'" in " ".join(err.split())
