"""Tables of generations as inputs of an audit."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from attribution.errors import InputError
from audit.inputs import table
from audit.inputs.chain import UniqueNames
from audit.inputs.columns import Columns, parse_columns, resolve
from audit.inputs.fences import fenced
from audit.inputs.interface import InputOptions
from audit.inputs.opening import open_input
from audit.types import Item, LeftOut


def jsonl(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2)
    return path


def read(path: Path, columns: Columns | None = None, **options: Any) -> list[Item | LeftOut]:
    return list(open_input([str(path)], InputOptions(**options), columns=columns).items())


def judged(item: Item | LeftOut) -> bytes:
    assert isinstance(item, Item) and item.judged is not None, item
    return b"".join(item.code[start:end] for start, end in item.judged)


ROWS: list[dict[str, Any]] = [
    {"task_id": "T/0", "prompt": "def f():\n", "completion": "    return 1\n", "lang": "Python"},
    {"task_id": "T/1", "prompt": "é\n", "completion": "ü = 2", "lang": None},
    {"task_id": "T/1", "prompt": "", "completion": "x", "lang": "C++"},
]


@pytest.mark.parametrize("write", [jsonl, parquet])
def test_completions_are_judged_and_prompts_are_context(write: Any, tmp_path: Path) -> None:
    path = write(tmp_path / f"g.{write.__name__}", ROWS)
    first, second, third = read(path)
    code = b"def f():\n    return 1\n"
    assert first == Item("T/0", code, "python", ((9, len(code)),))
    assert (second.name, judged(second)) == ("T/1", "ü = 2".encode())
    assert isinstance(second, Item) and second.language is None
    assert isinstance(third, Item) and third.language == "c++"
    assert third.name == "T/1@3"  # ids are made unique


@pytest.mark.parametrize("write", [jsonl, parquet])
def test_several_samples_a_row(write: Any, tmp_path: Path) -> None:
    rows = [
        {"id": 7, "prompt": "p\n", "outputs": ["a", "b"]},
        {"id": 8, "prompt": "", "outputs": []},
    ]
    path = write(tmp_path / f"g.{write.__name__}", rows)
    first, second, none = read(path)
    assert [(one.name, judged(one)) for one in (first, second)] == [("7#0", b"a"), ("7#1", b"b")]
    assert isinstance(none, LeftOut) and none.wanted and "is empty" in none.detail


@pytest.mark.parametrize("write", [jsonl, parquet])
def test_columns_are_named_or_detected(write: Any, tmp_path: Path) -> None:
    rows = [{"n": "a", "in": "P\n", "out": {"text": "T", "other": 1}, "which": "rust"}]
    path = write(tmp_path / f"g.{write.__name__}", rows)
    with pytest.raises(
        InputError, match=r"no column of completions; its columns are 'n', 'in', 'out'"
    ):
        read(path)
    with pytest.raises(InputError, match=r"no column 'output' for completion; its columns are 'n'"):
        read(path, Columns(completion="output"))
    named = parse_columns(["id=n", "prompt=in", "completion=out.text", "language=which"])
    (item,) = read(path, named)
    assert item == Item("a", b"P\nT", "rust", ((2, 3),))


def test_columns_are_assigned_to_fields() -> None:
    assert resolve(Columns(), ["ID", "Text", "code", "lang"], "x") == Columns(
        id="ID", completion="Text", language="lang"
    )
    # A column that was named for one field is not used for another.
    assert resolve(Columns(completion="prompt"), ["prompt", "text"], "x") == Columns(
        completion="prompt"
    )
    with pytest.raises(InputError, match="FIELD=COLUMN"):
        parse_columns(["completions=x"])


def test_chats(tmp_path: Path) -> None:
    def say(role: str, text: str) -> dict[str, str]:
        return {"role": role, "content": text}

    rows = [
        {"prompt": [say("system", "S"), say("user", "U\n")], "completion": [say("assistant", "A")]},
        {"prompt": "", "completion": {"message": say("assistant", "B")}},
        {"prompt": "", "completion": [{"text": "C"}, {"message": say("assistant", "D")}]},
    ]
    found = read(jsonl(tmp_path / "g.jsonl", rows))
    assert [(one.name, judged(one)) for one in found] == [
        ("g.jsonl:1", b"A"),
        ("g.jsonl:2", b"B"),
        ("g.jsonl:3#0", b"C"),
        ("g.jsonl:3#1", b"D"),
    ]


def test_malformed_lines_make_the_audit_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"id": "a", "text": "x", "score": NaN}\n\n{"id": "b"}\nnot json\n[1]\n'
        b'{"id": "c", "text": 5}\n{"id": "d", "text": "\xff"}\n{"id": "e", "text": ["y", 1]}\n'
        b'{"id": "f", "text": "\\ud800"}\n' + b"[" * 100_000 + b'\n{"id": "g", "text": "z"'
    )
    found = read(path)
    assert [one.name for one in found if isinstance(one, Item)] == ["a", "e#0", "f"]
    left = {one.name: one for one in found if isinstance(one, LeftOut)}
    assert list(left) == [
        "b", "g.jsonl:4", "g.jsonl:5", "c", "g.jsonl:7", "e#1", "g.jsonl:10", "g.jsonl:11"
    ]  # fmt: skip
    assert all(one.wanted and one.reason == "malformed" for one in left.values())
    assert "g.jsonl:3: the column 'text' is missing" in left["b"].detail
    assert "holds a int" in left["c"].detail
    assert "line 4: not JSON" in left["g.jsonl:4"].detail


def test_a_table_with_only_errors(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    path.write_text("x\n" * 250)
    assert len(read(path)) == 250
    path.write_text("x\n" * 250 + '{"text": "a"}\n')
    assert isinstance(read(path)[250], Item)
    path.write_text("")
    assert read(path) == []
    path.write_text('[{"text": "a"}]')
    with pytest.raises(InputError, match="JSON array"):
        read(path)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"id": "long", "prompt": "", "completion": "x" * 101},
        {"id": "prompt", "prompt": "1\n22\n" + "3" * 60 + "\n", "completion": "y" * 50},
        {"id": "last", "prompt": "p" * 99, "completion": "y" * 50},
    ]
    long, prompt, last = read(jsonl(tmp_path / "g.jsonl", rows), max_file_size=100)
    assert isinstance(long, LeftOut) and (long.reason, long.wanted) == ("too large", True)
    # As many lines of the prompt as fit.
    assert isinstance(prompt, Item) and isinstance(last, Item)
    assert (prompt.code, prompt.first_line) == (b"y" * 50, 4)
    assert last.code == b"y" * 50
    rows[1]["prompt"] = "1\n22\n" + "3" * 40 + "\n"
    (prompt,) = read(jsonl(tmp_path / "g.jsonl", rows[1:2]), max_file_size=93)
    assert isinstance(prompt, Item)
    assert (prompt.code, prompt.first_line) == (b"3" * 40 + b"\n" + b"y" * 50, 3)
    monkeypatch.setattr(table, "_MAX_LINE", 1000)
    rows = [{"text": "a"}, {"text": "x" * 5000}, {"text": "b"}]
    first, left, third = read(jsonl(tmp_path / "g.jsonl", rows))
    assert (judged(first), judged(third)) == (b"a", b"b")
    assert isinstance(left, LeftOut) and left.wanted
    assert left.detail == "line 2: 5,013 bytes, the limit is 1,000"


def test_languages_select_rows(tmp_path: Path) -> None:
    rows = [{"text": "a", "lang": "python"}, {"text": "b", "lang": "go"}, {"text": "c", "lang": ""}]
    found = read(jsonl(tmp_path / "g.jsonl", rows), languages=frozenset(("go",)))
    assert [getattr(one, "reason", "item") for one in found] == ["other language", "item", "item"]


@pytest.mark.parametrize("name", ["g.jsonl.gz", "g.ndjson.zst", "g.jsonl"])
def test_compression_is_detected_by_content(name: str, tmp_path: Path) -> None:
    text = "".join(json.dumps({"text": f"t{n}"}) + "\n" for n in range(1000)).encode()
    packed = {
        "g.jsonl.gz": gzip.compress(text),
        "g.ndjson.zst": zstandard.compress(text[:5000]) + zstandard.compress(text[5000:]),
        "g.jsonl": text,
    }[name]
    path = tmp_path / name
    path.write_bytes(packed)
    assert len(read(path)) == 1000
    if name != "g.jsonl":
        path.write_bytes(packed[: len(packed) - 40])
        *_, last = read(path)
        assert isinstance(last, LeftOut) and (last.reason, last.wanted) == ("unreadable", True)
        assert "the rest of the table cannot be read" in last.detail


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b'{"text": "a"}\n{"text": "b"}\n')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed)))
    found = list(open_input(["-"], InputOptions(), form="jsonl").items())
    assert [(one.name, judged(one)) for one in found] == [("stdin:1", b"a"), ("stdin:2", b"b")]
    assert not sys.stdin.closed


def test_invalid_and_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "g.parquet"
    path.write_text("words")
    with pytest.raises(InputError, match="not readable parquet"):
        read(path)
    parquet(path, [{"id": str(n), "text": "x" * 500 + str(n)} for n in range(1000)])
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    path.write_bytes(data)
    *_, last = read(path)
    assert isinstance(last, LeftOut) and (last.reason, last.wanted) == ("unreadable", True)


def test_counts(tmp_path: Path) -> None:
    one = parquet(tmp_path / "a.parquet", [{"text": "x"}] * 5)
    many = parquet(tmp_path / "b.parquet", [{"text": ["x", "y"]}] * 5)
    assert open_input([str(one)], InputOptions()).count() == 5
    assert open_input([str(one), str(many)], InputOptions()).count() is None


def test_a_folder_of_tables(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    jsonl(tmp_path / "b.jsonl", [{"id": "x", "text": "b"}])
    jsonl(tmp_path / "deep" / "a.jsonl", [{"id": "x", "text": "a"}])
    (tmp_path / "README").write_text("not a table")
    found = open_input([str(tmp_path)], InputOptions(), form="jsonl").items()
    assert [(one.name, judged(one)) for one in found] == [("x", b"b"), ("x@2", b"a")]
    with pytest.raises(InputError, match="contains no parquet file"):
        open_input([str(tmp_path)], InputOptions(), form="parquet")


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Reads 40,000 rows, 100 MB, in a separate process, whose memory must not grow with them."""
    rows = 40_000
    line = json.dumps({"id": "x", "prompt": "p" * 100, "completion": "c" * 2400}) + "\n"
    path = tmp_path / "g.jsonl"
    with path.open("w") as file:
        for _ in range(rows // 1000):
            file.write(line * 1000)
    script = (
        "import sys; from audit.inputs.opening import open_input\n"
        "from audit.inputs.interface import InputOptions\n"
        "import resource\n"
        "items = open_input([sys.argv[1]], InputOptions()).items(); next(items)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "names = sum(1 for item in items)\n"
        "print(names, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    count, grown = map(int, done.stdout.split())
    assert count == rows - 1
    unit = 1 if sys.platform == "darwin" else 1024
    assert grown * unit < 40 << 20  # including 16 MiB for unique names


# ---- names ----


def test_names_are_unique_and_reproducible() -> None:
    given = ["a", "a", "a@2", "b", "a", "a@5"]
    for _ in range(2):
        names = UniqueNames()
        claimed = [names.claim(name, number) for number, name in enumerate(given, 1)]
        assert claimed == ["a", "a@2", "a@2@3", "b", "a@5", "a@5@6"]


# ---- Markdown ----

PYTHON = "def f():\n    return 1\n"


@pytest.mark.parametrize(
    ("answer", "expected", "language"),
    [
        (f"Here is it:\n\n```python\n{PYTHON}```\nThat's all.", PYTHON, "python"),
        (f"Sure!\n```{{.py}}\n{PYTHON}```", PYTHON, "python"),
        (f"~~~~ruby\n{PYTHON}~~~\n~~~~\nDone", f"{PYTHON}~~~\n", "ruby"),
        (f"Cut off:\n```go\n{PYTHON}", PYTHON, "go"),
        (
            f"1. Get:\n   ```sh\n   x\n   ```\n2. Run:\n```py\n{PYTHON}```",
            f"   x\n{PYTHON}",
            "python",
        ),
        (f"Windows:\r\n```c\r\n{PYTHON}```\r\nBye.", PYTHON, "c"),
        (f"No name:\n```\n{PYTHON}```", PYTHON, None),
    ],
)  # fmt: skip
def test_only_fenced_code_of_a_chat_is_judged(
    answer: str, expected: str, language: str | None
) -> None:
    prompt = b"Write f.\n"
    text = prompt + answer.encode()
    found = fenced(text, len(prompt))
    assert found is not None and found.language == language
    parts = [text[start:end].decode().lstrip("\r\n") for start, end in found.ranges]
    assert "".join(parts) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "just prose",
        PYTHON,
        f'{PYTHON}"""Doc.\n\n```python\nf()\n```\n"""\n',  # a docstring contains the fences
        "/*\n```\nexample\n```\n*/\nint f(void) { return 1; }\n",
        "import os\n```\nx\n```\n",
        "Use it:\n```sh\nrun\n```\nx = compute(1)\n",
        "#include <a.h>\n// ```\n```\nx\n```\n",
        "```\nfn main() {\n```\n}\n",
        "    indented code\n```\nx\n```",
    ],
)
def test_a_text_that_is_code_is_judged_as_a_whole(answer: str) -> None:
    assert fenced(answer.encode(), 0) is None


def test_a_fence_may_start_in_the_prompt() -> None:
    prompt = b"Complete:\n```python\ndef f():\n"
    text = prompt + b"    return 1\n```\nIt returns one."
    found = fenced(text, len(prompt))
    assert found is not None
    assert [text[start:end] for start, end in found.ranges] == [b"    return 1\n"]


def test_a_fence_sets_the_language_of_an_item(tmp_path: Path) -> None:
    rows = [{"prompt": "Q\n", "completion": f"A:\n```ruby\n{PYTHON}```\n", "language": "python"}]
    (item,) = read(jsonl(tmp_path / "g.jsonl", rows))
    assert isinstance(item, Item)
    assert (item.language, judged(item)) == ("ruby", PYTHON.encode())


# ---- answers of model APIs ----


def _batch_line(id_: str, body: object, status: int = 200, error: object = None) -> dict[str, Any]:
    response = {"status_code": status, "request_id": "r", "body": body}
    return {"id": f"batch_req_{id_}", "custom_id": id_, "response": response, "error": error}


def _chat_answer(*texts: str | None) -> dict[str, Any]:
    choices = [
        {"index": at, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for at, text in enumerate(texts)
    ]
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": choices}


def test_the_output_of_a_batch_api(tmp_path: Path) -> None:
    output = [{"type": "output_text", "text": "d = 1"}, {"type": "refusal", "refusal": "no"}]
    responses = {
        "object": "response",
        "output": [
            {"type": "reasoning"},
            {"type": "message", "role": "assistant", "content": output},
        ],
    }
    rows = [
        _batch_line("one", _chat_answer("Here:\n```python\na = 1\n```\n")),
        _batch_line("two", _chat_answer("b = 1", "b = 2")),
        _batch_line("three", {"object": "text_completion", "choices": [{"text": "c = 1"}]}),
        _batch_line("four", responses),
    ]
    items = read(jsonl(tmp_path / "batch_output.jsonl", rows))
    assert [(one.name, judged(one)) for one in items] == [
        ("one", b"a = 1\n"),
        ("two#0", b"b = 1"),
        ("two#1", b"b = 2"),
        ("three", b"c = 1"),
        ("four", b"d = 1"),
    ]
    assert isinstance(items[0], Item) and items[0].language == "python"


def test_failures_in_a_batch_are_named(tmp_path: Path) -> None:
    refused = {"error": {"code": "context_length_exceeded", "message": "too long"}}
    expired = {"code": "batch_expired", "message": "could not be executed"}
    rows = [
        _batch_line("one", refused, 400),
        {**_batch_line("two", None), "response": None, "error": expired},
        {**_batch_line("three", None), "response": None},
        _batch_line("four", _chat_answer(None)),
        _batch_line("five", _chat_answer()),
        _batch_line("six", {"error": "overloaded"}, 503),
        _batch_line("seven", _chat_answer("x = 1")),
    ]
    found = read(jsonl(tmp_path / "out.jsonl", rows))
    details = [one.detail for one in found if isinstance(one, LeftOut) and one.wanted]
    assert details == [
        "out.jsonl:1: the request failed: status 400: context_length_exceeded: too long",
        "out.jsonl:2: the request failed: batch_expired: could not be executed",
        "out.jsonl:3: the request has no response",
        "out.jsonl:4: completion 0 is not text",
        "out.jsonl:5: the column 'response' is empty",
        "out.jsonl:6: the request failed: status 503: overloaded",
    ]
    assert isinstance(found[-1], Item)


@pytest.mark.parametrize("write", [jsonl, parquet])
def test_saved_responses_in_a_column(write: Any, tmp_path: Path) -> None:
    path = write(tmp_path / f"g.{write.__name__}", [{"id": 1, "response": _chat_answer("a", "b")}])
    assert [(one.name, judged(one)) for one in read(path)] == [("1#0", b"a"), ("1#1", b"b")]
