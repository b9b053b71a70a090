"""Answers: exact lines, common code, short and odd input. Real code of the standard library."""

from __future__ import annotations

import ast
import re
import sysconfig
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from attribution.attributor import Attributor
from attribution.errors import IndexDamagedError
from attribution.settings import AttributorSettings
from attribution.types import (
    Attribution,
    Document,
    Label,
    MatchKind,
    NewFile,
    Occurrence,
    Snippet,
    Source,
    Status,
)
from tests.support.memory_index import MemoryIndex

STDLIB = Path(sysconfig.get_path("stdlib"))
NAMES = (
    "textwrap",
    "heapq",
    "bisect",
    "shlex",
    "fnmatch",
    "calendar",
    "csv",
    "difflib",
    "cmd",
    "sched",
)
HEADER = (
    '"""\nLicensed under the Example License, Version 2.0 (the "License"); you may not use\n'
    "this file except in compliance with the License. You may obtain a copy of the License\n"
    "at the address above. Unless required by applicable law or agreed to in writing,\n"
    "software distributed under the License is distributed on an AS IS BASIS, WITHOUT\n"
    'WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.\n"""\n'
)
IMPORTS = "import os\nimport re\nimport json\nfrom pathlib import Path\nfrom typing import Any\n"
GETTERS = """
    def name(self):
        return self._name

    def size(self):
        return self._size
"""


@pytest.fixture(scope="module")
def corpus() -> dict[str, bytes]:
    return {f"{name}.py": (STDLIB / f"{name}.py").read_bytes() for name in NAMES}


@pytest.fixture(scope="module")
def attributor(corpus: dict[str, bytes]) -> Iterator[Attributor]:
    with MemoryIndex() as index:
        with index.writer() as writer:
            writer.add(
                [
                    NewFile(
                        content,
                        "python",
                        Occurrence("cpython", f"Lib/{name}", "3", date="2001-01-01"),
                    )
                    for name, content in corpus.items()
                ]
                + [
                    # what every file has: a licence header, imports and a main guard
                    NewFile(
                        (
                            HEADER
                            + IMPORTS
                            + f"\nvalue_{i} = {i}\nif __name__ == '__main__':\n    main()\n"
                        ).encode(),
                        "python",
                        Occurrence(f"owner{i}/repo", "app.py", "1"),
                    )
                    for i in range(12)
                ]
            )
            writer.commit()
        yield Attributor(index)


def function(corpus: dict[str, bytes], file: str, name: str) -> tuple[str, int, int]:
    """A function's source and its first and last line."""
    text = corpus[file].decode()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            assert node.end_lineno is not None
            lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
            return "\n".join(lines) + "\n", node.lineno, node.end_lineno
    raise AssertionError(name)


def look_up(
    attributor: Attributor, code: str | bytes, language: str | None = "python"
) -> Attribution:
    raw = code.encode() if isinstance(code, str) else code
    return attributor.attribute(Snippet(raw, language))


def first(answer: Attribution) -> Source:
    assert answer.sources, answer.reason
    return answer.sources[0]


def test_a_verbatim_function_with_exact_lines(
    attributor: Attributor, corpus: dict[str, bytes]
) -> None:
    code, start, end = function(corpus, "textwrap.py", "_wrap_chunks")
    answer = look_up(attributor, code)
    source = first(answer)
    assert (answer.status, answer.label) == (Status.CHECKED, Label.VERBATIM)
    assert (source.kind, source.containment) == (MatchKind.VERBATIM, 1.0)
    assert source.occurrences[0].path == "Lib/textwrap.py"
    match = source.matches[0]
    # comments and blank lines at the ends are not tokens: the docstring and code are
    assert match.source.start_line == start
    assert match.source.end_line == end
    assert match.snippet.start_line == 1
    ours = code.encode()[match.snippet.start : match.snippet.end]
    theirs = corpus["textwrap.py"][match.source.start : match.source.end]
    assert ours == theirs


def test_a_span_is_exact_when_other_code_surrounds_the_copy(
    attributor: Attributor, corpus: dict[str, bytes]
) -> None:
    code, start, end = function(corpus, "shlex.py", "read_token")
    own = "def original(a1, b2):\n    return {a1: b2 for c3 in frobnicate(a1) if c3 ^ b2}\n\n"
    answer = look_up(attributor, own + code + own.replace("original", "other"))
    match = first(answer).matches[0]
    assert (match.kind, answer.label) == (MatchKind.VERBATIM, Label.VERBATIM)
    assert (match.source.start_line, match.source.end_line) == (start, end)
    assert (match.snippet.start_line, match.snippet.end_line) == (4, 3 + end - start + 1)


def test_reindented_without_comments(attributor: Attributor, corpus: dict[str, bytes]) -> None:
    code, _, _ = function(corpus, "heapq.py", "merge")
    lines = [re.sub(r"\s*# .*", "", line).replace("    ", "\t") for line in code.splitlines()]
    answer = look_up(attributor, "\r\n".join(line for line in lines if line.strip()))
    assert answer.label is Label.VERBATIM
    assert first(answer).occurrences[0].path == "Lib/heapq.py"


def test_all_names_renamed(attributor: Attributor, corpus: dict[str, bytes]) -> None:
    code, start, end = function(corpus, "difflib.py", "find_longest_match")
    tree = ast.parse(textwrap.dedent(code))
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    names |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    names |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    renaming = {name: f"v{i}" for i, name in enumerate(sorted(names))}
    source = first(
        look_up(attributor, re.sub(r"\b\w+\b", lambda m: renaming.get(m[0], m[0]), code))
    )
    assert source.occurrences[0].path == "Lib/difflib.py"
    assert source.kind in (MatchKind.RENAMED, MatchKind.EDITED)
    assert start <= source.matches[0].source.start_line <= source.matches[0].source.end_line <= end


def test_one_line_in_eight_edited(attributor: Attributor, corpus: dict[str, bytes]) -> None:
    code, start, end = function(corpus, "calendar.py", "formatyear")
    lines = code.splitlines()
    lines[4::8] = ["        changed = something_else(self)" for _ in lines[4::8]]
    answer = look_up(attributor, "\n".join(lines))
    match = first(answer).matches[0]
    assert (match.kind, answer.label) == (MatchKind.EDITED, Label.STRIKING)
    assert start <= match.source.start_line <= match.source.end_line <= end


@pytest.mark.parametrize(
    "code",
    [
        HEADER,
        IMPORTS * 3,
        "if __name__ == '__main__':\n    main()\n",
        HEADER + IMPORTS,
        GETTERS,
        ", ".join(str(i) for i in range(300)),
        "}\n  )\n ]\n}\n" * 20,
    ],
    ids=["licence", "imports", "main", "both", "getters", "numbers", "brackets"],
)
def test_common_code_does_not_alarm(attributor: Attributor, code: str) -> None:
    answer = look_up(attributor, code)
    assert answer.label in (Label.COMMON, Label.NONE, None)
    assert not answer.sources
    if answer.label is None:
        assert answer.status is Status.NOT_CHECKED


def test_a_licence_header_is_common_with_its_count(attributor: Attributor) -> None:
    answer = look_up(attributor, HEADER)
    assert (answer.label, answer.common_count) == (Label.COMMON, 12)


def test_a_header_does_not_hide_what_is_below_it(
    attributor: Attributor, corpus: dict[str, bytes]
) -> None:
    code, start, _ = function(corpus, "bisect.py", "insort_right")
    answer = look_up(attributor, HEADER + IMPORTS + code)
    assert answer.label is Label.VERBATIM
    assert first(answer).occurrences[0].path == "Lib/bisect.py"
    assert first(answer).matches[0].source.start_line == start


def test_original_code_is_none(attributor: Attributor) -> None:
    code = """
def plait(strands, turns):
    knots = {}
    for turn in range(turns):
        left, right = strands[turn % 3], strands[(turn + 1) % 3]
        knots[left, right] = knots.get((left, right), 0) ^ (turn << 2)
        strands = strands[1:] + [left @ right]
    yield from sorted(knots, key=lambda pair: -knots[pair])
"""
    answer = look_up(attributor, code)
    assert (answer.status, answer.label, answer.sources) == (Status.CHECKED, Label.NONE, ())


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (b"", "empty"),
        (b"  \n\t\n", "empty"),
        (b"x = 1\n", "too short to judge: 3 tokens, the minimum is 19"),
        (b"# only a comment\n# and another\n" * 30, "no code"),
        (b"\x7fELF\x00\x00\x01" * 40, "binary"),
    ],
)
def test_input_that_cannot_be_judged_says_so(
    attributor: Attributor, code: bytes, says: str
) -> None:
    answer = look_up(attributor, code)
    assert (answer.status, answer.label, answer.sources) == (Status.NOT_CHECKED, None, ())
    assert says in (answer.status_reason or "")


def test_a_snippet_that_is_too_large_is_reported(
    corpus: dict[str, bytes], attributor: Attributor
) -> None:
    small = Attributor(attributor.index, AttributorSettings(max_bytes=1000))
    answer = look_up(small, corpus["csv.py"])
    assert answer.status is Status.NOT_CHECKED
    assert "the limit is 1,000" in (answer.status_reason or "")


def test_a_time_limit_makes_it_partial(corpus: dict[str, bytes], attributor: Attributor) -> None:
    hasty = Attributor(attributor.index, AttributorSettings(max_seconds=0.0))
    answer = look_up(hasty, function(corpus, "csv.py", "_guess_quote_and_delimiter")[0])
    assert answer.status is Status.PARTIAL
    assert "time limit" in (answer.status_reason or "")


def test_a_limit_reached_within_the_last_batch_is_reported(
    corpus: dict[str, bytes], attributor: Attributor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock passes the limit between the start of the batch and the document's alignment."""
    late = Attributor(attributor.index, AttributorSettings(max_seconds=1.0))
    fetch = attributor.index.fetch
    now = time.monotonic
    shift = [0.0]

    def slow(documents: Sequence[str]) -> list[Document | None]:
        shift[0] = 5.0
        return fetch(documents)

    monkeypatch.setattr(attributor.index, "fetch", slow)
    monkeypatch.setattr(time, "monotonic", lambda: now() + shift[0])
    answer = look_up(late, function(corpus, "csv.py", "_guess_quote_and_delimiter")[0])
    assert (answer.status, answer.sources) == (Status.PARTIAL, ())
    assert "time limit of 1 s" in (answer.status_reason or "")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig", "latin-1"])
def test_other_encodings_keep_their_offsets(
    encoding: str, attributor: Attributor, corpus: dict[str, bytes]
) -> None:
    code, start, end = function(corpus, "sched.py", "cancel")
    raw = ("café = 1\n" + code).encode(encoding)
    match = first(look_up(attributor, raw)).matches[0]
    assert (match.source.start_line, match.source.end_line) == (start, end)
    cut = raw[match.snippet.start : match.snippet.end]
    text = cut.decode({"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding))
    assert text == code.strip()


@pytest.mark.parametrize("language", ["python", "c", None, "no such language"])
@pytest.mark.parametrize(
    "code",
    [
        b'"""' * 5000,
        b"/* " * 20_000,
        b"((((((((((" * 20_000,
        b"x" * (1 << 20),
        b"a = b + c; " * 100_000,
        b"'\\" * 50_000,
        bytes(range(1, 256)) * 500,
        b'f"{f"{f"{' * 3000,
    ],
    ids=[
        "quotes",
        "comments",
        "nesting",
        "long word",
        "one long line",
        "escapes",
        "bytes",
        "f-strings",
    ],
)
def test_unusual_input_is_answered(
    attributor: Attributor, code: bytes, language: str | None
) -> None:
    answer = look_up(attributor, code, language)
    assert answer.label in (Label.NONE, Label.COMMON, None)
    assert (answer.label is None) == (answer.status is Status.NOT_CHECKED)


def test_a_file_of_20_mb_is_answered(attributor: Attributor, corpus: dict[str, bytes]) -> None:
    noise = b"\n".join(
        b"row_%d = call_%d(%d, item_%d)" % (i, i % 977, i, i % 89) for i in range(540_000)
    )
    assert len(noise) > 20_000_000
    code, start, _ = function(corpus, "cmd.py", "cmdloop")
    answer = look_up(attributor, noise + b"\n" + code.encode())
    assert answer.status is Status.CHECKED
    assert first(answer).occurrences[0].path == "Lib/cmd.py"
    assert first(answer).matches[0].source.start_line == start


def test_an_unknown_language_is_tried_under_several(
    attributor: Attributor, corpus: dict[str, bytes]
) -> None:
    code, _, _ = function(corpus, "fnmatch.py", "filter")
    assert first(look_up(attributor, code, None)).occurrences[0].path == "Lib/fnmatch.py"


def test_several_sources_in_one_snippet(attributor: Attributor, corpus: dict[str, bytes]) -> None:
    one, _, _ = function(corpus, "heapq.py", "nsmallest")
    other, _, _ = function(corpus, "shlex.py", "read_token")
    paths = {s.occurrences[0].path for s in look_up(attributor, one + other).sources}
    assert paths == {"Lib/heapq.py", "Lib/shlex.py"}


def test_a_renamed_copy_is_found_in_a_file_of_other_code(
    attributor: Attributor, corpus: dict[str, bytes]
) -> None:
    text = corpus["difflib.py"].decode()
    function = text[text.index("def get_close_matches") : text.index("def _keep_original_ws")]
    for old, new in (("word", "needle"), ("possibilities", "choices"), ("cutoff", "least")):
        function = re.sub(rf"\b{old}\b", new, function)
    own = "".join(
        f"""
def drift_of_{thing}(readings, tide_table):
    worst_by_{thing} = dict()
    for {thing}, moored_at, seen_at in readings:
        expected = tide_table.push(moored_at, hours={thing}.hours_out + {number})
        gap_metres = seen_at.distance_to(expected) - {thing}.chain_slack
        if gap_metres > worst_by_{thing}.get({thing}.name, 0.{number}):
            worst_by_{thing}[{thing}.name] = gap_metres
"""
        for number, thing in enumerate(("buoy", "raft", "kelp", "gull", "crab", "tern"), 1)
    )
    answer = attributor.attribute(Snippet((own + function + own).encode(), "python"))
    assert answer.label in (Label.STRIKING, Label.VERBATIM)
    assert answer.sources[0].occurrences[0].path == "Lib/difflib.py"
    assert attributor.attribute(Snippet((own + own).encode(), "python")).label is Label.NONE


def test_nothing_is_called_clean_by_an_index_without_files() -> None:
    code = (STDLIB / "heapq.py").read_bytes()
    answer = Attributor(MemoryIndex(name="bare")).attribute(Snippet(code, "python"))
    assert answer.status is Status.NOT_CHECKED
    assert answer.label is None
    assert "the index 'bare' has no files yet" in (answer.status_reason or "")


def test_an_internal_error_costs_one_snippet(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    attributor = Attributor(MemoryIndex())

    def fails(*_: object) -> None:
        raise ZeroDivisionError("secret text")

    monkeypatch.setattr("attribution.coverage.sketch_query", fails)
    answer = attributor.attribute(Snippet(b"x = 1"))
    assert answer.status is Status.NOT_CHECKED
    (record,) = caplog.records
    assert record.name == "whence.internal"
    assert record.getMessage().split()[-1] in answer.reason
    assert "secret text" not in answer.reason


def test_errors_of_the_index_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    index = MemoryIndex()
    with index.writer() as writer:
        writer.add([NewFile(b"x = 1\n", "python", Occurrence("owner/name", "x.py"))])
        writer.commit()

    def fails(*_: object, **__: object) -> None:
        raise IndexDamagedError("damaged")

    monkeypatch.setattr(index, "propose", fails)
    with pytest.raises(IndexDamagedError):
        Attributor(index).attribute(
            Snippet(b"x = compute(first, second, third) + rest[1:4] - last\n" * 4)
        )
