"""`whence lookup --jsonl`: order, invalid lines, streaming, and a quiet end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from attribution.commands.batch import Chunk, answer_chunk, read_chunks
from attribution.index import create_index, open_index
from attribution.reports.answer_schema import published_schema
from attribution.session import LookupSession
from attribution.types import NewFile, Occurrence, OptOut

CODE = "".join(
    f"def area_{i}(width, height, unit={i}):\n    return (width * {i} + height - unit) // {i + 3}\n"
    for i in range(12)
)
WHENCE = [sys.executable, "-m", "attribution.cli"]


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(tmp_path_factory.mktemp("batch") / "index")


def build(folder: Path) -> str:
    place = Occurrence("owner/areas", "areas.py", "1" * 40, "https://github.com/owner/areas")
    with create_index(folder, "areas") as index, index.writer() as writer:
        writer.add([NewFile(CODE.encode(), "python", place)])
        writer.commit()
    return str(folder)


def snippet(first: int) -> str:
    return "".join(CODE.splitlines(keepends=True)[2 * first : 2 * first + 4])


def records(count: int) -> bytes:
    return b"".join(
        json.dumps({"id": i, "code": snippet(i % 10), "language": "python"}).encode() + b"\n"
        for i in range(count)
    )


def whence(*arguments: str, stdin: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        [*WHENCE, *arguments], input=stdin, capture_output=True, check=False, timeout=120
    )
    return (
        done.returncode,
        [json.loads(line) for line in done.stdout.splitlines()],
        done.stderr.decode(),
    )


def test_answers_come_in_order_from_any_number_of_processes(location: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(published_schema()))
    given = records(150)
    answered = []
    for jobs in ("1", "2"):
        code, answers, err = whence(
            "lookup", "--jsonl", "-", "--index", location, "--jobs", jobs, stdin=given
        )
        assert (code, err) == (0, "")
        assert [answer["id"] for answer in answers] == list(range(150))
        for answer in answers:
            del answer["elapsed_ms"]
        answered.append(answers)
    assert answered[0] == answered[1]
    answers[3]["elapsed_ms"] = 0
    validator.validate(answers[3])
    (source,) = answers[3]["sources"]
    assert source["matches"][0]["source"]["start_line"] == 7
    assert answers[3]["snippet"]["name"] == "3"


def test_an_invalid_line_is_answered_and_so_are_the_next_ones(
    location: str, tmp_path: Path
) -> None:
    good = records(1).strip()
    lines = [
        b"{not json",
        good,
        b"",
        b'["a", "list"]',
        b'{"id": "no-code"}',
        b'{"id": "number", "code": 5}',
        b'{"id": "language", "code": "x", "language": 7}',
        b'{"id": "latin", "code": "\xe9"}',
        b"[" * 100_000,
        b'{"id": "short", "code": "x = 1", "language": null}',
        b'{"id": {"any": ["json"]}, "code": "\\ud800 lone surrogate"}',
        b'{"id": NaN, "code": "x"}',
        b'{"id": 1e999, "code": "x"}',
        b'{"id": "\xff", "code": "x"}',
        good,  # no new line after it
    ]
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"\n".join(lines))
    code, answers, err = whence("lookup", "--jsonl", str(file), "--index", location)
    assert (code, err) == (2, "")
    assert len(answers) == len(lines) - 1  # blank lines are skipped
    assert [a["status"] == "checked" for a in answers] == [False, True, *[False] * 11, True]
    assert [a["label"] for a in answers if a["status"] == "not_checked"] == [None] * 12
    assert answers[0]["status_reason"].startswith(f"line 1 of {file} is invalid: ")
    assert answers[0]["snippet"]["name"] == f"{file}:1"
    assert answers[0]["id"] is None
    assert answers[2]["status_reason"].startswith(f"line 4 of {file} is invalid: ")
    assert answers[3]["id"] == "no-code"
    assert "too short" in answers[8]["status_reason"]
    assert answers[9]["id"] == {"any": ["json"]}
    reasons = [a["status_reason"] or "" for a in answers]
    problems = [reason.partition("invalid: ")[2] for reason in reasons if "invalid: " in reason]
    assert problems[0] == (
        "it is not JSON: Expecting property name enclosed in double quotes at column 2"
    )
    assert problems[-4:] == [
        "it is nested too deeply",
        "NaN is not JSON",
        "the number 1e999 is too large",
        "it is not UTF-8 (byte 9 of the line)",
    ]


def test_lines_of_megabytes(location: str) -> None:
    huge = json.dumps({"id": "huge", "code": "# a comment\n" * 200_000 + CODE}).encode() + b"\n"
    code, answers, err = whence(
        "lookup", "--jsonl", "-", "--index", location, "--language", "python",
        stdin=huge + records(2),
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert [answer["id"] for answer in answers] == ["huge", 0, 1]
    assert answers[0]["sources"][0]["matches"][0]["snippet"]["start_line"] > 200_000


def test_a_single_line_is_answered_at_once(location: str) -> None:
    with subprocess.Popen(
        [*WHENCE, "lookup", "--jsonl", "-", "--index", location],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in records(3).splitlines(keepends=True):
            process.stdin.write(line)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["status"] == "checked"
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_reader_that_closes_the_pipe_is_not_an_error(location: str, jobs: str) -> None:
    with subprocess.Popen(
        [*WHENCE, "lookup", "--jsonl", "-", "--index", location, "--jobs", jobs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(records(50))
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            process.stdin.write(records(2000))
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.wait(60) == 141
        assert process.stderr.read() == b""


@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_stops_it_at_once(location: str, jobs: str) -> None:
    with subprocess.Popen(
        [*WHENCE, "lookup", "--jsonl", "-", "--index", location, "--jobs", jobs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # a shell that runs the tests in the background may make its children ignore it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(records(1))
        process.stdin.flush()
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
        assert process.wait(60) == 130
        assert process.stderr.read().strip() == b"whence: interrupted"


def test_no_index_is_one_clear_line_from_workers_too(tmp_path: Path) -> None:
    code, answers, err = whence(
        "lookup", "--jsonl", "-", "--index", str(tmp_path / "nowhere"), "--jobs", "2",
        stdin=records(3),
    )  # fmt: skip
    assert (code, answers) == (2, [])
    assert err.startswith("whence: ")
    assert err.count("\n") == 1


class Pieces:
    """A stream that returns the given pieces, one per read."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    def read(self, size: int, /) -> bytes:
        del size
        return self.pieces.pop(0) if self.pieces else b""


def test_a_chunk_is_what_one_read_returned() -> None:
    assert list(read_chunks("in", Pieces(b"a\nb", b"", b"never read"))) == [
        Chunk("in", 1, (b"a",)),
        Chunk("in", 2, (b"b",)),
    ]
    assert list(read_chunks("in", Pieces(b"a\nb", b"b", b"b\nc\n"))) == [
        Chunk("in", 1, (b"a",)),
        Chunk("in", 2, (b"bbb", b"c")),
    ]
    assert list(read_chunks("in", Pieces())) == []


def test_chunks_are_short() -> None:
    chunks = list(read_chunks("in", Pieces(b"x\n" * 100)))
    assert [len(chunk.lines) for chunk in chunks] == [32, 32, 32, 4]
    assert [chunk.first_line for chunk in chunks] == [1, 33, 65, 97]


def test_a_removed_repository_is_gone_from_the_next_chunk(tmp_path: Path) -> None:
    index = build(tmp_path / "index")
    session = LookupSession.open(index)
    chunk = Chunk("in", 1, (records(1).strip(),))
    before = json.loads(answer_chunk(session, chunk, None).text)
    held = {place["repository"] for place in before["sources"][0]["occurrences"]}
    with open_index(index) as writing:
        writing.remove([OptOut("repository", repository) for repository in held])
    after = json.loads(answer_chunk(session, chunk, None).text)
    assert (after["status"], after["sources"]) == ("not_checked", [])  # the index is empty now
    assert after["index"]["version"] != before["index"]["version"]
